"""Calls turned into text: FunASR and SenseVoice, 讯飞 v1 and v2, Whisper and WhisperX, SRT and VTT subtitles.

Every turn is kept; ``text`` holds only the caller's words. Who the caller is follows from labels (市民, 坐席) or from
the greeting that only an operator says; where neither tells, all is kept and the speakers are unknown.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson

from connectors.connector import ConnectorError, Item, Reading, RefusalReason
from connectors.mention import Channel, Speaker, Turn
from connectors.reading.encodings import decode
from connectors.reading.items import read_items
from connectors.reading.jsons import is_json
from connectors.reading.pages import read_bytes
from connectors.reading.records import Broken, Draft, Record, field_text
from connectors.reading.speech import Said, of_call, of_subtitles, unhung
from connectors.reading.times import Moment, read_time

_LARGEST = 64 << 20
_STAMP = re.compile(r"(?<!\d)(20\d{2})[-_.]?(\d{2})[-_.]?(\d{2})[-_T ]?(\d{2})[-_.:]?(\d{2})[-_.:]?(\d{2})(?!\d)")
_OPERATOR = re.compile(
    r"12345|热线|请问(?:有)?(?:什么|您)|为您服务|话务员|工号|很高兴|帮您(?:登记|记录|反馈|转)|请您?(?:稍等|留下)|还有其他"
)
_ROLES = (
    (Speaker.OPERATOR, re.compile(r"坐席|座席|话务|接线|客服|工作人员|agent|operator|staff", re.IGNORECASE)),
    (Speaker.CALLER, re.compile(r"市民|来电|客户|群众|诉求人|caller|customer|user|client", re.IGNORECASE)),
)


def build(record: Record, reading: Reading) -> Draft:
    """Return one call."""
    turns = roles(unhung(of_call(record.fields["call"])))
    own = [turn.text for turn in turns if turn.speaker is Speaker.CALLER]
    known = any(turn.speaker is not Speaker.UNKNOWN for turn in turns)
    return Draft(
        platform="call",
        native=record.text("key"),
        place=record.file,
        text="\n".join(own if known else [turn.text for turn in turns]),
        turns=turns,
        moment=_moment(record.file, reading),
    )


def roles(said: Sequence[Said]) -> tuple[Turn, ...]:
    """Return the turns with who speaks in them."""
    labels = dict.fromkeys(turn.speaker for turn in said)
    known = {label: role for label in labels for role, words in _ROLES if words.search(label)}
    if not known and len(labels) == 2 and all(labels):
        scores = {
            label: sum(len(_OPERATOR.findall(turn.text)) for turn in said if turn.speaker == label) for label in labels
        }
        (one, first), (other, second) = scores.items()
        if first != second:
            operator = one if first > second else other
            known = {label: Speaker.OPERATOR if label == operator else Speaker.CALLER for label in labels}
    elif len(known) == 1 and len(labels) == 2 and all(labels):
        (named, role), *_ = known.items()
        rest = Speaker.CALLER if role is Speaker.OPERATOR else Speaker.OPERATOR
        known |= {label: rest for label in labels if label != named}
    return tuple(
        Turn(known.get(turn.speaker, Speaker.UNKNOWN), turn.text, turn.start_ms, turn.end_ms)
        for turn in said
        if turn.text
    )


def _moment(file: str, reading: Reading) -> Moment | None:
    """Return when the call was, where the recording is named after it."""
    stamp = _STAMP.search(file)
    return read_time("".join(stamp.groups()), reading, "文件名") if stamp else None


class _Transcripts:
    """One call a file, or an array of FunASR results, one a call."""

    name = "transcript"
    channel = Channel.HOTLINE
    title = "通话转写（FunASR、讯飞、Whisper、SRT、VTT）"
    known_by = "WEBVTT 或 SRT 的首行；或 JSON 中有各识别引擎的键（sentence_info、onebest、orderResult、segments 等）"
    example = (
        "WEBVTT\n\n00:00.580 --> 00:03.160\n<v 坐席>您好，12345热线</v>\n\n"
        "00:03.240 --> 00:05.000\n<v 市民>我要反映噪音</v>"
    )

    def recognise(self, path: Path, head: bytes) -> float:
        """Return how surely the file is a transcript."""
        text = decode(head).text.lstrip("\ufeff \r\n")
        if text.startswith("WEBVTT") or re.match(r"\d+\r?\n\d{2}:\d{2}:\d{2}[,.]\d{3} -->", text):
            return 0.97
        if not is_json(head):
            return 0.0
        forms = (("key", "text", "sentence_info|timestamp"), ("onebest", "bg"), ("orderResult",), ("segments", "start"))
        for form in (*forms, ("lattice|lattice2",), ("key", r"text")):
            if all(re.search(rf'"(?:{name})"\s*:', text) for name in form):
                return 0.96 if len(form) != 2 or form[0] != "key" else 0.5 * ("<|" in text)
        return 0.0

    def count(self, path: Path) -> int:
        """Return the number of calls: FunASR's ``key``, else one."""
        data = read_bytes(path, _LARGEST)
        return len(re.findall(rb'"key"\s*:', data)) or 1

    def read(self, path: Path, reading: Reading) -> Iterator[Item]:
        """Yield one item for each call."""
        return read_items(path, reading, _calls(path), build, source=self.name, channel=self.channel)


def _calls(path: Path) -> Iterator[Record | Broken]:
    data = read_bytes(path, _LARGEST)
    decoded = decode(data)
    text = decoded.text.lstrip("\ufeff")
    if not is_json(data[:65536]):
        turns = unhung(of_subtitles(text))
        call = [vars_of(turn) for turn in turns]
        if not call:
            yield Broken(RefusalReason.EMPTY, "字幕里没有文字，未导入", data[:4096])
        else:
            yield Record(fields={"call": call}, raw=data, values=text, flags=decoded.flags)
        return
    try:
        value: Any = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise ConnectorError(f"{path.name}：转写 JSON 不完整或已损坏，请重新导出") from error
    calls = value if isinstance(value, list) and value and isinstance(value[0], dict) and "key" in value[0] else [value]
    for call in calls:
        key = field_text(call.get("key")) if isinstance(call, dict) else ""
        raw = orjson.dumps(call)
        yield Record(fields={"call": call, "key": key}, raw=raw, values=call, flags=decoded.flags)


def vars_of(turn: Said) -> dict[str, object]:
    """Return a turn as the segment of a transcript."""
    return {"spk": turn.speaker, "text": turn.text, "start_ms": turn.start_ms, "end_ms": turn.end_ms}


CONNECTOR = _Transcripts()
