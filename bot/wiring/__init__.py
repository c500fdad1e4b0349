"""The wiring: the only room that knows every concrete class."""

from bot.wiring.bot import Bot, build
from bot.wiring.carriers import jira_options

__all__ = ["Bot", "build", "jira_options"]
