"""One table of the configuration file."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A table of the file; an unknown key in it is a fault, not a wish."""

    model_config = ConfigDict(extra="forbid", frozen=True)
