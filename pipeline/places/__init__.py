"""Administrative divisions and government bodies found in texts."""
