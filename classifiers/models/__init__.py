"""One module a classifier."""
