"""A local Jira, Cloud or Data Center, that refuses what Jira refuses."""

from bot.sandbox.jira.faults import Fault, Mode
from bot.sandbox.jira.model import Flavour
from bot.sandbox.jira.server import JiraServer
from bot.sandbox.jira.webhooks import Webhook

__all__ = ["Fault", "Flavour", "JiraServer", "Mode", "Webhook"]
