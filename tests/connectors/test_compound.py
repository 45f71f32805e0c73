"""Old office files: a container whose sectors lead in a circle is refused at once instead of read for ever."""

import struct
from pathlib import Path

import pytest

from connectors.connector import ConnectorError
from connectors.reading.compound import has_loop
from connectors.reading.sheets import sheets
from tests.contracts.test_connectors import files_for


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    (found,) = (path for path in files_for("hotline", tmp_path) if path.suffix == ".xls")
    return found


def table_at(data: bytes | bytearray) -> int:
    """Return where the first sector of the table of chains begins."""
    shift, (sector,) = struct.unpack_from("<H", data, 0x1E)[0], struct.unpack_from("<I", data, 0x4C)
    return int((sector + 1) << shift)


def test_a_sound_workbook_has_no_loop(workbook: Path) -> None:
    assert not has_loop(workbook)
    assert any(list(rows) for _, rows in sheets(workbook))


@pytest.mark.timeout(20)
@pytest.mark.parametrize("sector", [0, 1, 2])
def test_a_chain_of_sectors_that_leads_back_into_itself_is_refused(workbook: Path, sector: int) -> None:
    data = bytearray(workbook.read_bytes())
    struct.pack_into("<I", data, table_at(data) + 4 * sector, sector)
    workbook.write_bytes(data)
    assert has_loop(workbook)
    with pytest.raises(ConnectorError, match="成环"):
        list(sheets(workbook))


@pytest.mark.timeout(20)
def test_a_table_of_the_table_that_leads_back_into_itself_is_refused(workbook: Path) -> None:
    data = bytearray(workbook.read_bytes())
    struct.pack_into("<I", data, 0x44, 0)
    start = 1 << struct.unpack_from("<H", data, 0x1E)[0]
    struct.pack_into("<I", data, 2 * start - 4, 0)
    workbook.write_bytes(data)
    assert has_loop(workbook)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\xff" * 700])
def test_what_is_no_container_or_only_its_beginning_is_left_to_the_reader(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.xls"
    path.write_bytes(data)
    assert not has_loop(path)
