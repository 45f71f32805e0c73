"""One loop over the table of the flow, whatever drives it."""
