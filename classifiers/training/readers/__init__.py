"""One module a reader that can be trained."""
