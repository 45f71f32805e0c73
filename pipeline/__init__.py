"""The trunk: what happens to a mention, the stores, the desk, and the two ways to run it."""
