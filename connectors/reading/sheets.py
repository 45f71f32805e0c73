"""Spreadsheets as rows of cells: xlsx, xls and ods by calamine, large xlsx streamed so that memory stays bounded.

Zip bombs are refused by the sizes of the central directory, which reading every member once proves true.
"""

import errno
import mmap
import re
import tempfile
import zipfile
import zlib
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from lxml import etree
from python_calamine import CalamineWorkbook

from connectors.connector import ConnectorError
from connectors.reading.compound import has_loop

Row = list[object]

STREAMED_FROM = 48 << 20  # bytes of XML; calamine holds a whole sheet in memory, about eight times its XML
_LARGEST = 4 << 30
_SUSPECT = 256 << 20  # a ratio is judged from this size on: small sheets full of blanks shrink a thousandfold
_RATIO = 200
_MEMBERS = 2000
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_DAYS_1904 = 1462
_DAMAGED = (etree.XMLSyntaxError, KeyError, ValueError, IndexError, zipfile.BadZipFile, EOFError, zlib.error)


def is_sheet(head: bytes) -> bool:
    """Say whether a file's first bytes are those of a spreadsheet: a zip or an OLE2 container."""
    return head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0"))


def sheets(path: Path) -> Iterator[tuple[str, Iterator[Row]]]:
    """Yield each sheet's name with its rows, blank rows included.

    Raises:
        ConnectorError: damaged, encrypted, a zip bomb or larger than 4 GiB when unpacked.
    """
    if zipfile.is_zipfile(path):
        xml = check_archive(path)
        if xml > STREAMED_FROM and _is_xlsx(path):
            yield from _streamed(path)
            return
    book = _calamine(path)
    for name in book.sheet_names:
        yield name, _rows_of(book, name)


def first_rows(path: Path, number: int) -> list[tuple[str, list[Row]]]:
    """Return the first rows of each sheet without reading the rest where the format allows it."""
    if zipfile.is_zipfile(path):
        check_archive(path, thorough=False)
        if _is_xlsx(path):
            return [(name, _take(rows, number)) for name, rows in _streamed(path)]
    return [(name, _take(rows, number)) for name, rows in sheets(path)]


def _take(rows: Iterator[Row], number: int) -> list[Row]:
    return [row for row, _ in zip(rows, range(number), strict=False)]


def check_archive(path: Path, *, thorough: bool = True) -> int:
    """Return how many bytes of XML an office file unpacks to.

    Raises:
        ConnectorError: too large, too dense, too many members, or a size in the directory that is not true.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            total = sum(member.file_size for member in members)
            packed = max(1, path.stat().st_size)
            bomb = total > _LARGEST or len(members) > _MEMBERS or (total > _SUSPECT and total > _RATIO * packed)
            if bomb:
                raise ConnectorError(f"{path.name}：解压后过大或压缩比异常（疑似压缩炸弹），未读取；请拆分后重新导出")
            if any(member.flag_bits & 1 for member in members):
                raise ConnectorError(f"{path.name}：文件已加密，请去除密码后重新导出")
            if thorough:
                _unpack_once(archive, members)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, OSError, ValueError) as error:
        if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):
            raise
        raise ConnectorError(f"{path.name}：表格文件已损坏或不完整，请重新导出") from error
    except zlib.error as error:
        raise ConnectorError(f"{path.name}：表格文件已损坏或不完整，请重新导出") from error
    return total


def _unpack_once(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> None:
    """Read every member to its end: zipfile stops at the declared size and then finds the checksum wrong."""
    for member in members:
        with archive.open(member) as stream:
            while stream.read(1 << 20):
                pass


def _calamine(path: Path) -> CalamineWorkbook:
    if has_loop(path):
        raise ConnectorError(f"{path.name}：表格文件已损坏（扇区链成环），请用原系统重新导出")
    try:
        return CalamineWorkbook.from_path(str(path))
    except OSError:
        raise
    except BaseException as error:
        raise _unreadable(path, error) from error


def _rows_of(book: CalamineWorkbook, name: str) -> Iterator[Row]:
    try:
        yield from book.get_sheet_by_name(name).iter_rows()  # type: ignore[misc]
    except BaseException as error:
        if isinstance(error, GeneratorExit):
            raise
        raise _unreadable(Path(name), error) from error


def _unreadable(path: Path, error: BaseException) -> BaseException:
    """Return what to raise: calamine's own errors and panics (a BaseException) mean a damaged file, others pass."""
    if isinstance(error, Exception) or type(error).__name__ == "PanicException":
        return ConnectorError(f"{path.name}：表格文件已损坏或不是表格，请用原系统重新导出")
    return error


def _is_xlsx(path: Path) -> bool:
    with zipfile.ZipFile(path) as archive:
        return "xl/workbook.xml" in archive.namelist()


def _streamed(path: Path) -> Iterator[tuple[str, Iterator[Row]]]:
    with _damage_told(path), zipfile.ZipFile(path) as archive, _strings(archive) as strings:
        shift, names = _workbook(archive)
        for name, member in names:
            with archive.open(member) as stream:
                yield name, _guarded(path, _rows_in(stream, strings, shift))


def _guarded(path: Path, rows: Iterator[Row]) -> Iterator[Row]:
    """Yield the rows; they are read in their consumer's frame, so that damage must be caught here."""
    with _damage_told(path):
        yield from rows


@contextmanager
def _damage_told(path: Path) -> Iterator[None]:
    try:
        yield
    except _DAMAGED as error:
        raise ConnectorError(f"{path.name}：表格文件已损坏，请重新导出") from error
    except OSError as error:
        if error.errno != errno.EINVAL:  # a directory that names a place before the file's beginning
            raise
        raise ConnectorError(f"{path.name}：表格文件已损坏，请重新导出") from error


def _workbook(archive: zipfile.ZipFile) -> tuple[int, list[tuple[str, str]]]:
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    book = etree.fromstring(archive.read("xl/workbook.xml"), parser)
    links = etree.fromstring(archive.read("xl/_rels/workbook.xml.rels"), parser)
    targets = {link.get("Id"): str(link.get("Target")) for link in links}
    found = []
    for sheet in book.iter(f"{_MAIN}sheet"):
        target = targets.get(sheet.get(_RELATION), "")
        member = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        if "worksheets/" in member and member in archive.namelist():
            found.append((str(sheet.get("name")), member))
    properties = book.find(f"{_MAIN}workbookPr")
    old = properties is not None and properties.get("date1904") in ("1", "true")
    return _DAYS_1904 if old else 0, found


class _Strings:
    """The shared strings of a workbook, in a file with their offsets in memory: nine bytes a string, not its text."""

    def __init__(self, data: IO[bytes], offsets: "array[int]") -> None:
        self._data = mmap.mmap(data.fileno(), 0, access=mmap.ACCESS_READ) if offsets[-1] else b""
        self._offsets = offsets

    def __getitem__(self, number: int) -> str:
        if not 0 <= number < len(self._offsets) - 1:
            raise IndexError(number)
        return self._data[self._offsets[number] : self._offsets[number + 1]].decode("utf-8", "replace")


@contextmanager
def _strings(archive: zipfile.ZipFile) -> Iterator[_Strings]:
    offsets = array("Q", [0])
    with tempfile.TemporaryFile() as data:
        if "xl/sharedStrings.xml" in archive.namelist():
            with archive.open("xl/sharedStrings.xml") as stream:
                for element in _elements(stream, f"{_MAIN}si"):
                    data.write(_string(element).encode("utf-8", "replace"))
                    offsets.append(data.tell())
        data.flush()
        yield _Strings(data, offsets)


def _string(element: Any) -> str:
    """Return the text of a string item: its runs, without the phonetic hints that some editors add."""
    runs = element.iter(f"{_MAIN}t")
    return "".join(run.text or "" for run in runs if run.getparent().tag != f"{_MAIN}rPh")


def _elements(stream: Any, tag: str) -> Iterator[Any]:
    for _, element in etree.iterparse(stream, events=("end",), tag=tag, resolve_entities=False, no_network=True):
        yield element
        element.clear()
        parent = element.getparent()
        while parent is not None and element.getprevious() is not None:
            del parent[0]


def _rows_in(stream: Any, strings: _Strings, shift: int) -> Iterator[Row]:
    for element in _elements(stream, f"{_MAIN}row"):
        row: Row = []
        for cell in element:
            column = _column(cell.get("r")) if cell.get("r") else len(row)
            if column > 16384:
                raise ValueError(column)
            row.extend("" for _ in range(column - len(row)))
            row.append(_value(cell, strings, shift))
        yield row


def _column(reference: str) -> int:
    number = 0
    for letter in re.match("[A-Z]*", reference)[0]:  # type: ignore[index]
        number = number * 26 + ord(letter) - 64
    return number - 1


def _value(cell: Any, strings: _Strings, shift: int) -> object:
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        return _string(cell)
    text = cell.findtext(f"{_MAIN}v")
    if not text:
        return ""
    if kind == "s":
        return strings[int(text)]
    if kind == "n":
        number = float(text)
        return number + shift if shift and 20_000 <= number + shift <= 80_000 else number
    return text == "1" if kind == "b" else text


def members(path: Path) -> dict[str, str]:
    """Return the XML member of each sheet of an xlsx, nothing for other formats."""
    if not zipfile.is_zipfile(path) or not _is_xlsx(path):
        return {}
    with zipfile.ZipFile(path) as archive:
        return dict(_workbook(archive)[1])


def filled_rows(path: Path, name: str) -> int:
    """Return the number of rows with content of an xls or ods sheet, counted over the whole sheet at once."""
    book = _calamine(path)
    return sum(any(str(cell).strip() for cell in row) for row in book.get_sheet_by_name(name).to_python())
