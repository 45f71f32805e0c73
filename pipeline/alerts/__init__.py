"""Why, when and where a notification goes out."""
