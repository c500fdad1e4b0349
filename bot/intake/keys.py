"""Deduplication keys: those of alerts that go alone, and those that they had before."""

from bot.domain.alert import Alert
from bot.domain.standing import Standing


def alone(alert: Alert) -> str:
    """The deduplication key of an alert that shares its incident with none."""
    return f"{alert.source}|{alert.fingerprint}"


def key_before(known: Standing) -> str:
    """The deduplication key of the incident that it belonged to until now."""
    return known.together or alone(known.alert)
