"""A large export of work orders must not take memory with its size.

``python -m tests.integration.large_sheet --megabytes 200`` writes an xlsx of that size, reads it by ``yuqing ingest``
in a process of its own, and prints how much memory that process ever held.
"""

import argparse
import json
import random
import re
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from typing import Any

HEADER = ("12345工单编号", "12345受理时间", "12345工单来源", "12345诉求区域", "12345内容描述", "主办单位")
LONGEST = 2_000  # characters of a text
LIMIT = 1 << 30  # bytes that a process may hold, whatever the size of the file

_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml"'
    ' ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml"'
    ' ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>'
)
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATIONS = (
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Type="{type}" Target="{target}"/></Relationships>'
)
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_BOOK = (
    f'<?xml version="1.0"?><workbook xmlns="{_MAIN}" xmlns:r="{_RELATION}"><sheets>'
    '<sheet name="工单" sheetId="1" r:id="r1"/></sheets></workbook>'
)


def write(path: Path, size: int, seed: int = 1) -> int:
    """Write an xlsx of about so many bytes, row by row; return the number of work orders in it."""
    chance = random.Random(seed)
    lengths = [chance.randrange(LONGEST // 2, LONGEST) for _ in range(500)]  # together far more than a zip looks back
    texts = ["".join(map(chr, chance.choices(range(0x4E00, 0x9FA6), k=length))) for length in lengths]
    rows = 0
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("[Content_Types].xml", _TYPES)
        archive.writestr("_rels/.rels", _RELATIONS.format(type=f"{_RELATION}/officeDocument", target="xl/workbook.xml"))
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            _RELATIONS.format(type=f"{_RELATION}/worksheet", target="worksheets/sheet1.xml"),
        )
        archive.writestr("xl/workbook.xml", _BOOK)
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(f'<?xml version="1.0"?><worksheet xmlns="{_MAIN}"><sheetData>{_row(HEADER)}'.encode())
            while path.stat().st_size < size:
                for _ in range(20):
                    rows += 1
                    sheet.write(_row(_order(rows, chance.choice(texts))).encode())
                if rows % 200 == 0 and archive.fp is not None:
                    archive.fp.flush()
            sheet.write(b"</sheetData></worksheet>")
    return rows


def _order(number: int, text: str) -> tuple[str, ...]:
    time_of = f"2026-06-{1 + number % 28:02} {number % 24:02}:{number % 60:02}:00"
    return (f"2026{number:010}", time_of, "12345电话", "望泽区", text, "白鹭镇")


def _row(cells: tuple[str, ...]) -> str:
    return "<row>" + "".join(f'<c t="inlineStr"><is><t>{cell}</t></is></c>' for cell in cells) + "</row>"


def measured(output: Path, *words: str) -> tuple[int, int]:
    """Run a command of the product; return its exit code and the most memory it held, in bytes."""
    with output.open("wb") as file:
        command = [sys.executable, "-m", "pipeline", *words]
        process = subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT, cwd=Path(__file__).parents[2])
        most = 0
        while process.poll() is None:
            most = max(most, held(process.pid))
            time.sleep(0.02)
    return process.returncode, most


def held(pid: int) -> int:
    """Return the most memory that a process has held; what its parent held before, which wait4 counts too, is not."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return 0
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) * 1024 if found else 0


def main() -> None:
    """Run the long form and say what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=200)
    parser.add_argument("--only-read", action="store_true", help="by ``yuqing connect``: without judging and storing")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "工单.xlsx"
        rows = write(path, given.megabytes << 20)
        size, started = path.stat().st_size, time.monotonic()
        output, data = Path(name) / "out", str(Path(name) / "data")
        if given.only_read:
            code, memory = measured(output, "connect", "auto", str(path))
            with output.open("rb") as file:
                read = sum(line.startswith(b"{") for line in file)
        else:
            code, memory = measured(output, "ingest", "--json", "--data", data, str(path))
            answer: dict[str, Any] = json.loads(output.read_bytes()) if code == 0 else {}
            read = sum(answer["files"][0]["fates"].values()) if answer.get("holds") else 0
    print(
        json.dumps(
            {
                "megabytes": size >> 20,
                "rows": rows,
                "exit": code,
                "read": read,
                "most_memory_mib": memory >> 20,
                "seconds": round(time.monotonic() - started, 1),
            },
            ensure_ascii=False,
        )
    )
    sys.exit(1 if code or read != rows or memory > LIMIT else 0)


if __name__ == "__main__":
    main()
