"""Conditions that nothing can fulfil: they pass every check, and keep an alert from where it belongs."""

import re
from collections.abc import Iterator, Sequence

from bot.domain.alert import Severity
from bot.domain.configuration import Configuration
from bot.domain.route import Matcher

_LIKE_A_SEVERITY = re.compile(r"(?i)sev\w*")


def notes_on_conditions(configuration: Configuration) -> Iterator[str]:
    """Routes, inhibitions, windows and heartbeats whose conditions no alert fulfils."""
    for place, matchers in _conditions(configuration):
        for why in _never(matchers):
            yield f"{place} never matches: {why}."


def _conditions(configuration: Configuration) -> Iterator[tuple[str, Sequence[Matcher]]]:
    for number, route in enumerate(configuration.routes, 1):
        yield f"Route {number}", route.matchers
    for number, inhibition in enumerate(configuration.inhibitions, 1):
        yield f"The source of inhibition {number}", inhibition.source
        yield f"The target of inhibition {number}", inhibition.target
    for window in configuration.maintenance:
        yield f"The maintenance {window.name}", window.matchers
    for heartbeat in configuration.heartbeats:
        yield f"The heartbeat {heartbeat.name}", heartbeat.matchers


def _never(matchers: Sequence[Matcher]) -> Iterator[str]:
    equal: dict[str, str] = {}
    for each in matchers:
        if each.op != "=":
            continue
        before = equal.setdefault(each.label, each.value)
        if before != each.value:
            yield f"{each.label} can't be both `{before}` and `{each.value}`"
        severity = each.label == "severity" and _LIKE_A_SEVERITY.fullmatch(each.value)
        if severity and each.value not in set(Severity):
            yield f"there is no severity `{each.value}`, only {', '.join(Severity)}"
    for each in matchers:
        have = equal.get(each.label)
        if each.op != "=" and have is not None and not each.matches({each.label: have}):
            yield f"{each.label} is `{have}`, which `{each.op} {each.value}` leaves out"
