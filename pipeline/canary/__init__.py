"""The canary: a synthetic severe mention through each connector to the channels, and the switch that misses it."""
