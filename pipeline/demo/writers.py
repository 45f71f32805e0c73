"""Write the story as the exports that real tools make: their columns, their encodings, their traps.

``python -m pipeline.demo.writers`` makes ``pipeline/demo/exports`` anew; a test holds the shipped files to it.
"""

import csv
import io
import re
import shutil
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import xlsxwriter
import xlwt

from pipeline.demo import pages, story
from pipeline.demo.story import Entry

WEIBO_HEADER = [
    "id",
    "bid",
    "user_id",
    "用户昵称",
    "微博正文",
    "头条文章url",
    "发布位置",
    "艾特用户",
    "话题",
    "转发数",
    "评论数",
    "点赞数",
    "发布时间",
    "发布工具",
    "微博图片url",
    "微博视频url",
    "retweet_id",
    "ip",
    "user_authentication",
    "会员类型",
    "会员等级",
]
_BADGES = {"普": "普通用户", "蓝": "蓝v", "黄": "黄v"}
_EXCEL_EPOCH = datetime(1899, 12, 30, tzinfo=story.ZONE)


def write(target: Path) -> None:
    """Write every export of the story under ``target``, one folder a round."""
    for round_name in story.ROUNDS:
        folder = target / round_name
        for writer in (_weibo, _hotline, _comments, _manual, _directives, _pages):
            for name, data in writer(round_name):
                path = folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)


def _of_round(name: str, round_name: str) -> list[Entry]:
    return [entry for entry in story.table(name) if entry.round == round_name]


def number(key: str) -> int:
    """Return a ten-digit number that belongs to a key for ever."""
    return 1_000_000_000 + zlib.crc32(key.encode())


def weibo_id(key: str) -> str:
    """Return the sixteen-digit native id of a post's key."""
    return str(5_177_000_000_000_000 + number(key) * 1000 + int(key[1:]))


def _weibo(round_name: str) -> Iterable[tuple[str, bytes]]:
    """weibo-search: BOM and UTF-8, but at 15:00 a spreadsheet program saved it again in the system's encoding."""
    rows = [WEIBO_HEADER, *map(_weibo_row, _of_round("weibo", round_name))]
    for broken in story.broken("weibo", round_name):
        cells = list(broken["cells"])
        if cells[0].startswith("="):
            cells[0] = weibo_id(cells[0][1:])
        rows.insert(len(rows) * 2 // 3, cells)
    resaved = round_name == "1500"
    yield "weibo/云泽.csv", _csv(rows, "gb18030" if resaved else "utf-8-sig")


def _weibo_row(entry: Entry) -> list[str]:
    cell = entry.cells
    reposts, comments, likes = cell["转评赞"].split(",")
    text = cell["正文"]
    key = weibo_id(cell["键"])
    return [
        key,
        f"Q{int(key):X}"[:9],
        str(number(cell["昵称"])),
        cell["昵称"],
        text.replace(" ", ""),
        "",
        "",
        "",
        ",".join(part for part in text.split("#")[1::2]),
        reposts,
        comments,
        likes,
        entry.at.strftime("%Y-%m-%d %H:%M"),
        "微博网页版" if cell["认证"] == "蓝" else "Android客户端",
        "",
        "",
        weibo_id(cell["转自"]) if cell["转自"] else "",
        cell["属地"],
        _BADGES[cell["认证"]],
        "",
        "",
    ]


def _hotline(round_name: str) -> Iterable[tuple[str, bytes]]:
    """12345 work orders: the same city, but each shift's system names its columns anew."""
    orders = [_order(entry) for entry in _of_round("hotline", round_name)]
    for broken in story.broken("hotline", round_name):
        blank = {"source": "12345电话", "area": "", "caller": "", "phone": ""}
        orders.append(blank | broken["cells"])
    if round_name == "1200":
        yield "hotline/案件导出.xls", _xls(orders)
    else:
        yield f"hotline/工单{round_name}.xlsx", _xlsx([_header(round_name), *(_cells(round_name, o) for o in orders)])


def order_number(key: str) -> str:
    """Return the fourteen-digit number of a work order."""
    return f"{story.DAY:%Y%m%d}{int(key[1:]):06d}"


def _order(entry: Entry) -> dict[str, Any]:
    cell = entry.cells
    text = cell["内容"]
    text = re.sub(r"(?<=编号：)h\d+", lambda key: order_number(key[0]), text)
    caller = number(f"caller {cell['来电人']}")
    return {
        "id": order_number(cell["单号"]),
        "time": entry.at,
        "source": cell["来源"],
        "area": cell["区域"],
        "address": cell["地址"],
        "kind": cell["类型"],
        "text": text,
        "caller": f"市民{cell['来电人']}",
        "phone": f"1990000{caller % 10_000:04d}",
    }


def _header(round_name: str) -> list[str]:
    if round_name == "1500":
        return ["工单编号", "受理时间", "工单来源", "诉求区域", "诉求地址", "工单类型", "诉求内容", "来电号码"]
    return [
        f"12345{name}" for name in ("工单编号", "受理时间", "工单来源", "诉求区域", "诉求地址", "工单类型", "内容描述")
    ] + ["来电号码", "主办单位"]


def _cells(round_name: str, order: dict[str, Any]) -> list[Any]:
    at = order["time"]
    if isinstance(at, datetime) and round_name == "0900":
        at = (at - _EXCEL_EPOCH) / timedelta(days=1)  # a date cell whose format was lost: an Excel serial
    elif isinstance(at, datetime):
        at = at.strftime("%Y-%m-%d %H:%M:%S")
    front = [order["id"], at, order["source"], order["area"], order["address"], order["kind"], order["text"]]
    return [*front, order["phone"]] if round_name == "1500" else [*front, order["phone"], "无"]


def _xlsx(rows: list[list[Any]]) -> bytes:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    book.set_properties({"created": story.DAY.replace(tzinfo=None)})
    sheet = book.add_worksheet("Sheet1")
    for number_, row in enumerate(rows):
        for column, value in enumerate(row):
            if isinstance(value, float):
                sheet.write_number(number_, column, value)
            else:
                sheet.write_string(number_, column, value)
    book.close()
    return buffer.getvalue()


def _xls(orders: list[dict[str, Any]]) -> bytes:
    """BIFF8 as some counties' systems still write it: a title on the first row, the header on the second."""
    header = ["案件公文号", "录入时间", "来源", "区", "详细地址", "诉求类型", "来话内容", "市民姓名", "市民电话"]
    fields = ("id", "time", "source", "area", "address", "kind", "text", "caller", "phone")
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("Sheet1")
    sheet.write_merge(0, 0, 0, len(header) - 1, "云泽市12345政务服务便民热线案件导出")
    for column, name in enumerate(header):
        sheet.write(1, column, name)
    for row, order in enumerate(orders, start=2):
        for column, field in enumerate(fields):
            value = order[field]
            if isinstance(value, datetime):
                value = value.strftime("%Y/%m/%d %H:%M:%S")
            sheet.write(row, column, value)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _comments(round_name: str) -> Iterable[tuple[str, bytes]]:
    """网易跟帖 as saved at the round: an article's comments so far, wherever something new came."""
    by_article: dict[str, list[Entry]] = defaultdict(list)
    for entry in story.table("comment"):
        if story.ROUNDS.index(entry.round) <= story.ROUNDS.index(round_name):
            by_article[entry.cells["文章"]].append(entry)
    for article, entries in by_article.items():
        if any(entry.round == round_name for entry in entries):
            empty = [row for row in story.broken("comment", round_name) if row["article"] == article]
            yield f"comment/{pages.document_id(article)}.json", pages.comments(article, entries, len(empty))


def _manual(round_name: str) -> Iterable[tuple[str, bytes]]:
    rows = [["编号", "时间", "报送人", "地点", "标题", "内容"]]
    for entry in _of_round("manual", round_name):
        cell = entry.cells
        number_ = f"XX{story.DAY:%Y%m%d}{cell['键'][1:]}"
        at = entry.at.strftime("%Y-%m-%d %H:%M")
        rows.append([number_, at, cell["报送人"], cell["地点"], cell["标题"], cell["内容"]])
    for index, broken in enumerate(story.broken("manual", round_name)):
        bad: dict[str, str] = broken["cells"]
        number_ = f"XX{story.DAY:%Y%m%d}{round_name}{index}"
        rows.append([number_, bad["time"], bad["reporter"], bad["place"], bad["title"], bad["text"]])
    yield "manual/信息员报送.csv", _csv(rows, "utf-8-sig")


def _directives(round_name: str) -> Iterable[tuple[str, bytes]]:
    entries = _of_round("directive", round_name)
    if not entries:
        return
    header = ["文号", "发文机关", "标题", "内容", "来文时间", "办理时限"]
    rows = [
        [
            entry.cells["文号"],
            entry.cells["发文机关"],
            entry.cells["标题"],
            entry.cells["内容"],
            entry.at.strftime("%Y-%m-%d %H:%M"),
            entry.cells["办理时限"],
        ]
        for entry in entries
    ]
    yield "directive/上级来文.xlsx", _xlsx([header, *rows])


_PAGES: dict[str, Callable[[dict[str, Any], datetime], tuple[str, bytes]]] = {
    "website": pages.website,
    "wechat": pages.wechat,
    "newspaper": pages.newspaper,
}


def _pages(round_name: str) -> Iterable[tuple[str, bytes]]:
    for channel, page in _PAGES.items():
        for article, at, article_round in story.articles(channel):
            if article_round == round_name:
                name, data = page(article, at)
                yield f"{channel}/{name}", data
    for thread, thread_round in story.threads():
        if thread_round == round_name:
            name, data = pages.forum(thread, story.round_time(round_name))
            yield f"forum/{name}", data


def _csv(rows: Iterable[Iterable[str]], encoding: str) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerows(rows)
    return buffer.getvalue().encode(encoding)


def main() -> None:
    """Make the shipped exports anew."""
    shutil.rmtree(story.EXPORTS, ignore_errors=True)
    write(story.EXPORTS)


if __name__ == "__main__":
    main()
