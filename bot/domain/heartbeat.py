"""Heartbeats: signals that are expected again and again, and whose silence is an alert."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.alert import Alert, AlertState, Severity
from bot.domain.ids import ServiceId
from bot.domain.route import Matcher, condition_labels
from bot.domain.unheard import SPARED, Span, due

SOURCE = "heartbeat"
"""The source of alerts about heartbeats that did not come; the fingerprint is the heartbeat's name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Heartbeat:
    """Something that matches is to be heard every so often; `grace` later it is missed.

    Whatever matches is a sign of life and nothing else, whether it says firing or cleared.
    """

    name: str
    matchers: tuple[Matcher, ...]
    every: timedelta
    grace: timedelta = timedelta()
    service: ServiceId | None = None
    severity: Severity = Severity.SEV2

    def hears(self, alert: Alert) -> bool:
        """Whether that is its sign of life."""
        if alert.source == SOURCE:
            return False
        labels = condition_labels(alert)
        return all(matcher.matches(labels) for matcher in self.matchers)

    def missed_at(self, last: datetime, unheard: Sequence[Span] = ()) -> datetime:
        """When it is missed, if the last one came at that time."""
        return due(last, self.every + self.grace, unheard, SPARED)

    def alert(self, state: AlertState, why: str = "") -> Alert:
        """That it does not come, or has come back."""
        return Alert(
            source=SOURCE,
            fingerprint=self.name,
            state=state,
            title=f"Heartbeat {self.name} does not come",
            description=why,
            severity=self.severity,
            labels={"heartbeat": self.name},
            parser="expected by the configuration",
        )
