"""Pure functions over batches: no input, no output, no clock but the one in the context."""
