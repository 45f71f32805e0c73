"""Routes about ourselves: alive, ready, metrics, where the records went, and the table of Chinese names."""

import time
from typing import Any

import msgspec
from fastapi import APIRouter, HTTPException, Request, Response

from classifiers.assessment import Basis, Category, Rumour, Severity
from connectors.connector import RefusalReason
from connectors.mention import Channel, Flag, MentionState, TimePrecision
from connectors.watching.health import Trouble
from pipeline import labels, metrics
from pipeline.audit import Balance
from pipeline.desk import Status
from pipeline.handling.roles import Role
from pipeline.handling.table import ResponseForm, Verdict
from pipeline.records import ActionKind, AlertReason, DeadlineAction, Grade, HistoryEvent, IssueState, Ringing, Scope
from pipeline.service import Service
from pipeline.watching.state import WatchState
from pipeline.web.answers import answer
from pipeline.web.gate import LOOPBACK, Viewer, gate_of

routes = APIRouter()
_SETS = {
    "category": Category,
    "severity": Severity,
    "rumour": Rumour,
    "basis": Basis,
    "channel": Channel,
    "mention_state": MentionState,
    "scope": Scope,
    "grade": Grade,
    "action": ActionKind,
    "verdict": Verdict,
    "form": ResponseForm,
    "role": Role,
    "state": IssueState,
    "deadline": DeadlineAction,
    "reason": AlertReason,
    "ringing": Ringing,
    "event": HistoryEvent,
    "trouble": Trouble,
    "refusal": RefusalReason,
    "precision": TimePrecision,
    "flag": Flag,
}


@routes.get("/healthz")
def alive() -> Response:
    """进程是否活着."""
    return answer({"status": "ok"})


@routes.get("/readyz")
def ready(request: Request) -> Response:
    """能否正常处理；不能时为 503，并说明原因."""
    status = _running(request).desk.status()
    return answer({"ready": status.ready, "problems": status.problems}, 200 if status.ready else 503)


@routes.get("/metrics")
def scrape(request: Request) -> Response:
    """Prometheus 指标；本机直接可取，其余须令牌."""
    gate = gate_of(request)
    local = request.client is not None and request.client.host in LOOPBACK and not gate.surroundings.behind_proxy
    if not local and gate.visitor(request) is None:
        raise HTTPException(401, "指标须凭令牌读取", headers={"WWW-Authenticate": "Bearer"})
    balance = _balance(request)
    return Response(metrics.exposition(_running(request), balance), media_type=metrics.CONTENT_TYPE)


@routes.get("/api/v1/labels")
def names() -> Response:
    """各枚举值的中文名."""
    table: dict[str, dict[str, str]] = {
        name: {member.value: labels.label(member) for member in members} for name, members in _SETS.items()
    }
    return answer({**table, "event": {**table["action"], **table["event"]}})


class SourceLine(msgspec.Struct, frozen=True):
    """The balance of one source on one day, and when it was last read."""

    source: str
    title: str
    day: str
    offered: int
    indexed: int
    updated: int
    duplicate: int
    quarantined: int
    rejected: int
    in_flight: int
    difference: int


class RejectedLine(msgspec.Struct, frozen=True):
    """How many records were refused for one reason."""

    reason: str
    count: int


class SourcesOut(msgspec.Struct, frozen=True):
    """Where everything offered went, and what stands in the way."""

    status: Status
    difference: int
    faults: tuple[str, ...]
    sources: tuple[SourceLine, ...]
    rejected: tuple[RejectedLine, ...]
    watches: tuple[WatchState, ...]


@routes.get("/api/v1/sources")
def sources(request: Request, _visitor: Viewer) -> Response:
    """各来源读入了多少、去了哪里、为何拒收."""
    running, balance = _running(request), _balance(request)
    lines = tuple(
        SourceLine(title=metrics.source_title(line.source), difference=line.difference, **msgspec.structs.asdict(line))
        for line in balance.lines
    )
    counts = metrics.rejected_counts(running)
    refused = tuple(RejectedLine(metrics.reason_title(reason), count) for (_, reason), count in sorted(counts.items()))
    status = running.desk.status()
    watches = tuple(running.watching.states(status.now))
    return answer(SourcesOut(status, balance.difference, tuple(balance.faults), lines, refused, watches))


def _running(request: Request) -> Service:
    running: Service = request.app.state.running
    return running


def _balance(request: Request) -> Balance:
    """Return the balance; it reads every store, so making it anew may cost a twentieth of the time at most."""
    state: Any = request.app.state
    kept: tuple[float, Balance] | None = getattr(state, "balance", None)
    started = time.monotonic()
    if kept is not None and started < kept[0]:
        return kept[1]
    balance = _running(request).pipeline.balance()
    took = time.monotonic() - started
    state.balance = (started + max(2.0, 20 * took), balance)
    return balance
