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
    follow_up_grades: tuple[str, ...]
    lines: tuple[Line, ...]


@cache
def profiles() -> Mapping[str, Profile]:
    """Return the profiles that ship with the product, by name."""
    return parse(resources.files("pipeline.clocks.data").joinpath("profiles.toml").read_text("utf-8"))


def parse(text: str) -> Mapping[str, Profile]:
    """Return the profiles of a file of the same form as the shipped one.

    Raises:
        ConfigError: the text is no such file.
    """
    try:
        return msgspec.convert(tomllib.loads(text), dict[str, Profile])
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ConfigError(f"时限方案文件有误：{error}。写法见随附的 pipeline/clocks/data/profiles.toml") from error


def profile(name: str, own: Mapping[str, Profile] | None = None) -> Profile:
    """Return one profile; ``own`` are the deployment's, which go before the shipped ones.

    Raises:
        ConfigError: there is none of that name.
    """
    known = {**profiles(), **(own or {})}
    if name not in known:
        raise ConfigError(f"没有名为 {name} 的时限方案：可用 {'、'.join(known)}")
    return known[name]
