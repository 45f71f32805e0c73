"""The quick reader's verdict on every mention, with what the watch words add."""

from collections.abc import Iterator, Sequence

from classifiers.classifier import Text
from connectors.mention import Mention
from pipeline.records import Assessed
from pipeline.steps.context import Context
from pipeline.steps.watched import watched

NLP_LIMIT = 20_000
"""A reader sees this many characters; the rest is kept and searched but not judged."""


def text_of(mention: Mention) -> Text:
    """Return what a reader is given of a mention."""
    seen = mention.engagement
    return Text(
        text=mention.text[:NLP_LIMIT],
        title=mention.title,
        quoted_text=mention.quoted_text[:NLP_LIMIT],
        channel=mention.channel,
        region_text=mention.region_text,
        reposts=seen.reposts,
        comments=seen.comments,
        likes=seen.likes,
        reads=seen.reads,
        directed=mention.directive is not None,
        published_at=mention.published_at,
    )


def assess(records: Sequence[Mention], state: None, ctx: Context) -> Iterator[Assessed]:
    """Yield each mention with the quick reader's judgement, in order."""
    if ctx.quick is None:
        raise ValueError("the detect group needs a quick reader")
    texts = [text_of(mention) for mention in records]
    verdicts = watched(texts, ctx.quick.assess(texts), ctx)
    for mention, verdict in zip(records, verdicts, strict=True):
        yield Assessed(mention, verdict)
