"""Grafana OnCall: objects of its public API."""

from bot.imports.oncall.translate import TRANSLATOR

__all__ = ["TRANSLATOR"]
