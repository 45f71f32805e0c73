"""Which matter (事由) a text belongs to, and how fast a matter grows."""
