"""What one check found."""

from enum import StrEnum

import msgspec


class Verdict(StrEnum):
    """How a check came out; only ``FAIL`` stands in the way of running."""

    WELL = "pass"
    NOTE = "note"
    FAIL = "fail"


class Finding(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of the examination: what was looked at, how it stands, what to do about it."""

    check: str
    title: str
    verdict: Verdict
    found: str
    advice: str = ""


def passed(check: str, title: str, found: str) -> Finding:
    """Return that all is well."""
    return Finding(check, title, Verdict.WELL, found)


def note(check: str, title: str, found: str, advice: str) -> Finding:
    """Return that it runs, but not as it should."""
    return Finding(check, title, Verdict.NOTE, found, advice)


def failed(check: str, title: str, found: str, advice: str) -> Finding:
    """Return that it does not run so."""
    return Finding(check, title, Verdict.FAIL, found, advice)
