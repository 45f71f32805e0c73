"""The dead man's switch: tells the channels by itself, without any part of the pipeline."""

from collections.abc import Sequence
from datetime import UTC, datetime

from classifiers.assessment import Severity
from pipeline.alerts.notification import Notification
from pipeline.alerts.sink import open_sink
from pipeline.config import Settings
from pipeline.errors import PermanentError, TransientError
from pipeline.records import AlertReason


def report(settings: Settings, faults: Sequence[str]) -> list[str]:
    """Send what is missing to every channel of the configuration; return what could not be sent, in sentences."""
    notification = Notification(
        key=f"canary:{datetime.now(UTC):%Y%m%dT%H%M}",
        title="【系统告警】自检信息没有到达，预警可能已中断",
        lines=(
            *faults,
            "请立即查看 yuqing 进程与日志（systemctl status yuqing），并人工查看各来源，直到恢复",
        ),
        link="",
        severity=Severity.MAJOR_EMERGENCY,
        reason=AlertReason.FIRST,
    )
    failures = []
    for name, given in settings.sinks.items():
        try:
            open_sink(given.get_secret_value()).send(notification)
        except (TransientError, PermanentError) as error:
            failures.append(f"渠道 {name} 没有送达：{error}")
    return failures
