"""Opsgenie: objects of its REST API v2, or the folder that its configuration backup writes."""

from bot.imports.opsgenie.translate import TRANSLATOR

__all__ = ["TRANSLATOR"]
