"""Observing in a sitting: what alerts name is remembered with the incidents that they go to."""

from datetime import datetime

from bot.domain.alert import Alert
from bot.domain.configuration import Configuration
from bot.domain.ids import IncidentId
from bot.domain.intake import stormy
from bot.domain.observable import Observable, observables
from bot.intake.arrival import Ingested
from bot.ports import Tx

NOTICED = frozenset({"opened", "reopened", "added"})
"""Outcomes of alerts that are looked at; repeats name what was named before."""

MOST_SIGNALS = 200
"""Of an incident with more signals than that, and of storms, nothing more is remembered."""


class Observing:
    """Collects what is seen; written at the end of the sitting."""

    def __init__(self, tx: Tx, configuration: Configuration, now: datetime) -> None:
        self._tx = tx
        self._own = configuration.own
        self._now = now
        self._found: dict[IncidentId, list[Observable]] = {}

    def notice(self, alert: Alert, taken: Ingested) -> None:
        """Look at an alert that went to an incident."""
        incident = taken.incident
        if incident is None or taken.outcome not in NOTICED:
            return
        if incident.alerts.signals > MOST_SIGNALS or stormy(incident):
            return
        if found := observables(alert, self._own):
            self._found.setdefault(incident.id, []).extend(found)

    def save(self) -> None:
        """Write it."""
        if self._found:
            self._tx.observed(self._found, self._now)
