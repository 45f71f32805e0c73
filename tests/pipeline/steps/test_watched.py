"""Watch words in the flow: a hit is evidence under its name, gets a mention listed, and lifts a flagged one's tier."""

from datetime import UTC, datetime

from classifiers.assessment import Severity
from classifiers.models import quick
from classifiers.watchwords import Watch, parse
from connectors.mention import Channel, Mention
from pipeline.records import Assessed, FlagReason
from pipeline.steps.assess import assess
from pipeline.steps.context import Context
from pipeline.steps.flag import flag

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
READER = quick.load()
WATCH = Watch(parse("[桥梁]\n望泽大桥\n"))


def judged(text: str, watch: Watch | None, tier: Severity | None = None) -> Assessed:
    context = Context(now=NOW, quick=READER, watch=watch, watch_tier=tier)
    return next(assess([Mention("weibo:1", Channel.WEIBO, "test", text, NOW, NOW)], None, context))


def test_a_hit_is_evidence_with_its_name_and_gets_the_mention_listed() -> None:
    text = "傍晚在望泽大桥散步，晚霞很美"
    plain, hit = judged(text, None), judged(text, WATCH)
    assert list(flag([plain], None, Context(now=NOW))) == []
    [listed] = flag([hit], None, Context(now=NOW))
    assert listed.reason is FlagReason.WATCH
    [evidence] = hit.assessment.evidence
    assert (evidence.source, text[evidence.start : evidence.end]) == ("rule:桥梁", "望泽大桥")
    assert hit.assessment.flagged == ()
    assert hit.assessment.categories == plain.assessment.categories


def test_a_flagged_text_that_hits_is_judged_at_least_the_configured_tier() -> None:
    text = "我住望泽大桥边，公司拖欠工资三个月，多次向劳动局反映无人管，请领导解决"
    before = judged(text, WATCH).assessment.severity
    assert before is not None
    assert before.rank < Severity.SENSITIVE.rank
    assert judged(text, WATCH, Severity.SENSITIVE).assessment.severity is Severity.SENSITIVE
    assert judged(text, WATCH, Severity.GENERAL).assessment.severity is before
    assert judged(text.replace("大桥", "小桥"), WATCH, Severity.SENSITIVE).assessment.severity is before
