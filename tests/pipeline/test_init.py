"""``yuqing init`` writes a configuration that runs."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from pipeline import config
from pipeline.commands.main import app
from pipeline.initial import Answers, completed, render


def run(*words: str, text: str = "") -> Result:
    return CliRunner().invoke(app, list(words), input=text)


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_defaults_pass_the_check() -> None:
    assert run("init", "--yes").exit_code == 0
    assert run("config", "check").exit_code == 0
    settings = config.load()
    assert settings.jurisdiction.ours == ()
    assert [step.after_minutes for step in settings.alerts.roster] == [0, 15, 30]


def test_a_place_brings_its_government_its_regions_its_superior_and_its_profile() -> None:
    known = completed(Answers(place="山东省青岛市"))
    assert (known.government, known.superior_government) == ("青岛市人民政府", "山东省人民政府")
    assert "崂山区" in known.regions
    assert known.profile == "shandong"


@pytest.mark.parametrize(("place", "profile"), [("武汉市", "hubei"), ("厦门", "fujian"), ("和硕县", "national")])
def test_the_profile_follows_the_province(place: str, profile: str) -> None:
    assert completed(Answers(place=place)).profile == profile


def test_an_ambiguous_place_is_asked_for_again_with_what_it_may_mean(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('place = "鼓楼区"\n', encoding="utf-8")
    answer = run("init", "--answers", "a.toml")
    assert answer.exit_code == 2
    assert "江苏省南京市鼓楼区" in answer.output
    assert not (tmp_path / "yuqing.toml").exists()


def test_a_made_up_place_is_taken_as_it_is_written() -> None:
    known = completed(Answers(place="云泽市", regions=("望泽区", "青石县")))
    assert known.government == "云泽市人民政府"
    assert known.regions == ("望泽区", "青石县")


def test_answers_of_a_file_stand_in_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(
        'place = "云泽市"\nwords = ["恒泰化工", "实验\\"二小"]\nprofile = "shandong"\n'
        '[[units]]\nname = "云泽市教育局"\nhead = "甲"\n[[roster]]\nname = "值班员"\n',
        encoding="utf-8",
    )
    answer = run("init", "own.toml", "--answers", "a.toml")
    assert answer.exit_code == 0, answer.output
    place = config.load(tmp_path / "own.toml").jurisdiction
    assert place.ours == ("云泽市", "恒泰化工", '实验"二小')
    assert (place.profile, place.units[0].head) == ("shandong", "甲")


def test_questions_are_asked_and_return_takes_the_default() -> None:
    answer = run("init", text="山东省青岛市\n" + "\n" * 12)
    assert answer.exit_code == 0, answer.output
    assert "崂山区" in answer.output
    assert config.load().jurisdiction.government == "青岛市人民政府"


@pytest.mark.parametrize(
    ("text", "words"),
    [('plaace = "青岛市"\n', "plaace"), ('profile = "mars"\n', "mars"), ("place = \n", "有误")],
)
def test_wrong_answers_are_named_and_nothing_is_written(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "a.toml").write_text(text, encoding="utf-8")
    answer = run("init", "--answers", "a.toml")
    assert answer.exit_code == 2
    assert words in answer.output
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.toml"]


def test_an_existing_file_is_not_overwritten_unasked(tmp_path: Path) -> None:
    (tmp_path / "yuqing.toml").write_text("# 我的\n", encoding="utf-8")
    assert run("init", "--yes").exit_code == 2
    assert (tmp_path / "yuqing.toml").read_text(encoding="utf-8") == "# 我的\n"
    assert run("init", "--yes", "--force").exit_code == 0


def test_what_the_documents_leave_open_stands_there_with_its_basis() -> None:
    text = render(completed(Answers(place="山东省青岛市")))
    for words in (
        "只见于山东 2018 三",
        "取决于事件等级",
        "发生后",
        "上级来文",
        "第六类",
        "研判因素",
        "不混用",
        "联络畅通",
    ):
        assert words in text
    assert "5 小时 authoritative_info：山东 2018 三" in text


@pytest.mark.slow
def test_what_init_writes_runs(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('place = "云泽市"\nport = 0\n', encoding="utf-8")
    assert run("init", "--answers", "a.toml").exit_code == 0
    root = str(Path(config.__file__).parents[1])
    command = [sys.executable, "-m", "pipeline", "run", "-c", "yuqing.toml"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={"PYTHONPATH": root, "PATH": ""}) as running:
        assert running.stderr is not None
        started = time.monotonic()
        line = ""
        while "值班页面" not in line and time.monotonic() - started < 120:
            line = running.stderr.readline()
        running.terminate()
        assert running.wait(timeout=60) == 0
    assert "http://127.0.0.1:" in line
