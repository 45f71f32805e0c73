"""Speech recognition results as turns: who (a label), what, from when to when in milliseconds."""

import re
from collections.abc import Iterator
from itertools import groupby
from typing import Any, NamedTuple

import orjson

from connectors.reading.records import field_text

_TAG = re.compile(r"<\|[^|<>]{1,30}\|>")
_TIMING = re.compile(r"(?:(\d{1,2}):)?(\d{2}):(\d{2})[,.](\d{1,3})\s*-->\s*(?:(\d{1,2}):)?(\d{2}):(\d{2})[,.](\d{1,3})")
_LABEL = re.compile(
    r"^\s*(?:\[(SPEAKER_\d+|spk\d+|[^\[\]]{1,10})\]\s*[:：]?"
    r"|((?:说话人|发言人|spk|SPEAKER_|Speaker ?)\d+|坐席|座席|市民|来电人|话务员|客服|客户)\s*[:：])\s*"
)
_VOICE = re.compile(r"<v(?:\.[\w.]+)?\s+([^>]{1,40})>")
_ANY_TAG = re.compile(r"</?[a-z][^>]{0,80}>|<\d{2}:[\d:.]+>", re.IGNORECASE)
_REPEATED = re.compile(r"(.{2,30}?)\1{4,}")  # a recogniser that hangs says one phrase to the end

_MOST_SAME = 4


class Said(NamedTuple):
    """One turn with the label of its speaker, empty where the recogniser gave none."""

    speaker: str
    text: str
    start_ms: int | None = None
    end_ms: int | None = None


def unhung(turns: list[Said]) -> list[Said]:
    """Return the turns with what a recogniser that hangs says turn after turn said once."""
    calm: list[Said] = []
    for _, run in groupby(turns, key=lambda turn: (turn.speaker, turn.text)):
        same = list(run)
        calm += same[:1] if len(same) > _MOST_SAME else same
    return calm


def of_call(call: Any) -> list[Said]:
    """Return the turns of one recognition result, of whichever engine.

    Raises:
        TypeError, ValueError: no shape that we know.
    """
    if isinstance(call, list):
        return [_turn(part) for part in call if isinstance(part, dict)]
    if not isinstance(call, dict):
        raise TypeError(type(call).__name__)
    if "sentence_info" in call and isinstance(call["sentence_info"], list) and call["sentence_info"]:
        return [_turn(part) for part in call["sentence_info"] if isinstance(part, dict)]
    if isinstance(call.get("segments"), list):
        return [_seconds(part) for part in call["segments"] if isinstance(part, dict)]
    content = call.get("content", call)
    order = content.get("orderResult", content) if isinstance(content, dict) else content
    order = orjson.loads(order) if isinstance(order, str) else order
    if isinstance(order, dict) and ("lattice" in order or "lattice2" in order):
        return list(_lattice(order))
    if "text" in call:
        return [Said("", tidy(call["text"]))]
    raise ValueError("call")


def tidy(text: object) -> str:
    """Return recognised text without tags, joined where it came as a list, a hung phrase said once."""
    joined = "".join(map(str, text)) if isinstance(text, list) else field_text(text)
    return _REPEATED.sub(r"\1", _TAG.sub("", joined)).strip()


def _turn(part: dict[str, Any]) -> Said:
    speaker = next((field_text(part[name]) for name in ("spk", "speaker") if part.get(name) is not None), "")
    text = part.get("text", part.get("sentence", part.get("onebest")))
    start = next((part[name] for name in ("start", "start_ms", "bg") if part.get(name) is not None), None)
    end = next((part[name] for name in ("end", "end_ms", "ed") if part.get(name) is not None), None)
    return _ordered(speaker, tidy(text), _whole(start), _whole(end))


def _seconds(part: dict[str, Any]) -> Said:
    start, end = part.get("start"), part.get("end")
    speaker = field_text(part.get("speaker"))
    milliseconds = [round(float(at) * 1000) if isinstance(at, int | float) else None for at in (start, end)]
    return _ordered(speaker, tidy(part.get("text")), *milliseconds)


def _lattice(order: dict[str, Any]) -> Iterator[Said]:
    for part in order.get("lattice2") or order.get("lattice") or []:
        best = part.get("json_1best")
        best = orjson.loads(best) if isinstance(best, str) else best
        sentence = best["st"]
        words = [word["cw"][0] for run in sentence["rt"] for word in run["ws"] if word.get("cw")]
        text = "".join(str(word.get("w", "")) for word in words if word.get("wp") != "g")
        label = field_text(sentence.get("rl"))
        speaker = "" if label == "0" else label
        yield _ordered(speaker, tidy(text), _whole(sentence.get("bg")), _whole(sentence.get("ed")))


def _ordered(speaker: str, text: str, start: int | None, end: int | None) -> Said:
    """Return the turn; an end before its start is no end."""
    return Said(speaker, text, start, end if end is None or start is None or end >= start else None)


def _whole(value: object) -> int | None:
    text = field_text(value)
    return int(float(text)) if re.fullmatch(r"\d+(?:\.\d+)?", text) else None


def of_subtitles(text: str) -> list[Said]:
    """Return the cues of an SRT or VTT file, a cue without speaker going on as the speaker before it only in VTT."""
    turns: list[Said] = []
    for block in re.split(r"\n\s*\n", text.replace("\r\n", "\n").replace("\r", "\n")):
        lines = block.strip("\n").split("\n")
        at = next((number for number, line in enumerate(lines) if _TIMING.search(line)), None)
        if at is None:
            continue
        timing = _TIMING.search(lines[at])
        if timing is None:
            continue
        start, end = _cue_time(timing.groups()[:4]), _cue_time(timing.groups()[4:])
        body = " ".join(line.strip() for line in lines[at + 1 :])
        voice = _VOICE.search(body)
        label = _LABEL.match(body)
        speaker = voice[1].strip() if voice else (label[1] or label[2]) if label else ""
        words = _ANY_TAG.sub("", body[label.end() :] if label and not voice else body)
        turns.append(_ordered(speaker, tidy(words), start, end))
    return [turn for turn in turns if turn.text]


def _cue_time(parts: tuple[str | None, ...]) -> int:
    hours, minutes, seconds, fraction = (part or "0" for part in parts)
    return ((int(hours) * 60 + int(minutes)) * 60 + int(seconds)) * 1000 + int(fraction.ljust(3, "0"))
