"""The demonstration: one wet Tuesday in a city that does not exist, told by nine channels."""
