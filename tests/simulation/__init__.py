"""The engine on virtual time: one seed draws a night, and what the providers saw of it is judged."""
