"""A topic of a Discourse forum as its JSON: only the first twenty or so posts come inline."""

from collections.abc import Iterator
from typing import Any

from connectors.connector import Reading
from connectors.mention import Channel, MentionState
from connectors.reading.counts import engagement
from connectors.reading.documents import Documents
from connectors.reading.identity import mention_id
from connectors.reading.pages import html_to_text
from connectors.reading.records import Draft, Record, field_text, need_time


def unpack(document: Any) -> Iterator[dict[str, Any]]:
    """Yield the inline posts of each topic, its title with the first."""
    for topic in document if isinstance(document, list) else [document]:
        stream = topic.get("post_stream") if isinstance(topic, dict) else None
        posts = stream.get("posts") if isinstance(stream, dict) else None
        for post in posts if isinstance(posts, list) else []:
            title = topic.get("title") if post.get("post_number") == 1 else ""
            yield {"topic_id": topic.get("id"), "views": topic.get("views")} | post | {"title": title}


def build(record: Record, reading: Reading) -> Draft:
    """Return one post; replies know the post they answer by its number in the topic."""
    fields = record.fields
    topic, number = field_text(fields.get("topic_id")), field_text(fields.get("post_number"))
    first = number == "1"
    root = mention_id("discourse", f"{topic}-1") if topic and not first else ""
    answered = field_text(fields.get("reply_to_post_number"))
    hidden = fields.get("hidden") is True or fields.get("user_deleted") is True
    return Draft(
        platform="discourse",
        native=f"{topic}-{number}" if topic and number else fields.get("id"),
        title=record.text("title"),
        text=html_to_text(record.text("cooked").replace('alt=":', 'alt="[').replace(':"', ']"')),
        moment=need_time(fields.get("created_at"), reading, "created_at"),
        author=record.text("user_id", "username"),
        engagement=engagement(
            comments=fields.get("reply_count"), likes=fields.get("like_count"), reads=fields.get("reads")
        ),
        parent_id=mention_id("discourse", f"{topic}-{answered}") if answered else root,
        root_id=root,
        state=MentionState.HIDDEN if hidden else MentionState.OK,
    )


CONNECTOR = Documents(
    name="discourse",
    channel=Channel.FORUM,
    title="Discourse 论坛主题（JSON）",
    example='{"id": 77, "title": "路灯坏了", "post_stream": {"posts": [{"id": 501, "post_number": 1, '
    '"created_at": "2026-07-01T00:05:00Z", "cooked": "<p>路灯坏了一周。</p>"}]}}',
    marks=("post_stream", "posts"),
    counted=r'"cooked"\s*:',
    unpack=unpack,
    build=build,
)
