"""Data files of this package: the profiles, each line with its clause."""
