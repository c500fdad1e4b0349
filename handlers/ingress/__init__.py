"""The way in for whatever posts alerts: by HTTP under an address of our own or of a product, and by mail."""
