"""The answer of the decision table: who does what, and by which clause."""

import msgspec


class Reason(msgspec.Struct, frozen=True):
    """One rule that applied: what it says, and where that stands."""

    rule: str
    says: str
    clause: str


class Responsibility(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who does what; ``responsible`` answers first, ``answering`` are those that answer beside it.

    ``persons`` are the named persons of the units (R9), ``grounds`` the words of the texts that led here.
    """

    responsible: tuple[str, ...] = ()
    coordinator: str = ""
    lead: str = ""
    answering: tuple[str, ...] = ()
    head_of_government: bool = False
    party_committee: bool = False
    persons: tuple[str, ...] = ()
    grounds: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()
