"""How a matter is handled: one table of deeds, from 受理 to 办结."""
