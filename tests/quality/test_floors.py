"""No reader falls below its floors on texts that it was not trained on; a floor is lowered only on purpose."""

import json
from pathlib import Path
from typing import Any

from classifiers.training.seen import record

FLOORS: dict[str, Any] = json.loads((Path(__file__).parent / "floors.json").read_text(encoding="utf-8"))


def test_the_shipped_quick_reader_kept_its_floors_when_it_was_trained() -> None:
    held_out, seen = record("quick")
    assert len(seen) > 20_000
    floors = FLOORS["quick"]
    for column, name in (("分月留出", "grouped"), ("最新月份", "newest")):
        below = {k: (held_out[column][k], floor) for k, floor in floors[name].items() if held_out[column][k] < floor}
        assert not below
        assert held_out[column]["calibration_error"] <= floors["calibration_error"]
