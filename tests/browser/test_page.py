"""The live page in real Chromium: what a duty officer sees and does."""

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from pipeline import config, service
from pipeline.service import Service
from pipeline.web.server import Listening, serving

CHROMIUM = shutil.which("chromium")
if CHROMIUM is None and not os.environ.get("CI"):
    pytest.skip("需要 Chromium：apt-get install chromium", allow_module_level=True)

pytestmark = pytest.mark.browser
expect.set_options(timeout=30_000)  # a machine that does other work beside is no fault of the page
_QUIET = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-sync"
SPILL = "云泽高新区一化工厂发生泄漏，2人受伤住院，附近居民要求公布原因。"
BLAST = "云泽高新区一化工厂发生爆炸，已造成4人死亡、7人受伤，现场仍在搜救。"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=_QUIET.split())
        yield opened
        opened.close()


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Service]:
    with service.opened(config.load(data=tmp_path / "data")) as opened:
        opened.pipeline.start()
        yield opened


@pytest.fixture
def address(running: Service) -> Iterator[str]:
    with serving(running, Listening(port=0)) as address:
        yield address


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    context = browser.new_context()
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(address)
    expect(page.locator("#link")).to_have_text("实时")
    yield page
    context.close()
    assert faults == []


def push(address: str, number: int, text: str) -> None:
    base, _, token = address.partition("#token=")
    now = datetime.now(UTC).isoformat()
    body = {"id": f"weibo:{number}", "channel": "weibo", "text": text, "published_at": now}
    answer = httpx.post(f"{base}api/v1/mentions", json=body, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200


def test_an_alert_appears_without_reload_and_shows_the_words_that_caused_it(page: Page, address: str) -> None:
    expect(page.locator(".line")).to_have_count(0)
    push(address, 1, BLAST)
    expect(page.locator(".line")).to_have_count(1)
    assert "token" not in page.url
    page.locator(".line").click()
    expect(page.locator(".panel .text mark").first).to_be_visible()
    expect(page.locator(".panel .text")).to_have_text(BLAST)


def test_an_edit_that_makes_a_matter_graver_rewrites_its_line_in_place(page: Page, address: str) -> None:
    push(address, 1, SPILL)
    expect(page.locator(".line")).to_have_count(1)
    first = page.locator(".line .badge").inner_text()
    push(address, 1, BLAST)
    expect(page.locator(".line .badge")).to_have_text("重大突发事态")
    expect(page.locator(".line")).to_have_count(1)
    assert first != "重大突发事态"


def test_acknowledging_is_one_click_and_a_filter_lives_in_the_address(page: Page, address: str) -> None:
    push(address, 1, BLAST)
    expect(page.locator(".line .pill.new")).to_have_count(1)
    page.locator(".line").click()
    page.locator(".panel .primary").click()
    expect(page.locator(".line .pill.new")).to_have_count(0)
    page.get_by_role("button", name="未签收", exact=True).click()
    expect(page.locator(".line")).to_have_count(0)
    assert "state=new" in page.url
    page.reload()
    expect(page.locator(".empty")).to_be_visible()


def test_what_came_while_the_server_was_away_is_there_once_afterwards(browser: Browser, running: Service) -> None:
    context = browser.new_context()
    page = context.new_page()
    with serving(running, Listening(port=0)) as address:
        page.goto(address)
        expect(page.locator("#link")).to_have_text("实时")
        push(address, 1, BLAST)
        expect(page.locator(".line")).to_have_count(1)
        port = int(address.partition("#")[0].rstrip("/").rpartition(":")[2])
    expect(page.locator("#link")).to_have_text("重连中")
    with serving(running, Listening(port=0)) as elsewhere:
        push(elsewhere, 2, "柳溪县山洪冲毁房屋，已致3人遇难，转移群众四千余人。")
    with serving(running, Listening(port=port)):
        expect(page.locator("#link")).to_have_text("实时", timeout=30_000)
        expect(page.locator(".line")).to_have_count(2)
    context.close()


def test_markup_in_a_text_stays_text(page: Page, address: str) -> None:
    push(address, 1, f"<img src=x onerror=alert(1)><script>document.title='bad'</script>{BLAST}")
    page.locator(".line").click()
    expect(page.locator(".panel .member")).to_have_count(1)
    assert page.locator(".panel .member img, .panel .member script").count() == 0
    assert page.title() != "bad"


def test_a_matter_is_handled_by_the_buttons_that_state_and_role_allow(page: Page, address: str) -> None:
    push(address, 1, BLAST)
    page.locator(".line").click()
    deeds = page.locator(".panel .deeds button")
    expect(deeds.filter(has_text="受理")).to_have_count(1)
    expect(deeds.filter(has_text="审核")).to_have_count(0)
    deeds.filter(has_text="受理").click()
    expect(page.locator(".panel .pill").first).to_have_text("已受理")
    deeds.filter(has_text="转办").click()
    page.locator(".panel .asked input").fill("市应急管理局")
    page.locator(".panel .asked button").click()
    expect(page.locator(".panel .pill").first).to_have_text("已转办")
    expect(page.locator(".panel .facts")).to_contain_text("市应急管理局")
    deeds.filter(has_text="退回").click()
    expect(page.locator(".panel .said")).to_contain_text("须先写明理由")
    page.locator(".panel textarea").fill("不属我单位")
    deeds.filter(has_text="退回").click()
    expect(page.locator(".panel .pill").first).to_have_text("已受理")
    expect(page.locator(".panel .history")).to_contain_text("不属我单位")
    expect(page.locator(".panel .who")).to_contain_text("国办发〔2016〕61号 一")


def test_a_file_is_brought_by_the_page_and_its_reading_is_explained(page: Page, tmp_path: Path) -> None:
    export = tmp_path / "云泽.csv"
    export.write_text(
        "id,bid,user_id,用户昵称,微博正文,转发数,评论数,点赞数,发布时间\n"
        "5180000000000011,R1aBcDe2F,1,甲,石桥镇自来水发黄,3,1.2万,5,2026-07-01 08:05\n"
        "5180000000000012,R1aBcDe2G,1,甲,路灯坏了,0,0,0,某日\n",
        encoding="utf-8",
    )
    page.locator("nav [data-view=sources]").click()
    page.get_by_label("导出文件").set_input_files(export)
    page.get_by_role("button", name="导入", exact=True).click()
    told = page.locator(".explanation")
    expect(page.locator(".upload .said")).to_have_text("读完：新增 1，更新 0，重复 0，拒收 1，隔离 0", timeout=30_000)
    expect(told).to_contain_text("微博搜索结果")
    expect(told.get_by_role("row", name="正文 微博正文")).to_be_visible()
    expect(told).to_contain_text("时间无法辨认")
    expect(page.locator(".sources tbody").first).to_contain_text("微博搜索结果")
    page.get_by_label("格式").select_option("hotline")
    expect(page.locator(".sample")).to_be_visible()


def test_the_keyboard_alone_is_enough_to_read_acknowledge_and_search(page: Page, address: str) -> None:
    push(address, 1, BLAST)
    expect(page.locator(".line")).to_have_count(1)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator(".panel .text")).to_have_text(BLAST)
    page.keyboard.press("a")
    expect(page.locator(".line .pill.new")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.locator(".split.open")).to_have_count(0)
    page.keyboard.press("?")
    expect(page.locator("dialog[open]")).to_contain_text("签收打开的事项")
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("化工厂")
    page.keyboard.press("Enter")
    expect(page.locator(".search mark").first).to_have_text("化工厂")


def test_what_a_superior_asks_is_called_suspected_where_only_texts_say_so(page: Page) -> None:
    said = "async (alert) => (await import('/static/words.js')).categoriesText(alert)"
    asked = {"categories": ["superior_request"], "channels": ["weibo", "hotline"]}
    assert page.evaluate(said, asked) == "疑似上级要求回应"
    assert page.evaluate(said, {**asked, "channels": ["weibo", "directive"]}) == "上级要求回应"


def test_a_line_keeps_why_and_when_it_rang_while_the_matter_goes_on(page: Page, address: str) -> None:
    push(address, 1, BLAST)
    expect(page.locator(".line .reason")).to_have_text("首次发现")
    push(address, 2, BLAST)
    expect(page.locator(".line")).to_contain_text("2 条")
    expect(page.locator(".line .reason")).to_have_text("首次发现")
    expect(page.locator(".line .words")).to_be_visible()
