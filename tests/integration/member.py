"""A process of the brokered pipeline for tests: ``python -m tests.integration.member CONFIG GROUP NAME [POINT:COUNT]``.

The reader is the tests' own; with a point the process kills itself there, the count-th time that it comes by.
"""

import sys
from pathlib import Path

from pipeline import config, logs, workers
from pipeline.flow import Group
from pipeline.stores import fault
from tests.pipeline.keyword_reader import KeywordReader


def main() -> None:
    """Run one member of a group until it is stopped."""
    file, group, name, *rest = sys.argv[1:]
    if rest:
        point, _, count = rest[0].rpartition(":")
        fault.arm(point, int(count))
    logs.set_up()
    settings = config.load(Path(file))
    if group == Group.LEDGER:
        from pipeline import brokered  # noqa: PLC0415 (a worker starts faster without)
        from pipeline.standing import stand  # noqa: PLC0415

        with brokered.opened(settings, leads=True, quick=KeywordReader(), takes_requests=True) as running:
            stand(running)
    else:
        workers.run(settings, Group(group), name, KeywordReader())


if __name__ == "__main__":
    main()
