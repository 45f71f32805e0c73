"""The contract of a classifier: texts in, one assessment each, the same answer twice."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from classifiers.assessment import Assessment


class Text(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a reader is given of one mention.

    ``channel`` is a channel's name or empty; counts are None where unknown; ``directed`` is true when the text came
    down the directive inlet.
    """

    text: str
    title: str = ""
    quoted_text: str = ""
    channel: str = ""
    region_text: str = ""
    reposts: int | None = None
    comments: int | None = None
    likes: int | None = None
    reads: int | None = None
    directed: bool = False
    published_at: datetime | None = None


class Reader(Protocol):
    """Judges texts in batches; holds no state between calls, reads no clock, touches no network."""

    name: str

    @property
    def model_version(self) -> str:
        """Which weights judge; part of every assessment."""

    def assess(self, texts: Sequence[Text]) -> list[Assessment]:
        """Return one assessment for each text, in order."""
