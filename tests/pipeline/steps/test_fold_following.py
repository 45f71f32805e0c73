"""Different texts on one thing fold into one matter, and go on doing so after a restart."""

from datetime import UTC, datetime, timedelta

import pytest

from classifiers.assessment import Assessment, Category, Rumour, Severity, Signals
from connectors.mention import Channel, Mention
from pipeline.records import Flagged, FlagReason
from pipeline.steps.context import Context, Jurisdiction
from pipeline.steps.fold import fold
from pipeline.steps.matter import Book, Matter

START = datetime(2026, 6, 1, 8, tzinfo=UTC)
TEXTS = (
    (Channel.WEIBO, "云泽市白鹭镇永昌家具厂起火，浓烟滚滚，消防车来了好几辆。"),
    (Channel.HOTLINE, "云泽市望泽区春风路一排路灯坏了半个月，晚上出门很不安全。"),
    (Channel.WEBSITE, "白鹭镇永昌家具厂火灾造成2人受伤，云泽市消防救援支队通报起火原因正在调查。"),
    (Channel.FORUM, "春风路的路灯坏了没人修，望泽区的老人晚上不敢出门。"),
)


def flagged(number: int) -> Flagged:
    channel, text = TEXTS[number]
    at = START + timedelta(hours=number)
    verdict = Assessment({}, (Category.VITAL_INTERESTS,), Severity.GENERAL, Rumour.NONE, Signals(), (), "quick", "test")
    return Flagged(Mention(f"m{number}", channel, "test", text, at, at), verdict, FlagReason.CATEGORY)


def folded(book: Book, number: int) -> str:
    now = START + timedelta(hours=number, minutes=1)
    ctx = Context(now=now, jurisdiction=Jurisdiction(ours=("云泽市", "望泽区", "白鹭镇")))
    (matter,) = [found for found in fold([flagged(number)], book, ctx) if isinstance(found, Matter)]
    return matter.id


def test_texts_of_several_channels_on_one_thing_are_one_matter() -> None:
    book = Book()
    fire, lamps, fire_again, lamps_again = (folded(book, number) for number in range(4))
    assert fire == fire_again
    assert lamps == lamps_again
    assert fire != lamps
    assert book.matters[fire].channels == (Channel.WEIBO, Channel.WEBSITE)


@pytest.mark.parametrize("cut", range(1, 4))
def test_a_book_read_again_folds_as_the_one_before(cut: int) -> None:
    whole = Book()
    answers = [folded(whole, number) for number in range(4)]
    book = Book()
    first = [folded(book, number) for number in range(cut)]
    again = Book(matters=book.matters, matter_of=book.matter_of)
    for number in range(cut):  # as the store reads it
        again.learn(flagged(number))
        again.unfollowed.append((first[number], flagged(number), START + timedelta(hours=number, minutes=1)))
    assert first + [folded(again, number) for number in range(cut, 4)] == answers
