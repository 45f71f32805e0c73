"""The message a duty officer reads: what, where, how bad, since when, who must answer by when, the words, the link."""

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import msgspec

from classifiers.assessment import Severity
from pipeline.labels import label
from pipeline.records import Alert, AlertReason, Issue

BEIJING = timezone(timedelta(hours=8), "北京时间")


class Notification(msgspec.Struct, frozen=True):
    """One message to the outside.

    ``key`` is the idempotency key (matter, revision): the same key is the same message. ``lines`` are whole lines of
    plain Chinese text, most important first, so that a channel with a byte limit can cut between them.
    """

    key: str
    title: str
    lines: tuple[str, ...]
    link: str
    severity: Severity | None
    reason: AlertReason
    possibly_repeated: bool = False

    @property
    def heading(self) -> str:
        """The title, with a warning where a crash may have sent the message before."""
        return f"（可能重复）{self.title}" if self.possibly_repeated else self.title


def compose(alert: Alert, issue: Issue, members: int, link: str) -> Notification:
    """Return the message for one revision of an alert of a matter with so many members."""
    tier = label(alert.severity) if alert.severity else "未定级"
    return Notification(
        key=f"{alert.issue_id}:{alert.revision}",
        title=f"【{tier}】{alert.title}",
        lines=tuple(_lines(alert, issue, members, link)),
        link=link,
        severity=alert.severity,
        reason=alert.reason,
    )


def _lines(alert: Alert, issue: Issue, members: int, link: str) -> Iterator[str]:
    yield f"缘由：{label(alert.reason)}"
    if alert.categories:
        yield "情形：" + "、".join(label(category) for category in alert.categories)
    if alert.regions:
        yield "地点：" + "、".join(alert.regions)
    if alert.channels:
        sources = "、".join(label(channel) for channel in alert.channels)
        yield f"渠道：{sources}，共 {members} 条，热度 {issue.heat}"
    if alert.published_at:
        yield f"最早发布：{_moment(alert.published_at)}"
    if alert.evidence:
        yield "依据词句：" + "、".join(f"「{term}」" for term in alert.evidence)
    if issue.responsible_body:
        yield f"第一责任主体：{issue.responsible_body}"
    for clock in sorted(issue.clocks, key=lambda clock: clock.due_at):
        if clock.met_at is None:
            standing = "（受理前暂定）" if clock.provisional else ""
            yield f"{_moment(clock.due_at)} 前{label(clock.action)}{standing}〔{clock.basis}〕"
    if link:
        yield f"详情：{link}"


def _moment(at: datetime) -> str:
    local = at.astimezone(BEIJING)
    return f"{local.month}月{local.day}日 {local:%H:%M}"
