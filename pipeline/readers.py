"""The readers that the pipeline judges with, loaded once."""

import importlib
from functools import cache

from classifiers.classifier import Reader


@cache
def quick() -> Reader:
    """Return the quick reader."""
    reader: Reader = importlib.import_module("classifiers.models.quick").load()
    return reader
