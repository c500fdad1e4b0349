"""The pure core: what an incident is and what follows from what happens. Standard library only."""
