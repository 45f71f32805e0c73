"""The statutory clocks of a matter, by jurisdiction profile."""
