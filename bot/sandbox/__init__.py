"""A local Slack and a local Jira on loopback, as strict as the originals."""
