"""Data files of this package; their origin stands in README.md."""
