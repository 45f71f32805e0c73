"""The OLE2 container of old office files, as far as needed to refuse one that would be read without end.

A chain of sectors that leads back into itself sends readers of the format round for ever, memory growing all the while.
Source: [MS-CFB] 2.2 to 2.4.
"""

import struct
import sys
from array import array
from pathlib import Path

_HEADER = 512
_SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LAST_SECTOR = 0xFFFFFFFA  # above it stand marks: free, end of chain, part of the table itself
_IN_HEADER = 109


def has_loop(path: Path) -> bool:
    """Say whether any chain of sectors in a container of the format leads back into itself."""
    data = path.read_bytes()
    if len(data) < _HEADER or not data.startswith(_SIGNATURE):
        return False
    size = 1 << min(struct.unpack_from("<H", data, 0x1E)[0], 16)
    first_mini, _, table_sector, _ = struct.unpack_from("<4I", data, 0x3C)
    sectors = [number for number in _numbers(data[0x4C : 0x4C + 4 * _IN_HEADER]) if number < _LAST_SECTOR]
    seen: set[int] = set()
    while table_sector < _LAST_SECTOR:  # where the table of the table goes on outside the header
        if table_sector in seen:
            return True
        seen.add(table_sector)
        numbers = _numbers(_sector(data, table_sector, size))
        if not numbers:
            break
        sectors += [number for number in numbers[:-1] if number < _LAST_SECTOR]
        table_sector = numbers[-1]
    table = array("I")
    for sector in sectors[: len(data) // size + 1]:
        table.extend(_numbers(_sector(data, sector, size)))
    if _loops(table):
        return True
    mini = array("I")
    while first_mini < len(table):
        mini.extend(_numbers(_sector(data, first_mini, size)))
        first_mini = table[first_mini]
    return _loops(mini)


def _sector(data: bytes, number: int, size: int) -> bytes:
    start = (number + 1) * size
    return data[start : start + size]


def _numbers(data: bytes) -> "array[int]":
    numbers = array("I")
    numbers.frombytes(data[: len(data) // 4 * 4])
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


def _loops(following: "array[int]") -> bool:
    """Walk every chain once; a walk that meets itself is a loop."""
    walk_of = [0] * len(following)
    for start in range(len(following)):
        at = start
        while at < len(following) and not walk_of[at]:
            walk_of[at] = start + 1
            at = following[at]
        if at < len(following) and walk_of[at] == start + 1:
            return True
    return False
