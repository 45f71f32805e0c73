"""One module a channel of delivery: the file name is the configuration word."""
