"""Archives of crawled pages: every response has a fate, and a page reads as if it had been saved by itself."""

from datetime import UTC, datetime
from pathlib import Path

from connectors.connector import Item, Reading, RefusalReason, Refused
from connectors.mention import Channel, Mention
from connectors.sources import discuz, warc
from tests.connectors.fixtures import warc as fixture

READING = Reading(collected_at=datetime(2026, 7, 1, tzinfo=UTC), salt=b"salt")


def read(path: Path) -> list[Item]:
    return list(warc.CONNECTOR.read(path, READING))


def test_every_response_has_a_fate_zipped_or_not(tmp_path: Path) -> None:
    plain, zipped, cut = fixture.write(tmp_path)
    items = read(plain)
    assert [type(item) for item in items] == [Mention] * 5 + [Refused] * 2 + [Mention] * 2
    assert [item.id for item in read(zipped) if isinstance(item, Mention)] == [
        item.id for item in items if isinstance(item, Mention)
    ]
    last = read(cut)[-1]
    assert isinstance(last, Refused)
    assert last.reason is RefusalReason.CUT_OFF
    for path in (plain, zipped, cut):
        assert warc.CONNECTOR.count(path) == len(read(path))


def test_a_page_of_an_archive_has_the_id_and_channel_it_has_by_itself(tmp_path: Path) -> None:
    items = [item for item in read(fixture.write(tmp_path)[0]) if isinstance(item, Mention)]
    thread = Path(__file__).parent / "fixtures" / "discuz" / "thread.html"
    alone = [item.id for item in discuz.CONNECTOR.read(thread, READING) if isinstance(item, Mention)]
    assert [item.id for item in items if item.channel is Channel.FORUM] == alone


def test_relative_times_count_from_the_moment_of_the_crawl_and_addresses_from_the_archive(tmp_path: Path) -> None:
    items = [item for item in read(fixture.write(tmp_path)[0]) if isinstance(item, Mention)]
    assert f"{items[4].published_at:%m-%d %H:%M}" == "06-12 09:55"  # five minutes before 10:00
    assert items[-1].url == "http://life.yunze.example/n/2.html"


def test_an_archive_cut_anywhere_keeps_its_balance(tmp_path: Path) -> None:
    for number, path in enumerate(fixture.write(tmp_path)[:2]):
        data = path.read_bytes()
        for size in range(1, len(data), len(data) // 40):
            cut = tmp_path / f"part-{number}.warc"
            cut.write_bytes(data[:size])
            assert len(read(cut)) == warc.CONNECTOR.count(cut), size
