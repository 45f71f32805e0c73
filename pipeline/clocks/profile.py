"""The profiles of jurisdictions: which deadline starts at which grade, counted from which moment, by which clause."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Literal

import msgspec

from pipeline.errors import ConfigError
from pipeline.records import DeadlineAction

Anchor = Literal["occurred_at", "published_at", "detected_at", "accepted_at"]
OTHER = "other"


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One deadline: ``hours`` after the anchor, for matters of the grades named."""

    action: DeadlineAction
    grades: tuple[str, ...]
    hours: float
    basis: str


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The clocks of one place."""

    name: str
    anchor: Anchor
    anchor_basis: str
    follow_up_hours: float
    follow_up_basis: str
    lines: tuple[Line, ...]


@cache
def profiles() -> Mapping[str, Profile]:
    """Return the profiles that ship with the product, by name."""
    text = resources.files("pipeline.clocks.data").joinpath("profiles.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), dict[str, Profile])


def profile(name: str) -> Profile:
    """Return one profile.

    Raises:
        ConfigError: there is none of that name.
    """
    known = profiles()
    if name not in known:
        raise ConfigError(f"没有名为 {name} 的时限方案：可用 {'、'.join(known)}")
    return known[name]
