"""The document of formats names every connector there is, and none that is not."""

import re
from pathlib import Path

from connectors import catalogue

DOCUMENT = Path(__file__).parents[2] / "docs/formats.md"


def test_every_connector_has_its_row_in_the_table_of_formats() -> None:
    rows = re.findall(r"^\| `(\w+)` \|.*\|$", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(rows) == len(set(rows))
    assert set(rows) == set(catalogue.all_connectors())


def test_every_row_says_fields_traps_and_whether_a_real_file_was_seen() -> None:
    for row in re.findall(r"^\| `\w+` \|.*\|$", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE):
        assert all(cell.strip() for cell in row.strip("|").split(" | ")), row
        assert len(row.split(" | ")) == 5, row


def test_every_source_leads_to_connectors_that_exist() -> None:
    table = DOCUMENT.read_text(encoding="utf-8").partition("## From source to connector")[2].partition("\n## ")[0]
    named = set(re.findall(r"`(\w+)`", table))
    assert named <= set(catalogue.all_connectors())
    assert set(catalogue.all_connectors()) - named <= {"directive", "manual", "forum"}
