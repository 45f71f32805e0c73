"""Named points at which the fault harness ends the process; unless it armed one they do nothing."""

import os
import signal

_armed = ""
_left = 0


def arm(name: str, count: int) -> None:
    """Let this process kill itself the ``count``-th time it comes by the point of that name."""
    global _armed, _left
    _armed, _left = name, count


def point(name: str) -> None:
    """Mark a place between two writes; ends the process there where the harness says so."""
    global _left  # noqa: PLW0603 (the plan of one process)
    if name != _armed:
        return
    _left -= 1
    if _left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
