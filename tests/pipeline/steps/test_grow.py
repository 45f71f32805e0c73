"""Growth, callers who gather, and refutations, noted in the history."""

from datetime import UTC, datetime, timedelta

from classifiers.assessment import Assessment, Category, Rumour, Severity, Signals
from connectors.mention import Channel, Mention
from pipeline.matters.growth import Rhythm
from pipeline.records import Flagged, FlagReason, HistoryEvent
from pipeline.steps.context import Context
from pipeline.steps.fold import fold
from pipeline.steps.grow import CALLERS, grow
from pipeline.steps.matter import Book, Matter

START = datetime(2026, 6, 1, 8, tzinfo=UTC)
SAID = "春风路金桂苑3栋电梯掉层，老人被困，物业一直不修"


def take(
    book: Book,
    name: str,
    minutes: float,
    *,
    channel: Channel = Channel.HOTLINE,
    caller: str | None = None,
    text: str = SAID,
    rumour: Rumour = Rumour.NONE,
) -> Matter:
    at = START + timedelta(minutes=minutes)
    verdict = Assessment({}, (Category.VITAL_INTERESTS,), Severity.HOT_ISSUE, rumour, Signals(), (), "quick", "test")
    mention = Mention(name, channel, "test", text, at, at, author_ref=caller)
    ctx = Context(now=at)
    folded = fold([Flagged(mention, verdict, FlagReason.CATEGORY)], book, ctx)
    (matter,) = grow([found for found in folded if isinstance(found, Matter)], book, ctx)
    matter.fresh.clear()
    return matter


def events(matter: Matter, event: HistoryEvent) -> list[dict[str, str]]:
    return [entry.detail for entry in matter.history if entry.event == event]


def test_different_callers_on_one_thing_are_a_cluster_before_any_post() -> None:
    book = Book()
    *_, matter = [take(book, f"c{number}", 40 * number, caller=f"person {number}") for number in range(CALLERS)]
    (cluster,) = events(matter, HistoryEvent.CLUSTER)
    assert cluster["count"] == str(CALLERS)
    assert matter.burst is not None


def test_one_caller_twenty_times_is_one_caller() -> None:
    book = Book()
    *_, matter = [take(book, f"c{number}", 10 * number, caller="the same") for number in range(20)]
    assert events(matter, HistoryEvent.CLUSTER) == []


def test_callers_of_whom_nothing_is_known_count_as_one() -> None:
    book = Book()
    *_, matter = [take(book, f"c{number}", 10 * number) for number in range(20)]
    assert events(matter, HistoryEvent.CLUSTER) == []


def test_callers_over_days_are_no_cluster() -> None:
    book = Book()
    *_, matter = [take(book, f"c{number}", 60 * 24 * number, caller=f"person {number}") for number in range(CALLERS)]
    assert events(matter, HistoryEvent.CLUSTER) == []


def test_posts_that_came_first_make_callers_no_early_signal() -> None:
    book = Book()
    take(book, "p", 0, channel=Channel.WEIBO)
    *_, matter = [take(book, f"c{number}", 40 * number + 1, caller=f"person {number}") for number in range(CALLERS)]
    assert events(matter, HistoryEvent.CLUSTER) == []


def test_many_texts_within_an_hour_are_a_burst_told_once() -> None:
    book = Book()
    *_, matter = [take(book, f"p{number}", 3 * number, channel=Channel.WEIBO) for number in range(9)]
    (burst,) = events(matter, HistoryEvent.BURST)
    assert burst["series"].startswith(f"matter:{matter.id}")
    assert matter.burst is not None
    assert matter.burst.minutes == 60


def test_a_single_text_of_a_category_that_grows_is_noted_but_does_not_ring() -> None:
    book = Book()
    said = (
        "春风路路灯坏了", "锦绣家园水压太小", "环城路项目拖欠工资", "实验二小食堂饭菜发馊", "七路公交改线没有通知",
        "望泽湖公园垃圾成堆", "永昌家具厂夜里施工", "白鹭镇卫生院没有医生", "石桥镇自来水发黄", "南塘农贸市场涨摊位费",
    )  # fmt: skip
    matters = [take(book, f"c{number}", 3 * number, text=text) for number, text in enumerate(said)]
    grown = [matter for matter in matters if events(matter, HistoryEvent.BURST)]
    assert grown
    assert all(matter.live == 1 and matter.burst is None for matter in grown)


def test_a_busy_hour_of_every_day_is_no_burst() -> None:
    rhythm = Rhythm()
    told = [
        rhythm.add(at, at)
        for day in range(15)
        for number in range(20)
        for at in (START + timedelta(days=day, minutes=3 * number),)
    ]
    assert not any(told[20 * 4 :])
    quiet = START + timedelta(days=15, hours=12)
    assert any(rhythm.add(at, at) for n in range(20) for at in (quiet + timedelta(minutes=3 * n),))


def test_a_refutation_is_linked_to_its_claim_whichever_comes_first() -> None:
    claim, refutation = "听说望泽湖公园有人抱走小孩，三个大汉开面包车", "【辟谣】网传望泽湖公园有人抱走小孩不实"
    for first, second in ((Rumour.CLAIM, Rumour.REFUTED), (Rumour.REFUTED, Rumour.CLAIM)):
        book = Book()
        texts = {Rumour.CLAIM: claim, Rumour.REFUTED: refutation}
        take(book, first.value, 0, channel=Channel.WEIBO, text=texts[first], rumour=first)
        matter = take(book, second.value, 30, channel=Channel.WEIBO, text=texts[second], rumour=second)
        assert events(matter, HistoryEvent.REFUTED) == [{"claim": "claim", "refutation": "refuted"}]
        assert len(matter.members) == 2


def test_a_book_read_again_tells_no_burst_twice() -> None:
    book = Book()
    *_, matter = [take(book, f"p{number}", 3 * number, channel=Channel.WEIBO) for number in range(8)]
    again = Book(matters=book.matters, matter_of=book.matter_of, follower=book.follower, copies=book.copies)
    matter = take(again, "p9", 28, channel=Channel.WEIBO)
    assert len(events(matter, HistoryEvent.BURST)) == 1
