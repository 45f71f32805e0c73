"""Who may do what: four roles, each of which may do what the one before may."""

from enum import StrEnum


class Role(StrEnum):
    """What a person may do."""

    VIEWER = "viewer"  # read
    OFFICER = "officer"  # act on matters, push mentions
    ANALYST = "analyst"  # correct verdicts, approve, decide for the coordinating office
    ADMIN = "admin"

    def covers(self, needed: "Role") -> bool:
        """Return whether this role may do what needs ``needed``."""
        order = list(Role)
        return order.index(self) >= order.index(needed)
