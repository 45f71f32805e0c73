"""What the readers have learned, as files."""
