"""Hits of a search as lines for people and for programs."""

import sys
from typing import Any
from zoneinfo import ZoneInfo

import typer

from pipeline.corpus.query import Highlight, Hit
from pipeline.labels import label

_WINDOW = 100  # characters of a text that are shown
_LEAD = 20  # of them before the first word found


def hit_line(hit: Hit) -> dict[str, Any]:
    """Return a hit for programs: the mention's own fields, the verdict, and where the words stand."""
    mention, assessment = hit.assessed.mention, hit.assessed.assessment
    return {
        "id": mention.id,
        "channel": mention.channel,
        "source": mention.source,
        "published_at": mention.published_at,
        "url": mention.url,
        "title": mention.title,
        "text": mention.text,
        "quoted_text": mention.quoted_text,
        "region_text": mention.region_text,
        "flagged": assessment.flagged,
        "severity": assessment.severity,
        "rumour": assessment.rumour,
        "reader": assessment.reader,
        "highlights": hit.highlights,
    }


def print_hit(hit: Hit, timezone: str) -> None:
    """Print a hit for people: where and when it was said, how it was judged, and the words in their surroundings."""
    mention, assessment = hit.assessed.mention, hit.assessed.assessment
    at = mention.published_at.astimezone(ZoneInfo(timezone))
    parts = [f"{at:%Y-%m-%d %H:%M}", label(mention.channel), mention.region_text]
    if assessment.severity is not None:
        parts.append(f"【{label(assessment.severity)}】")
    parts += (label(category) for category in assessment.flagged)
    typer.echo("  ".join(filter(None, parts)) + f"  {mention.id}")
    fields = (("title", mention.title), ("text", mention.text), ("quoted_text", mention.quoted_text))
    for field, text in fields:
        found = [mark for mark in hit.highlights if mark.field == field]
        if text and (found or field == "text"):
            typer.echo("    " + _surroundings(text, found))


def _surroundings(text: str, found: list[Highlight]) -> str:
    """Return the part of the text around the first word found, on one line, the words made to stand out."""
    start = max(0, found[0].start - _LEAD) if found else 0
    end = start + _WINDOW
    pieces = ["……" if start else ""]
    position = start
    for mark in found:
        if mark.start >= end:
            break
        pieces += (text[position : mark.start], _stand_out(text[mark.start : min(mark.end, end)]))
        position = min(mark.end, end)
    pieces += (text[position:end], "……" if end < len(text) else "")
    return " ".join("".join(pieces).split())


def _stand_out(word: str) -> str:
    if sys.stdout.isatty():
        return typer.style(word, fg=typer.colors.RED, bold=True)
    return f"【{word}】"
