"""Texts judged: a leaf that knows no Kafka, no network and no clock."""
