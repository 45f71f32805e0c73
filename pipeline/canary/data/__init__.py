"""One export a connector, as its tool writes it; ``{...}`` are filled in at each round."""
