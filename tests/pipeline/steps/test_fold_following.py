"""Different texts on one thing fold into one matter, and go on doing so after a restart."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec import structs

from classifiers.assessment import Assessment, Category, Rumour, Severity, Signals
from connectors.mention import Channel, Mention
from pipeline.records import DecisionKind, Flagged, FlagReason
from pipeline.steps.context import Context, Jurisdiction
from pipeline.steps.fold import fold
from pipeline.steps.matter import Arrival, Book, Matter

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
        again.unfollowed.append(
            Arrival(first[number], flagged(number), START + timedelta(hours=number, minutes=1), draws=True)
        )
    assert first + [folded(again, number) for number in range(cut, 4)] == answers


def judged(id_: str, text: str, tier: Severity | None, *, title: str = "", reader: str = "quick") -> Flagged:
    categories = () if tier is None else (Category.VITAL_INTERESTS,)
    verdict = Assessment({}, categories, tier, Rumour.NONE, Signals(), (), reader, "test")
    reason = FlagReason.RETRACTION if tier is None else FlagReason.CATEGORY
    return Flagged(Mention(id_, Channel.WEIBO, "test", text, START, START, title=title), verdict, reason)


CTX = Context(now=START + timedelta(minutes=5))


def take(book: Book, *records: Flagged) -> list[object]:
    return [found for record in records for found in fold([record], book, CTX)]


def test_a_text_taken_back_draws_no_others_to_its_matter() -> None:
    book, (_, text) = Book(), TEXTS[0]
    take(book, judged("a", text, Severity.GENERAL), judged("a", text, None, reader="careful"))
    take(book, judged("b", TEXTS[2][1], Severity.GENERAL))
    assert book.matter_of["a"] != book.matter_of["b"]


def test_a_text_judged_anew_by_a_person_draws_again() -> None:
    book, (_, text) = Book(), TEXTS[0]
    take(book, judged("a", text, Severity.GENERAL), judged("a", text, None, reader="careful"))
    take(book, judged("a", text, Severity.GENERAL, reader="human"), judged("b", TEXTS[2][1], Severity.GENERAL))
    assert book.matter_of["a"] == book.matter_of["b"]


def test_a_retraction_that_comes_first_stops_the_flag_that_comes_after() -> None:
    book, (_, text) = Book(), TEXTS[0]
    (waiting,) = take(book, judged("a", text, None, reader="careful"))
    assert getattr(waiting, "kind", None) is DecisionKind.WITHDRAWN
    assert take(book, judged("a", text, Severity.GENERAL)) == []
    assert book.matters == {}
    assert take(book, judged("a", text, Severity.GENERAL, reader="human"))


ROUNDUP = (
    "云泽早报：今天这些热点都有了进展",
    """1. 白鹭镇永昌家具厂火灾：2人受伤，起火原因正在调查。
2. 柳溪山洪：3人遇难，转移群众4200人。
3. 高新区爆炸：4人死亡。""",
)


def test_a_roundup_joins_without_lifting_the_tier_and_draws_nothing() -> None:
    book, title, text = Book(), *ROUNDUP
    take(book, judged("fire", TEXTS[0][1] + TEXTS[2][1], Severity.HOT_ISSUE))
    take(book, judged("all", text, Severity.MAJOR_EMERGENCY, title=title))
    matter = book.matters[book.matter_of["fire"]]
    if "all" in matter.members:
        assert matter.severity is Severity.HOT_ISSUE
        assert matter.heat == 2
    assert book.follower.matters == 1


def test_a_roundup_alone_counts_until_a_text_of_its_own_comes() -> None:
    book, title, text = Book(), *ROUNDUP
    take(book, judged("all", text, Severity.MAJOR_EMERGENCY, title=title))
    matter = book.matters[book.matter_of["all"]]
    assert matter.severity is Severity.MAJOR_EMERGENCY
    reply = judged("own", "是我们厂，永昌家具厂，火已经扑灭了", Severity.GENERAL)
    take(book, structs.replace(reply, mention=structs.replace(reply.mention, parent_id="all")))
    assert (matter.live, matter.severity) == (2, Severity.GENERAL)
