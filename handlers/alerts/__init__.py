"""Alerts from messages: `read_event` or `read_history`, then `parse`. Pure; nothing here waits or writes."""

from handlers.alerts.reading import SlackMessage, content_hash, read_event, read_history
from handlers.alerts.sources import AUTO, PARSERS, parse

__all__ = ["AUTO", "PARSERS", "SlackMessage", "content_hash", "parse", "read_event", "read_history"]
