"""The short form of ``tests.integration.chaos``: ten kills, a broker away and killed, an index away and busy."""

from pathlib import Path
from typing import Any

import pytest

from tests.integration import chaos


@pytest.mark.servers
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_nothing_is_lost_or_doubled_by_killed_workers_and_servers_that_fail(servers: Any, tmp_path: Path) -> None:
    outcome = chaos.run(servers, tmp_path, mentions=800, kills=10, down=15)
    assert outcome.faults == []
    assert outcome.kills >= 10
    away, here = outcome.figures["to the ledger, index away"], outcome.figures["to the ledger, index here"]
    assert away < 3 * here + 0.5
