"""Word lists and tables that readers share."""
