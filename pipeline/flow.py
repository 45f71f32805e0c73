"""The flow as data: the table of stages and effects."""
