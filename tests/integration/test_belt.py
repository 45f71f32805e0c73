"""Faust commits over an event that was never acknowledged (upstream issue 606); with our belt it does not."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pipeline.broker.publisher import Parcel, Publisher
from pipeline.broker.reader import Lag
from pipeline.flow import Group, Topic
from tests.integration.brokered import ROOT, Deployment, deployed

pytestmark = [pytest.mark.servers, pytest.mark.timeout(600)]


def committed(deployment: Deployment, group: Group, transport: str, left_out: int) -> int | None:
    """Return the offset that a group has committed after it acknowledged all records but one."""
    name = deployment.connection.topic(Topic.FLAGGED)
    command = [sys.executable, "-m", "tests.integration.commits", deployment.connection.brokers[0], name]
    group_name = deployment.connection.group(group)
    done = subprocess.run(
        [*command, group_name, transport, str(left_out)], cwd=ROOT, capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    lag = Lag(deployment.connection)
    found = lag.committed(group).get((name, 0))
    lag.close()
    return found


def test_no_commit_goes_over_an_event_that_was_not_acknowledged(servers: Any, tmp_path: Path) -> None:
    with deployed(servers, tmp_path, partitions=1) as deployment:
        publisher = Publisher(deployment.connection)
        publisher.publish([Parcel(Topic.FLAGGED, 0, b"%d" % number) for number in range(10)])
        assert committed(deployment, Group.DETECT, "belted", 0) is None
        assert committed(deployment, Group.INDEX, "belted", 10) == 10
        publisher.publish([Parcel(Topic.FLAGGED, 0, b"%d" % number) for number in range(10)])
        assert committed(deployment, Group.INDEX, "belted", 10) == 10
        assert committed(deployment, Group.INDEX, "belted", 15) == 15
        # The belt goes when upstream no longer needs it.
        assert committed(deployment, Group.CAREFUL, "plain", 0) == 20
        publisher.close()
