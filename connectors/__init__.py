"""The outside world, read into mentions; a leaf that imports nothing of ours beyond itself and writes nowhere."""
