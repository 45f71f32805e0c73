"""Every channel: what it is sent, and how its answers are understood."""

import base64
import hashlib
import hmac
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from aiosmtpd.controller import Controller

from classifiers.assessment import Severity
from pipeline.alerts.notification import Notification
from pipeline.alerts.sink import Sink, open_sink, sink_names
from pipeline.errors import ConfigError, PermanentError, TransientError
from pipeline.records import AlertReason
from tests.pipeline.alerts.robot import Robot, running_robot

LONG = tuple(f"第{number}行：" + "停水" * 60 for number in range(60))
ROBOTS = ["webhook", "wecom", "dingtalk", "feishu"]


def a_notification(lines: tuple[str, ...] = ("缘由：首次发现", "依据词句：「停水」")) -> Notification:
    return Notification(
        key="i1:1",
        title="【复杂敏感事件】停水",
        lines=lines,
        link="",
        severity=Severity.SENSITIVE,
        reason=AlertReason.FIRST,
    )


@pytest.fixture
def robot() -> Iterator[Robot]:
    with running_robot() as running:
        yield running


def sink_to(robot: Robot, kind: str) -> Sink:
    settings: dict[str, object] = {"type": kind, "url": robot.url}
    if kind != "wecom":
        settings["key"] = "s3cr3t-key"
    return open_sink(settings)


@pytest.mark.parametrize("kind", ROBOTS)
def test_the_words_that_caused_the_alert_arrive(robot: Robot, kind: str) -> None:
    sink_to(robot, kind).send(a_notification())
    assert "「停水」" in json.dumps(robot.bodies(), ensure_ascii=False)


@pytest.mark.parametrize("kind", ROBOTS)
@pytest.mark.parametrize("status", [408, 429, 500, 502, 503])
def test_a_busy_channel_is_tried_again(robot: Robot, kind: str, status: int) -> None:
    robot.status, robot.headers = status, {"Retry-After": "7"}
    with pytest.raises(TransientError) as caught:
        sink_to(robot, kind).send(a_notification())
    assert caught.value.retry_after == 7


@pytest.mark.parametrize("kind", ROBOTS)
@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 410])
def test_a_refusal_is_not_tried_again(robot: Robot, kind: str, status: int) -> None:
    robot.status, robot.headers = status, {"Location": "http://127.0.0.1:9/"}
    with pytest.raises(PermanentError):
        sink_to(robot, kind).send(a_notification())


@pytest.mark.parametrize(("kind", "answer"), [("wecom", "errcode"), ("dingtalk", "errcode"), ("feishu", "code")])
def test_a_refusal_inside_an_ok_answer_is_seen(robot: Robot, kind: str, answer: str) -> None:
    robot.answer = {answer: 93000}
    with pytest.raises(PermanentError, match="93000"):
        sink_to(robot, kind).send(a_notification())


@pytest.mark.parametrize(
    ("kind", "answer"), [("wecom", {"errcode": 45009}), ("dingtalk", {"errcode": 130101}), ("feishu", {"code": 11232})]
)
def test_a_rate_limit_inside_an_ok_answer_is_tried_again(robot: Robot, kind: str, answer: dict[str, int]) -> None:
    robot.answer = answer
    with pytest.raises(TransientError):
        sink_to(robot, kind).send(a_notification())


@pytest.mark.parametrize("kind", ROBOTS)
def test_no_secret_stands_in_any_error(robot: Robot, kind: str) -> None:
    sink = sink_to(robot, kind)
    texts = []
    for status in (200, 403, 500):
        robot.status, robot.answer = status, {"errcode": 40058, "code": 40058}
        try:
            sink.send(a_notification())
        except (TransientError, PermanentError) as error:
            texts.append(f"{error!r} {error.__cause__!r} {error.__context__ if not error.__suppress_context__ else ''}")
    robot.url = "http://127.0.0.1:1/?key=s3cr3t"
    dead = sink_to(robot, kind)
    with pytest.raises(TransientError) as caught:
        dead.send(a_notification())
    texts.append(str(caught.value))
    assert texts
    assert [text for text in texts if "s3cr3t" in text] == []


@pytest.mark.parametrize(("kind", "limit"), [("wecom", 4096), ("dingtalk", 20_000), ("feishu", 20_000)])
def test_long_chinese_text_is_cut_in_bytes(robot: Robot, kind: str, limit: int) -> None:
    sink_to(robot, kind).send(a_notification(LONG))
    assert len(robot.received) > 1 or kind != "wecom"
    for body in robot.bodies():
        content = body.get("markdown", body.get("content"))
        longest = max(len(text.encode()) for text in content.values())
        assert longest <= limit


@pytest.mark.parametrize(("kind", "limit"), [("dingtalk", 20_000), ("feishu", 20_000)])
@pytest.mark.parametrize("line", ["停水", "停水" * 40, '水"\\'])
def test_the_whole_request_stays_within_what_the_channel_takes(robot: Robot, kind: str, limit: int, line: str) -> None:
    sink_to(robot, kind).send(a_notification((line,) * (40_000 // len(line.encode()))))
    assert len(robot.received) > 1
    assert max(len(body) for _, _, body in robot.received) <= limit


def test_a_webhook_is_signed_and_carries_its_key(robot: Robot) -> None:
    sink_to(robot, "webhook").send(a_notification())
    _, headers, body = robot.received[0]
    signed = headers["X-Yuqing-Timestamp"].encode() + b"." + body
    expected = hmac.new(b"s3cr3t-key", signed, hashlib.sha256).hexdigest()
    assert headers["X-Yuqing-Signature"] == f"sha256={expected}"
    assert headers["Idempotency-Key"] == "i1:1"


def test_dingtalk_is_signed_as_its_documentation_says(robot: Robot) -> None:
    sink_to(robot, "dingtalk").send(a_notification())
    query = parse_qs(urlsplit(robot.received[0][0]).query)
    signed = f"{query['timestamp'][0]}\ns3cr3t-key".encode()
    expected = base64.b64encode(hmac.new(b"s3cr3t-key", signed, hashlib.sha256).digest()).decode()
    assert query["sign"] == [expected]


def test_feishu_is_signed_as_its_documentation_says(robot: Robot) -> None:
    sink_to(robot, "feishu").send(a_notification())
    body = robot.bodies()[0]
    digest = hmac.new(f"{body['timestamp']}\ns3cr3t-key".encode(), b"", hashlib.sha256).digest()
    assert body["sign"] == base64.b64encode(digest).decode()


def test_a_secret_may_stand_in_a_file(robot: Robot, tmp_path: Path) -> None:
    (tmp_path / "url").write_text(robot.url + "\n")
    open_sink({"type": "wecom", "url_file": str(tmp_path / "url")}).send(a_notification())
    assert len(robot.received) == 1


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"type": "pager"}, "不存在"),
        ({"type": "wecom"}, "只能设置其中一个"),
        ({"type": "wecom", "url": "http://a", "url_file": "/x"}, "只能设置其中一个"),
        ({"type": "wecom", "url_file": "/nowhere/at/all"}, "读不了"),
        ({"type": "wecom", "url": "http://a", "colour": "red"}, "colour"),
        ({"type": "mail", "host": "mail.invalid", "sender": "a@b", "recipients": []}, "recipients"),
        ({"type": "mail", "host": "m.invalid", "security": "none", "sender": "a@b", "recipients": ["c@d"]}, "本机"),
        ({"type": "apprise", "urls": "nonsense"}, "不认识"),
    ],
)
def test_wrong_settings_are_named_in_words(settings: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        open_sink(settings)


def test_no_secret_stands_in_a_configuration_error() -> None:
    with pytest.raises(ConfigError) as caught:
        open_sink({"type": "webhook", "url": "http://h/s3cr3t", "key": {"s3cr3t": 1}})
    assert "s3cr3t" not in str(caught.value)


class Mailbox:
    """Plays an SMTP server: keeps the messages, answers what the test set."""

    def __init__(self) -> None:
        self.messages: list[bytes] = []
        self.answer = "250 OK"

    async def handle_DATA(  # noqa: N802 - the library calls it so
        self, _server: object, _session: object, envelope: object
    ) -> str:
        self.messages.append(envelope.content)  # type: ignore[attr-defined]  # the library's envelope is untyped
        return self.answer


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, int]]:
    box = Mailbox()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield box, port
    controller.stop()


def mail_to(port: int) -> Sink:
    settings = {"host": "127.0.0.1", "port": port, "security": "none", "sender": "a@b.cn", "recipients": ["c@d.cn"]}
    return open_sink({"type": "mail", **settings})


def test_mail_arrives_with_its_key(mailbox: tuple[Mailbox, int]) -> None:
    box, port = mailbox
    mail_to(port).send(a_notification())
    assert b"X-Yuqing-Key: i1:1" in box.messages[0]


@pytest.mark.parametrize(("answer", "error"), [("451 later", TransientError), ("554 no", PermanentError)])
def test_a_mail_servers_answer_is_understood(mailbox: tuple[Mailbox, int], answer: str, error: type[Exception]) -> None:
    box, port = mailbox
    box.answer = answer
    with pytest.raises(error):
        mail_to(port).send(a_notification())


def test_a_mail_server_that_is_away_is_tried_again() -> None:
    with pytest.raises(TransientError):
        mail_to(1).send(a_notification())


def test_apprise_delivers_to_its_own_addresses(robot: Robot) -> None:
    open_sink({"type": "apprise", "urls": robot.url.replace("http://", "json://")}).send(a_notification())
    assert "停水" in json.dumps(robot.bodies(), ensure_ascii=False)


def test_every_module_of_the_folder_is_a_channel() -> None:
    assert sink_names() == ["apprise", "dingtalk", "feishu", "mail", "webhook", "wecom"]
