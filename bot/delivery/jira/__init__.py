"""Tickets in Jira, through python-jira with nothing of its own accord."""
