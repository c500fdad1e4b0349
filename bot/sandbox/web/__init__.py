"""The sandbox in the browser: the local Slack's workspace, its inboxes, and the local Jira's board."""
