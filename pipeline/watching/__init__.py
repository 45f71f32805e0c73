"""What a running pipeline looks at by itself: folders, feeds, list pages, and what ``ingest`` hands over."""
