"""The way out: how effects reach Slack, mail and Jira."""
