"""Tickets in Jira, through python-jira with nothing of its own accord."""

from bot.delivery.jira.options import JiraOptions
from bot.delivery.jira.tracker import JiraTracker

__all__ = ["JiraOptions", "JiraTracker"]
