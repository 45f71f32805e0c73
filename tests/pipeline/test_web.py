"""The desk over HTTP: who may come in, what it answers, how the stream resumes."""

import asyncio
import http.client
import json
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from pipeline import config, service
from pipeline.errors import ConfigError
from pipeline.handling.roles import Role
from pipeline.service import Service
from pipeline.stores.access import Access
from pipeline.web.server import Listening, check, serving
from pipeline.web.stream import Broadcaster, EventStream, TooManyStreamsError, start_of

BLAST = "云泽高新区恒泰化工发生爆炸，已造成4人死亡、7人受伤，现场仍在搜救，家属要求公布名单。"


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Service]:
    with service.opened(config.load(data=tmp_path / "data")) as opened:
        opened.pipeline.start()
        yield opened


@pytest.fixture
def address(running: Service) -> Iterator[str]:
    with serving(running, Listening(port=0)) as address:
        yield address


@pytest.fixture
def client(address: str) -> Iterator[httpx.Client]:
    base, _, token = address.partition("#token=")
    with httpx.Client(base_url=base, headers={"Authorization": f"Bearer {token}"}) as client:
        yield client


def mention(number: int, text: str = BLAST) -> dict[str, str]:
    now = datetime.now(UTC).isoformat()
    return {"id": f"weibo:{number}", "channel": "weibo", "text": text, "published_at": now}


def pushed(client: httpx.Client, running: Service) -> str:
    answer = client.post("/api/v1/mentions", json=[mention(1)])
    assert answer.json()["fates"] == {"new": 1}
    running.feeder.finish()
    (alert,) = client.get("/api/v1/alerts").json()["alerts"]
    return str(alert["id"])


def test_a_pushed_mention_becomes_an_alert_with_its_reason(client: httpx.Client, running: Service) -> None:
    issue = client.get(f"/api/v1/issues/{pushed(client, running)}").json()
    assert issue["alert"]["severity"] == "major_emergency"
    (member,) = issue["members"]
    assert member["mention"]["text"] == BLAST
    assert member["mention"]["factors"]["intensity"] == "文中称死亡 4 人、受伤 7 人"
    assert member["mention"]["factors"]["nature"] == "按文字判为重大突发事态"
    for item in member["mention"]["assessment"]["evidence"]:
        assert BLAST[item["start"] : item["end"]] == item["term"]
    assert client.get("/api/v1/search", params={"q": "恒泰"}).json()["facets"]["total"] == 1
    assert client.get("/api/v1/alerts", params={"severity": "general"}).json()["alerts"] == []


def test_an_acknowledgement_is_kept_under_the_name_of_who_gave_it(client: httpx.Client, running: Service) -> None:
    issue_id = pushed(client, running)
    answer = client.post(f"/api/v1/issues/{issue_id}/actions", json={"kind": "acknowledge", "key": "k1"})
    assert answer.status_code == 200
    assert answer.json()["alert"]["state"] == "acknowledged"
    history = client.get(f"/api/v1/issues/{issue_id}").json()["history"]
    assert [entry.get("actor") for entry in history if entry["event"] == "acknowledge"] == ["本机"]


ROUTES = [
    ("GET", "/api/v1/alerts", 200),
    ("GET", "/api/v1/issues/x", 404),
    ("GET", "/api/v1/search?q=x", 200),
    ("GET", "/api/v1/sources", 200),
    ("GET", "/api/v1/session", 200),
    ("POST", "/api/v1/assess", 200),
    ("POST", "/api/v1/issues/x/actions", 403),
    ("POST", "/api/v1/mentions", 403),
]


@pytest.mark.parametrize(("method", "path", "for_viewer"), ROUTES)
def test_no_one_comes_in_without_a_right_to(running: Service, method: str, path: str, for_viewer: int) -> None:
    with serving(running, Listening(port=0)) as address:
        base = address.partition("#")[0]
        access = Access(running.pipeline.folder.path / "access.db")
        token = access.new_token("看客", Role.VIEWER)
        visitor = access.by_token(token)
        assert visitor is not None
        secret, _ = access.open_session(visitor)
        body = {"text": "x", "kind": "note"}
        with httpx.Client(base_url=base) as client:

            def status(headers: dict[str, str]) -> int:
                json_body = body if method == "POST" else None
                return client.request(method, path, headers=headers, json=json_body).status_code

            assert status({}) == 401
            assert status({"Authorization": "Bearer expired"}) == 401
            assert status({"Authorization": f"Bearer {token}"}) == for_viewer
            assert client.request(method, f"{path}{'&' if '?' in path else '?'}token={token}").status_code == 401
            if method == "POST":
                cookie = {"Cookie": f"yuqing_session={secret}"}
                assert status(cookie) == 403
                assert status({**cookie, "Origin": "https://elsewhere.example"}) == 403
            assert status({"Host": "elsewhere.example", "Authorization": f"Bearer {token}"}) == 421
        access.close()


def test_a_sixth_guess_within_a_minute_is_not_even_tried(address: str) -> None:
    with httpx.Client(base_url=address.partition("#")[0]) as client:
        answers = [client.post("/api/v1/session", json={"token": "guess"}).status_code for _ in range(6)]
    assert answers == [401] * 5 + [429]


def test_the_desk_is_not_opened_to_others_without_users_and_tls(tmp_path: Path) -> None:
    access = Access(tmp_path / "access.db")
    with pytest.raises(ConfigError) as refusal:
        check(Listening(host="0.0.0.0"), access)
    assert "yuqing user add" in str(refusal.value)
    assert "TLS" in str(refusal.value)
    access.close()


def events(address: str, last: str) -> list[dict[str, object]]:
    base, _, token = address.partition("#token=")
    place = urlsplit(base)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=10)
    connection.request(
        "GET", "/api/v1/alerts/stream", headers={"Authorization": f"Bearer {token}", "Last-Event-ID": last}
    )
    answer = connection.getresponse()
    found: list[dict[str, object]] = []
    while True:
        line = answer.fp.readline().decode() if answer.chunked is False else answer.readline().decode()
        if line.startswith("event: status"):
            break
        if line.startswith('data: {"seq"'):
            found.append(json.loads(line[6:]))
    connection.close()
    return found


def test_the_stream_goes_on_after_the_last_event_with_no_gap_and_no_double(
    client: httpx.Client, running: Service, address: str
) -> None:
    issue_id = pushed(client, running)
    for key in ("a", "b", "c"):
        client.post(f"/api/v1/issues/{issue_id}/actions", json={"kind": "note", "note": key, "key": key})
    whole = [event["seq"] for event in events(address, "0")]
    assert len(whole) >= 2
    assert whole == sorted(set(whole), key=str)
    assert [event["seq"] for event in events(address, str(whole[0]))] == whole[1:]


@pytest.mark.parametrize(
    ("header", "expected"), [(None, (9, False)), ("4", (4, False)), ("10", (9, True)), ("nonsense", (9, True))]
)
def test_a_number_that_was_never_given_makes_the_client_load_anew(
    header: str | None, expected: tuple[int, bool]
) -> None:
    assert start_of(header, None, 9) == expected


def test_health_and_metrics_answer_without_a_word_of_any_text(client: httpx.Client, running: Service) -> None:
    pushed(client, running)
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json()["ready"] is True
    metrics = client.get("/metrics").text
    assert 'opinion_mentions_total{channel="weibo"} 1.0' in metrics
    assert "opinion_balance_difference 0.0" in metrics
    assert "恒泰" not in metrics


def test_what_a_visitor_may_do_comes_with_the_matter_and_a_role_too_low_is_refused_in_words(
    client: httpx.Client, running: Service
) -> None:
    place = f"/api/v1/issues/{pushed(client, running)}"
    access = Access(running.pipeline.folder.path / "access.db")
    headers = {role: {"Authorization": f"Bearer {access.new_token(role, role)}"} for role in Role}
    kinds = {role: {deed["kind"] for deed in client.get(place, headers=headers[role]).json()["deeds"]} for role in Role}
    access.close()
    assert kinds[Role.VIEWER] == set()
    assert "accept" in kinds[Role.OFFICER]
    assert "pause_clock" in kinds[Role.ANALYST] - kinds[Role.OFFICER]
    body = {"kind": "pause_clock", "note": "等待检测结果"}
    refused = client.post(f"{place}/actions", json=body, headers=headers[Role.OFFICER])
    assert refused.status_code == 409
    assert "研判审核" in refused.json()["message"]


def test_a_visitor_has_five_streams_and_is_told_in_words_that_he_can_have_no_sixth(address: str) -> None:
    base, _, token = address.partition("#token=")
    headers = {"Authorization": f"Bearer {token}"}
    with ExitStack() as open_streams:
        client = open_streams.enter_context(httpx.Client(base_url=base, headers=headers))
        for _ in range(5):
            answer = open_streams.enter_context(client.stream("GET", "/api/v1/alerts/stream"))
            assert answer.status_code == 200
        refused = client.get("/api/v1/alerts/stream")
        assert refused.status_code == 429
        assert "过多" in refused.text
        assert refused.headers["Retry-After"]


def test_all_visitors_together_have_two_hundred_streams(running: Service) -> None:
    broadcaster = Broadcaster(running.desk)
    for number in range(200):
        broadcaster.enter(f"visitor {number // 5}")
    with pytest.raises(TooManyStreamsError):
        broadcaster.enter("another")
    broadcaster.leave("visitor 0")
    broadcaster.enter("another")


def test_an_open_stream_ends_when_its_visitor_may_no_longer_come_in(running: Service) -> None:
    async def served() -> list[bytes]:
        sent: list[bytes] = []

        async def receive() -> dict[str, str]:
            await asyncio.sleep(3600)
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message.get("body", b""))

        broadcaster = Broadcaster(running.desk)
        broadcaster.enter("officer")
        stream = EventStream(broadcaster, "officer", 0, reset=False, still_known=lambda: False, recheck=0)
        await asyncio.wait_for(stream({}, receive, send), 10)
        return sent

    assert asyncio.run(served()) == [b"", b"retry: 2000\n\n", b""]
