"""The way in: what listeners hear, parsed and handed to the use cases."""
