"""A process of the brokered pipeline for tests: ``python -m tests.integration.member CONFIG GROUP NAME [FAULT…]``.

The reader is the tests' own. It runs in lives, one after the other, as under a supervisor: each fault ends one, a
number of seconds by ``kill -9`` from outside, ``POINT:COUNT`` from inside at the count-th time that it comes by the
point. A life that ends by itself is followed by the next; SIGTERM ends the last one in order.
"""

import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from pipeline import config, logs, workers
from pipeline.flow import Group
from pipeline.stores import fault
from tests.pipeline.keyword_reader import KeywordReader

_LONGEST = 30.0  # seconds in which a life must come to its point


def main() -> None:
    """Run one member of a group through its faults, then until it is stopped."""
    file, group, name, *faults = sys.argv[1:]
    stopping: list[int] = []

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.append(1)

    signal.signal(signal.SIGTERM, stop)
    left = [*faults]
    while not stopping:
        planned = left.pop(0) if left else ""
        child = os.fork()
        if child == 0:
            _live(file, Group(group), name, planned)
        code = _wait(child, planned, stopping)
        print(f"life ended: {code} {planned}", flush=True)


def _live(file: str, group: Group, name: str, planned: str) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    point, _, count = planned.rpartition(":")
    if point:
        fault.arm(point, int(count))
    try:
        logs.set_up()
        workers.run(config.load(Path(file)), group, name, KeywordReader())
    except BaseException as error:  # noqa: BLE001 (the child of a fork must end here)
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        os._exit(70)
    os._exit(0)


def _wait(child: int, planned: str, stopping: list[int]) -> int:
    born = time.monotonic()
    seconds = (_LONGEST if ":" in planned else float(planned)) if planned else None
    asked = False
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        if seconds is not None and time.monotonic() - born > seconds:
            os.kill(child, signal.SIGKILL)
            seconds = None
        if stopping and not asked:
            os.kill(child, signal.SIGTERM)
            asked = True
        time.sleep(0.02)


if __name__ == "__main__":
    main()
