"""Kafka as seen by everything but the workers: topics, publishing, reading at an offset of one's own, lag."""
