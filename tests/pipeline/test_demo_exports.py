"""The exports that the demonstration ships."""

import zipfile
from pathlib import Path

from connectors.mention import Channel
from pipeline.demo import story, writers


def _files(folder: Path) -> dict[str, Path]:
    return {str(path.relative_to(folder)): path for path in sorted(folder.rglob("*")) if path.is_file()}


def _content(path: Path) -> object:
    """The bytes, or of a zipped workbook its members: compressors differ from machine to machine."""
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as archive:
            return {name: archive.read(name) for name in archive.namelist()}
    return path.read_bytes()


def test_the_shipped_exports_are_what_the_writer_makes_of_the_story(tmp_path: Path) -> None:
    writers.write(tmp_path)
    made, shipped = _files(tmp_path), _files(story.EXPORTS)
    assert list(made) == list(shipped)
    for name, path in made.items():
        assert _content(path) == _content(shipped[name]), f"{name}: run python -m pipeline.demo.writers"


def test_the_story_has_at_least_three_hundred_records_on_all_nine_channels() -> None:
    records = sum(len(story.table(name)) for name in ("weibo", "hotline", "comment", "manual", "directive"))
    records += sum(len(list(story.articles(channel))) for channel in ("website", "wechat", "newspaper"))
    records += sum(len(thread["posts"]) for thread, _ in story.threads())
    assert records >= 300
    channels = {path.split("/")[1] for path in _files(story.EXPORTS)}
    assert channels == {channel.value for channel in Channel}


def test_the_exports_come_in_the_encodings_that_tools_really_write() -> None:
    resaved = (story.EXPORTS / "1500" / "weibo" / "云泽.csv").read_bytes()
    assert not resaved.startswith(b"\xef\xbb\xbf")
    assert "芒果味的风" in resaved.decode("gb18030")
    page = next((story.EXPORTS / "0900" / "website").iterdir()).read_bytes()
    assert b"charset=gb2312" in page
    thread = next((story.EXPORTS / "0900" / "forum").iterdir()).read_bytes()
    assert "发表于" in thread.decode("gbk")
    assert (story.EXPORTS / "1200" / "hotline" / "案件导出.xls").read_bytes().startswith(b"\xd0\xcf\x11\xe0")
