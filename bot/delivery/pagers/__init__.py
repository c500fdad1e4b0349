"""Ways to page a person."""
