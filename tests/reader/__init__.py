"""How well the reader for unknown bots reads: labelled messages, and what it makes of them."""
