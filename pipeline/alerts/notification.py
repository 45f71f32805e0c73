"""The message a duty officer reads: what, where, how bad, since when, who must answer by when, the words, the link."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, timezone

import msgspec

from classifiers.assessment import Category, Severity
from pipeline.labels import label
from pipeline.records import Alert, AlertReason, Deadline, DeadlineAction, Grade, Issue, IssueState, Ringing

BEIJING = timezone(timedelta(hours=8), "北京时间")
_MOST_WORDS = 8


class Notification(msgspec.Struct, frozen=True):
    """One message to the outside.

    ``key`` is the idempotency key (matter, revision): the same key is the same message. ``lines`` are whole lines of
    plain Chinese text, most important first, so that a channel with a byte limit can cut between them. ``digest``
    says that it waits for others and goes out with them.
    """

    key: str
    title: str
    lines: tuple[str, ...]
    link: str
    severity: Severity | None
    reason: AlertReason
    possibly_repeated: bool = False
    digest: bool = False
    canary: str = ""  # the connector whose self-test it is

    @property
    def heading(self) -> str:
        """The title, with a warning where a crash may have sent the message before."""
        return f"（可能重复）{self.title}" if self.possibly_repeated else self.title


def compose(alert: Alert, issue: Issue, members: int, link: str) -> Notification:
    """Return the message for one revision of an alert of a matter with so many members."""
    return Notification(
        key=f"{alert.issue_id}:{alert.revision}",
        title=f"【{_tier(alert)}】{alert.title}",
        lines=tuple(_lines(alert, issue, members, link)),
        link=link,
        severity=alert.severity,
        reason=alert.reason,
        digest=alert.ringing is Ringing.DIGEST,
    )


def self_test(alert: Alert) -> Notification:
    """Return the message of the canary: it says what it is and that nothing is to be done."""
    return Notification(
        key=f"{alert.issue_id}:canary",
        title=f"【系统自检】{alert.title}",
        lines=(
            "这是系统自检信息，不是真实事件，无须处置。",
            f"自检渠道：{alert.title}，{_moment(alert.raised_at).strip()}",
        ),
        link="",
        severity=alert.severity,
        reason=alert.reason,
        canary=alert.title,
    )


def combine(waiting: Sequence[Notification]) -> Notification:
    """Return one message for several that waited for the digest, the gravest first."""
    if len(waiting) == 1:
        return waiting[0]
    ordered = sorted(waiting, key=lambda each: -1 if each.severity is None else each.severity.rank, reverse=True)
    lines = [
        line
        for number, each in enumerate(ordered, 1)
        for line in (f"{number}. {each.title}", *(f"   {part}" for part in each.lines if part.startswith(_IN_DIGEST)))
    ]
    return Notification(
        key="digest:" + "+".join(sorted(each.key for each in waiting)),
        title=f"【预警汇总】{len(waiting)} 件，多为单一来源、尚待印证",
        lines=tuple(lines),
        link="",
        severity=ordered[0].severity,
        reason=ordered[0].reason,
        possibly_repeated=any(each.possibly_repeated for each in waiting),
        digest=True,
    )


_IN_DIGEST = ("缘由", "地点", "来源", "依据词句", "时限", "详情")


def _tier(alert: Alert) -> str:
    if alert.severity is not None:
        return label(alert.severity)
    return "已撤销" if alert.reason is AlertReason.CORRECTION else "传言待核"


def _lines(alert: Alert, issue: Issue, members: int, link: str) -> Iterator[str]:
    yield f"缘由：{_reason(alert)}"
    if issue.awaiting:
        yield f"待复核：{issue.awaiting} 条仅经快读，精读结论有变时另行更正"
    if alert.categories:
        yield "情形：" + "、".join(label(category) for category in alert.categories)
    yield "地点：" + ("、".join(alert.regions) or "文中未写明")
    if alert.channels:
        sources = "、".join(label(channel) for channel in alert.channels)
        alone = "（单一来源，尚待印证）" if "single" in alert.detail else ""
        yield f"来源：{sources}，共 {members} 条，热度 {issue.heat}{alone}"
    yield f"时间：{_moment(issue.first_seen)}最早公开，{_moment(issue.last_seen)}最近一条"
    if alert.evidence:
        yield "依据词句：" + "、".join(f"「{term}」" for term in alert.evidence[:_MOST_WORDS])
    if issue.grade is not None:
        standing = "已确认" if issue.grade_confirmed else "系统建议，待人工确认"
        yield f"事件等级：{label(issue.grade)}（{standing}）"
    yield from _who(issue)
    for clock in sorted(issue.clocks, key=lambda clock: clock.due_at):
        if clock.met_at is None:
            yield f"时限：{_deadline(clock, alert.raised_at)}"
    if "attention" in alert.detail:
        yield f"敏感时间节点：{alert.detail['attention']}"
    if issue.state is not IssueState.NEW:
        yield f"办理状态：{label(issue.state)}"
    if link:
        yield f"详情：{link}"


def _grown(series: str) -> str:
    """Say what grew where it was not the matter itself but its place or its category."""
    kind, _, name = series.partition(":")
    if kind == "place":
        return f"{name}一地 "
    return f"「{label(Category(name))}」一类 " if kind == "category" else ""


def _reason(alert: Alert) -> str:
    """Say why the message comes, with the facts behind it."""
    detail, text = alert.detail, label(alert.reason)
    match alert.reason:
        case AlertReason.SEVERITY_RAISED | AlertReason.SEVERITY_LOWERED if "before" in detail and alert.severity:
            return f"{text}（{label(Severity(detail['before']))} → {label(alert.severity)}）"
        case AlertReason.GRADE_RAISED if alert.grade is not None:
            return f"{text}为{label(Grade(alert.grade))}"
        case AlertReason.BURST if "count" in detail:
            of = _grown(detail.get("series", ""))
            return f"{text}（{of}{detail['minutes']} 分钟内 {detail['count']} 条，平常约 {detail['expected']} 条）"
        case AlertReason.ESCALATED:
            return f"{detail['waited']} 分钟无人签收，现报{detail['next']}"
        case AlertReason.CLOCK_WARNING:
            action = label(DeadlineAction(detail["action"]))
            due = _moment(datetime.fromisoformat(detail["due"]))
            if detail["percent"] == "100":
                return f"{action}已逾期（应于{due}前）"
            return f"{action}的时限已过 {detail['percent']}%，须于{due}前完成"
        case _:
            return text


def _who(issue: Issue) -> Iterator[str]:
    answer = issue.responsibility
    if answer is None or not issue.responsible_body:
        if issue.responsible_body:
            yield f"第一责任主体：{issue.responsible_body}"
        return
    proposed = issue.responsible_body == "、".join(answer.responsible)
    rules = "；".join(f"{reason.rule} {reason.clause}" for reason in answer.reasons if reason.rule not in ("R8", "R9"))
    yield f"第一责任主体：{issue.responsible_body}" + (f"（建议，依据 {rules}）" if proposed else "（已转办）")
    if answer.answering:
        yield f"一并回应：{'、'.join(answer.answering)}"
    if answer.coordinator:
        yield f"组织协调：{answer.coordinator}"
    if answer.lead:
        yield f"牵头部门：{answer.lead}"
    if answer.head_of_government:
        yield "领导责任：本级政府主要负责同志切实负起领导责任，必要时向同级党委报告"
    yield from answer.persons


def _deadline(clock: Deadline, now: datetime) -> str:
    provisional = "，受理前暂定" if clock.provisional else ""
    if clock.paused_since is not None:
        return f"{label(clock.action)}，计时暂停（自{_moment(clock.paused_since).strip()}）〔{clock.basis}〕"
    left = clock.due_at - now
    standing = f"还剩{_span(left)}" if left > timedelta() else f"已超时{_span(-left)}"
    return f"{_moment(clock.due_at)}前{label(clock.action)}（{standing}{provisional}）〔{clock.basis}〕"


def _span(length: timedelta) -> str:
    minutes = int(length.total_seconds() // 60)
    if minutes < 60:
        return f" {minutes} 分钟"
    return f" {minutes // 60} 小时 {minutes % 60} 分" if minutes % 60 else f" {minutes // 60} 小时"


def _moment(at: datetime) -> str:
    local = at.astimezone(BEIJING)
    return f"{local.month}月{local.day}日 {local:%H:%M} "
