"""Heartbeats: signals that are expected again and again, and whose silence is an alert."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.alert import Alert, AlertState, Severity
from bot.domain.ids import ServiceId
from bot.domain.letter_rules import Search
from bot.domain.route import Matcher, condition_labels
from bot.domain.unheard import SPARED, Span, due

SOURCE = "heartbeat"
"""The source of alerts about heartbeats that did not come; the fingerprint is the heartbeat's name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Heartbeat:
    """Something that is to be heard every so often; `grace` later it is missed.

    Alerts for which `matchers` hold are signs of life and nothing else, whether they say firing or cleared.
    So are messages of bots in `channel` (anywhere they are read, if it is empty) that `says` is found in.
    Besides, whoever has a token of `integration` (of any, if it is empty) may ping it.
    """

    name: str
    matchers: tuple[Matcher, ...] = ()
    channel: str = ""
    says: Search | None = None
    integration: str = ""
    every: timedelta
    grace: timedelta = timedelta()
    service: ServiceId | None = None
    severity: Severity = Severity.SEV2

    def hears(self, alert: Alert) -> bool:
        """Whether that is its sign of life."""
        if alert.source == SOURCE or not self.matchers:
            return False
        labels = condition_labels(alert)
        return all(matcher.matches(labels) for matcher in self.matchers)

    def hears_text(self, text: str) -> bool:
        """Whether a message of its channel with these words is its sign of life."""
        if self.says is None:
            return bool(self.channel)
        return self.says.search(text) is not None

    def missed_at(self, last: datetime, unheard: Sequence[Span] = ()) -> datetime:
        """When it is missed, if the last one came at that time."""
        return due(last, self.every + self.grace, unheard, SPARED)

    def alert(self, state: AlertState, why: str = "", *, failed: bool = False) -> Alert:
        """That it does not come or has come back; `failed`: that it came, and said that it failed."""
        return Alert(
            source=SOURCE,
            fingerprint=self.name,
            state=state,
            title=f"Heartbeat {self.name} {'says that it failed' if failed else 'does not come'}",
            description=why,
            severity=self.severity,
            labels={"heartbeat": self.name},
            parser="expected by the configuration",
        )
