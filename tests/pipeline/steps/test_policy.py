"""What an alert tells: the words of those that speak for the matter."""

from datetime import UTC, datetime, timedelta

from classifiers.assessment import Assessment, Category, Evidence, Rumour, Severity, Signals
from connectors.mention import Channel, Mention
from pipeline.records import Flagged, FlagReason
from pipeline.steps.context import Context
from pipeline.steps.fold import fold
from pipeline.steps.matter import Book, Matter
from pipeline.steps.policy import policy
from pipeline.steps.scope import scope

START = datetime(2026, 6, 1, 8, tzinfo=UTC)
CTX = Context(now=START + timedelta(minutes=5))
FIRE = "云泽市白鹭镇永昌家具厂起火，浓烟滚滚，消防车来了好几辆。"
SEVERAL = "这一上午：永昌家具厂起火冒烟、小学食物中毒、化工厂爆炸、柳溪山洪，到底怎么了？"


def told(id_: str, text: str, word: str, minute: int, parent: str = "") -> Flagged:
    at = START + timedelta(minutes=minute)
    start = text.index(word)
    evidence = (Evidence("text", word, start, start + len(word), 1.0, Category.EMERGENCY_RESPONSE),)
    verdict = Assessment(
        {}, (Category.EMERGENCY_RESPONSE,), Severity.SENSITIVE, Rumour.NONE, Signals(), evidence, "quick", "test"
    )
    mention = Mention(id_, Channel.WEIBO, "test", text, at, at, parent_id=parent)
    return Flagged(mention, verdict, FlagReason.CATEGORY)


def test_an_alert_shows_the_words_of_the_event_not_those_of_a_roundup_beside_it() -> None:
    book = Book()
    batch = [told("fire", FIRE, "浓烟滚滚", 0), told("all", SEVERAL, "化工厂爆炸", 3, parent="fire")]
    touched = [found for found in fold(batch, book, CTX) if isinstance(found, Matter)]
    (decision,) = policy(list(scope(touched, book, CTX)), book, CTX)
    assert decision.alert is not None
    assert len(book.matters[decision.issue_id].members) == 2
    assert decision.alert.evidence == ("浓烟滚滚",)
