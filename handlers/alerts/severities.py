"""How the words of many sources map to our four severities."""

import re
from collections.abc import Iterable, Mapping

from bot.domain.alert import Severity
from handlers.alerts.markup import words

# What stands in a field or label that is named for severity or priority.
SEVERITIES: Mapping[str, Severity] = {
    **dict.fromkeys(
        words("critical crit page p0 p1 sev0 sev1 s1 disaster fatal emergency emerg panic blocker highest"),
        Severity.SEV1,
    ),
    **dict.fromkeys(words("high error err major p2 sev2 s2"), Severity.SEV2),
    **dict.fromkeys(words("warning warn average medium moderate minor p3 sev3 s3"), Severity.SEV3),
    **dict.fromkeys(
        words("info information informational notice low lowest debug none p4 p5 sev4 s4"),
        Severity.SEV4,
    ),
}
# What says so also in the middle of a sentence: "high CPU" or "no page" are no severities.
OUTSPOKEN = words(
    "critical crit p0 p1 p2 p3 p4 p5 sev0 sev1 sev2 sev3 sev4 disaster fatal emergency warning warn"
)
NAMES = words(
    "severity priority level sev urgency alert_severity alertseverity severity_level priority_level "
    "criticality"
)
WORD = re.compile(r"[^\W_]+")
BEFORE_NAME = re.compile(r"\b([^\W_]{2,13})[ -](?:severity|priority|urgency)\b")
AFTER_NAME = re.compile(
    r"\b(?:severity|priority|urgency)\b[\"'*`]{0,3}\s{0,3}[:=]?\s{0,3}[\"'*`]{0,3}([^\W_]{2,13})\b"
)


def severity_of(value: str) -> Severity | None:
    """The severity that a field's value names: the first known word of `SEV-1` or `P2 - High`."""
    return SEVERITIES.get(value) or _named(value)


def _named(value: str) -> Severity | None:
    text = value[:200].casefold().replace("sev-", "sev").replace("sev ", "sev")
    return next((SEVERITIES[word] for word in WORD.findall(text) if word in SEVERITIES), None)


def spoken_severity(text: str) -> Severity | None:
    """What is said of a severity by that name: `High severity`, `priority=P2`, `"severity": "ERROR"`."""
    lowered = text[:2_000].casefold()
    found = [*BEFORE_NAME.findall(lowered), *AFTER_NAME.findall(lowered)]
    return worst(SEVERITIES.get(word) for word in found)


def stated_severity(value: str) -> Severity | None:
    """What a state says of a severity: CRITICAL is one, and of `OK → CRITICAL` the last counts."""
    said = [word for word in WORD.findall(value[:100].casefold()) if word in OUTSPOKEN]
    return SEVERITIES[said[-1]] if said else None


def severity_in(text: str) -> Severity | None:
    """The worst severity that a sentence speaks of."""
    lowered = text[:2_000].casefold().replace("sev-", "sev")
    return worst(SEVERITIES[word] for word in WORD.findall(lowered) if word in OUTSPOKEN)


def worst(severities: Iterable[Severity | None]) -> Severity | None:
    """The worst of those that are known."""
    return min((severity for severity in severities if severity), default=None, key=lambda known: known.value)
