"""Windows of maintenance that goes on, and whether all that fires in an incident is theirs."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.alert import AlertState, Severity
from bot.domain.configuration import Configuration
from bot.domain.hush import hushable
from bot.domain.ids import IncidentId, ServiceId
from bot.domain.incident import Incident
from bot.domain.intake import stormy
from bot.domain.quiet import holds
from bot.domain.route import Matcher, condition_labels
from bot.domain.silence import SilenceKind
from bot.domain.standing import Standing
from bot.matchers import hidings
from bot.ports import Tx

MOST_ALERTS = 1000
"""An incident with more alerts than can be looked at is hushed by no conditions on their labels."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """Maintenance that goes on now."""

    name: str
    title: str
    since: datetime
    until: datetime
    services: tuple[ServiceId, ...]
    matchers: tuple[Matcher, ...]
    sev1: bool = True

    def may_concern(self, incident: Incident) -> bool:
        """Whether it may stop that incident's ladder, as far as its alerts do not say otherwise.

        What comes to a storm has any labels, so that conditions on them never hush one.
        """
        fits = not self.services or incident.service.id in self.services
        fits = fits and (self.sev1 or incident.severity is not Severity.SEV1)
        return fits and hushable(incident) and not (self.matchers and stormy(incident))

    def covers(self, alerts: Sequence[Standing]) -> bool:
        """Whether its conditions hold for all of them; for none at all they do not."""
        return bool(alerts) and all(
            holds(self.matchers, condition_labels(each.alert, each.service, each.severity)) for each in alerts
        )


def windows(tx: Tx, configuration: Configuration, now: datetime) -> Iterator[Window]:
    """All that go on."""
    for each in hidings(tx.silences(now)):
        silence = each.silence
        if silence.kind is SilenceKind.MAINTENANCE and silence.in_force(now):
            yield Window(
                name=silence.name,
                title=f"Maintenance ({silence.reason[:60]})",
                since=silence.since,
                until=silence.until,
                services=silence.services,
                matchers=each.matchers,
                sev1=silence.covers(Severity.SEV1),
            )
    for recurring in configuration.maintenance:
        around = recurring.around(now)
        if around is not None:
            yield Window(
                name=f"maintenance:{recurring.name}",
                title=f"Maintenance {recurring.name}",
                since=around[0],
                until=around[1],
                services=recurring.services,
                matchers=recurring.matchers,
                sev1=recurring.sev1,
            )


class Coverage:
    """Which windows may stop which ladders. What fires is looked at again when an incident has changed."""

    def __init__(self) -> None:
        self._known: dict[tuple[IncidentId, int, str, datetime], bool] = {}

    def look(self, tx: Tx, incidents: Iterable[Incident], among: Sequence[Window]) -> bool:
        """Look at what has changed; whether there is anything to stop. Nothing is locked."""
        known: dict[tuple[IncidentId, int, str, datetime], bool] = {}
        for incident in incidents:
            wanted = [each for each in among if each.may_concern(incident)]
            keys = [(incident.id, incident.version, each.name, each.since) for each in wanted]
            new = bool(set(keys) - self._known.keys()) and any(each.matchers for each in wanted)
            alerts = _firing(tx, incident) if new else []
            for key, window in zip(keys, wanted, strict=True):
                before = self._known.get(key)
                known[key] = not window.matchers or (window.covers(alerts) if before is None else before)
        self._known = known
        return any(known.values())

    def of(self, incident: Incident, among: Iterable[Window]) -> list[Window]:
        """Those that may stop its ladder; none if it has changed since it was looked at."""
        return [
            each
            for each in among
            if each.may_concern(incident)
            and self._known.get((incident.id, incident.version, each.name, each.since), False)
        ]


def _firing(tx: Tx, incident: Incident) -> list[Standing]:
    """Its alerts that fire, as they are now; empty if one of them is not known."""
    held = [each for each in tx.alerts(incident.id, MOST_ALERTS) if each.state is AlertState.FIRING]
    if len(held) < incident.alerts.firing:
        return []
    known = tx.standings({(each.source, each.fingerprint) for each in held})
    return [*known.values()] if len(known) == len(held) else []
