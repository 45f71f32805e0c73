"""Sources that are looked at again and again; a watcher takes and returns its checkpoint as a value."""
