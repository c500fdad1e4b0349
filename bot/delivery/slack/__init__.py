"""Slack, the way out: posting, editing and asking."""
