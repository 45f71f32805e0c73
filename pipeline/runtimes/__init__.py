"""The two drivers of the one flow: embedded (SQLite) and Kafka (Faust)."""
