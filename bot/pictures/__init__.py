"""Pictures of schedules: drawn by matplotlib in a process of its own, so that the bot stays as it is."""
