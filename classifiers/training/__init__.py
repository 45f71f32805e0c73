"""Labelled texts, honest splits and figures: what every reader is trained and measured with."""
