"""Named points at which the fault harness ends the process; without its variable they do nothing."""

import os
import signal

_PLAN = os.environ.get("YUQING_FAULT_POINT", "")
"""``name:n``: the process kills itself the n-th time it comes by the point of that name."""

_name, _, _count = _PLAN.partition(":")
_left = int(_count or 1)


def point(name: str) -> None:
    """Mark a place between two writes; ends the process there where the harness says so."""
    global _left  # noqa: PLW0603 (the count of one process)
    if name != _name:
        return
    _left -= 1
    if _left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
