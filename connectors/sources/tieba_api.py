"""Threads as Tieba's interfaces answer (pb/page, pb/floor): floors and the replies within them, as JSON.

The words of a floor are a list of pieces: text, emoji by their name, mentions, links, pictures. Ids are those of the
saved page, so that both are one mention.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from connectors.connector import Reading
from connectors.mention import Channel
from connectors.reading.counts import engagement
from connectors.reading.documents import Documents
from connectors.reading.identity import mention_id
from connectors.reading.records import Draft, Record, field_text, need_time

_EMOJI = 2
_DEEPEST = 60


def unpack(document: Any) -> Iterator[dict[str, Any]]:
    """Yield every floor and reply with what surrounds it: the thread, its title, the floor it replies to, the users."""
    yield from _walk(document, {}, 0)


def _walk(value: Any, around: dict[str, Any], depth: int) -> Iterator[dict[str, Any]]:
    if depth > _DEEPEST:
        return
    if isinstance(value, list):
        for inner in value:
            yield from _walk(inner, around, depth + 1)
    elif isinstance(value, dict):
        around = around | _surroundings(value)
        if isinstance(value.get("content"), list):
            yield {"post": {key: inner for key, inner in value.items() if key != "sub_post_list"}, **around}
            around = around | {"floor": field_text(value.get("id") or value.get("pid"))}
        for key, inner in value.items():
            if key != "content":
                yield from _walk(inner, around, depth + 1)


def _surroundings(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an object says of all posts below it."""
    found: dict[str, Any] = {}
    thread = value.get("thread")
    if isinstance(thread, dict):
        found = {"thread": field_text(thread.get("id") or thread.get("tid")), "title": field_text(thread.get("title"))}
    users = value.get("user_list")
    if isinstance(users, list):
        found["users"] = {field_text(user.get("id")): user for user in users if isinstance(user, dict)}
    return found


def build(record: Record, reading: Reading) -> Draft:
    """Return one floor or reply."""
    post, thread = record.fields["post"], record.text("thread")
    if not isinstance(post, dict):
        raise TypeError(type(post))
    floor, first = record.text("floor"), field_text(post.get("floor")) == "1"
    users = record.fields.get("users")
    known = users.get(field_text(post.get("author_id")), {}) if isinstance(users, dict) else {}
    author: Any = post["author"] if isinstance(post.get("author"), dict) else known
    root = mention_id("tieba", thread) if thread else ""
    agreed = post.get("agree")
    first_of_thread = first and not floor and bool(thread)
    return Draft(
        platform="tieba",
        native=thread if first_of_thread else field_text(post.get("id") or post.get("pid")),
        title=record.text("title") if first_of_thread else "",
        text=words(post["content"]),
        url=f"https://tieba.baidu.com/p/{thread}" if thread else "",
        moment=need_time(post.get("time") or post.get("create_time"), reading, "time"),
        region_text=field_text(author.get("ip_address") or author.get("ip")),
        author=field_text(author.get("id") or author.get("portrait") or author.get("name")),
        engagement=engagement(
            comments=post.get("sub_post_number"), likes=agreed.get("agree_num") if isinstance(agreed, dict) else None
        ),
        parent_id="" if first_of_thread else mention_id("tieba", floor) if floor else root,
        root_id="" if first_of_thread else root,
    )


def words(pieces: list[Any]) -> str:
    """Return the pieces of a floor as a reader sees them; pictures and sounds say nothing."""
    said = []
    for piece in pieces:
        if not isinstance(piece, dict):
            continue
        kind, text = piece.get("type"), field_text(piece.get("text"))
        name = field_text(piece.get("c"))
        if str(kind) == str(_EMOJI):
            said.append(f"[{name}]" if name else "")
        elif text:
            said.append(text)
    return "".join(said)


CONNECTOR = Documents(
    name="tieba_api",
    channel=Channel.FORUM,
    title="百度贴吧接口（pb/page、pb/floor 的 JSON）",
    example='{"thread": {"id": 9000000001, "title": "石桥镇停水三天"}, "post_list": [{"id": 140000000001, "floor": 1, '
    '"time": 1782864300, "author_id": 7, "content": [{"type": 0, "text": "谁管一下"}, {"type": 2, "c": "怒"}]}], '
    '"user_list": [{"id": 7, "ip_address": "临江"}]}',
    marks=("post_list|subpost_list", "content", "floor|subpost_list"),
    counted=r'"content"\s*:\s*\[',
    unpack=unpack,
    build=build,
)
