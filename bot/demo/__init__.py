"""The demonstration: the bot at work in a local Slack and a local Jira, without any account."""
