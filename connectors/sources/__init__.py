"""One module a format: the file name is the command-line word."""
