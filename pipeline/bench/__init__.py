"""Benchmarks: one module a part, each with ``TITLE`` and ``measure(options) -> list[Figure]``."""
