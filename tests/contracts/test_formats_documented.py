"""The tables of formats name every connector there is, and none that is not."""

import re
from pathlib import Path

from connectors import catalogue

DOCS = Path(__file__).parents[2] / "docs"


def test_every_connector_has_its_row_in_the_tables_of_formats() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in sorted(DOCS.glob("formats-*.md")))
    assert set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)) == set(catalogue.all_connectors())
