"""A sitting: one transaction in which alerts are judged, after all that is known of them was read at once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.domain.alert import Alert, AlertState, HeldAlert
from bot.domain.commands import AlertSeen
from bot.domain.configuration import Configuration
from bot.domain.decide import decide
from bot.domain.decision import Decision
from bot.domain.ids import IncidentId, ServiceId
from bot.domain.incident import Incident, Status
from bot.domain.intake import fired, may_reopen, outdated, source_of
from bot.domain.route import Placement, place, routing_labels
from bot.domain.standing import AlertKey, Signal, Standing
from bot.errors import StoreUnavailable
from bot.ids import new_id
from bot.intake.turns import in_turn
from bot.ports import Tx

TURNS = 20
"""So many changes of state of an alert are remembered at most, and"""

TURNS_FOR = timedelta(hours=1)
"""for so long."""

QUIET = frozenset({"repeated", "ignored"})
"""Outcomes that are counted, and not written down."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ingested:
    """What became of one alert: `opened`, `reopened`, `repeated`, `added`, `cleared`, `ignored`, `muted`."""

    outcome: str
    incident: Incident | None
    why: str = ""


@dataclass(kw_only=True, slots=True, eq=False)
class Brought:
    """One request. `taken` is None until it was taken in; an empty list says that it came before."""

    request: str | None
    alerts: Sequence[Alert]
    service: str | None = None
    edited: bool = False
    taken: list[Ingested] | None = None
    unavailable: StoreUnavailable | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Arrived:
    """An alert, where it belongs, and the deduplication key of its incident."""

    alert: Alert
    placement: Placement
    key: str

    @property
    def identity(self) -> AlertKey:
        """What makes it the same alert as another signal."""
        return self.alert.source, self.alert.fingerprint


class Sitting:
    """Takes requests in, in order. What it decides is written at its end, all at once."""

    def __init__(self, tx: Tx, configuration: Configuration, now: datetime) -> None:
        self._tx = tx
        self._configuration = configuration
        self._now = now
        self._open: dict[str, Incident] = {}
        self._last: dict[str, Incident] = {}
        self._held: dict[tuple[IncidentId, str, str], HeldAlert] = {}
        self._standings: dict[AlertKey, Standing] = {}
        self._numbers: Iterator[int] = iter(())
        self._decisions: list[Decision] = []
        self._signals: list[Signal] = []

    def take(self, requests: Sequence[Brought]) -> list[list[Ingested]]:
        """What became of each alert of each request; nothing for a request that came before."""
        new = self._tx.first_times([each.request for each in requests if each.request], self._now)
        arrived: list[list[Arrived]] = []
        for each in requests:
            first = each.request is None or each.request in new
            new.discard(each.request or "")
            arrived.append(self._arrived(each) if first else [])
        self._look_up([one for some in arrived for one in some])
        taken = [[self._judged(one) for one in some] for some in arrived]
        self._tx.save(self._decisions, self._now)
        self._tx.save_standings([*self._standings.values()])
        self._tx.record_signals(self._signals)
        return taken

    # what is known

    def _arrived(self, brought: Brought) -> list[Arrived]:
        alerts = brought.alerts
        same = self._before_the_edit(alerts[0]) if brought.edited and len(alerts) == 1 else None
        found = []
        for alert in alerts:
            placement = self._placement(alert, brought.service)
            key = f"{alert.source}|{alert.fingerprint}"  # a changed route makes no other incident of it
            if same is not None:
                key, before = same
                was = replace(alert, source=before.source, fingerprint=before.fingerprint)
                found.append(Arrived(alert=was, placement=placement, key=key))
            else:
                found.append(Arrived(alert=alert, placement=placement, key=key))
        return found

    def _placement(self, alert: Alert, service: str | None) -> Placement:
        configuration = self._configuration
        placement = place(
            alert, configuration.routes, configuration.default_service, configuration.unknown_severity
        )
        if service is not None and ServiceId(service) in configuration.services:
            return replace(placement, service=ServiceId(service), route="its channel names the service")
        return placement

    def _before_the_edit(self, alert: Alert) -> tuple[str, HeldAlert] | None:
        """The one alert that stood in the message before: it is the same, whatever it is called now."""
        told = self._tx.by_origin(alert.origin) if alert.origin else []
        identities = {(held.source, held.fingerprint) for _, held in told}
        return told[0] if len(identities) == 1 else None

    def _look_up(self, arrived: Sequence[Arrived]) -> None:
        """Standings first: whoever judges the same alerts waits there, and holds no incident meanwhile."""
        tx = self._tx
        self._standings = tx.standings({one.identity for one in arrived})
        keys = {one.key for one in arrived}
        self._open = tx.open_for_all(keys)
        self._last = tx.last_for_all(keys - self._open.keys())
        known = [(found.id, one) for one in arrived if (found := self._known(one)) is not None]
        self._held = tx.held_all((incident, *one.identity) for incident, one in known)
        firing = {one.key for one in arrived if one.alert.state is AlertState.FIRING}
        self._numbers = iter(tx.next_numbers(len(firing - self._open.keys() - self._reopening())))

    def _known(self, one: Arrived) -> Incident | None:
        return self._open.get(one.key) or self._last.get(one.key)

    def _reopening(self) -> set[str]:
        return {key for key, incident in self._last.items() if may_reopen(incident, self._now)}

    # judging

    def _judged(self, one: Arrived) -> Ingested:
        standing = self._seen(one)
        taken = self._dealt(one)
        if taken.incident is not None:
            standing = replace(standing, incident=taken.incident.id)
        self._standings[one.identity] = standing
        if taken.outcome not in QUIET:
            self._signals.append(
                Signal(
                    id=new_id(self._now),
                    at=self._now,
                    alert=one.alert,
                    outcome=taken.outcome,
                    why=taken.why or one.placement.route,
                    incident=taken.incident.id if taken.incident else None,
                )
            )
        return taken

    def _seen(self, one: Arrived) -> Standing:
        """What is known of the alert now. A signal that is older than what is known changes nothing."""
        known, alert, now = self._standings.get(one.identity), one.alert, self._now
        if known is not None and alert.at and known.alert.at and alert.at < known.alert.at:
            return known
        if known is None or known.alert.state is not alert.state:
            earlier = known.turns if known else ()
            turns = (*(at for at in earlier if now - at <= TURNS_FOR), now)[-TURNS:]
            return Standing(
                alert=alert,
                service=one.placement.service,
                severity=one.placement.severity,
                since=now,
                last_at=now,
                turns=turns,
                incident=known.incident if known else None,
            )
        return replace(
            known,
            alert=alert,
            service=one.placement.service,
            severity=one.placement.severity,
            last_at=now,
            count=known.count + 1,
        )

    def _dealt(self, one: Arrived) -> Ingested:
        """It goes to its incident, or begins one."""
        alert, known = one.alert, self._known(one)
        cleared = alert.state is AlertState.CLEARED
        if known is not None:
            held = self._held.get((known.id, *one.identity))
            seen = AlertSeen(alert=alert, severity=one.placement.severity, held=held, placement=one.placement)
            if known.open or cleared or may_reopen(known, self._now) or outdated(seen):
                decision = in_turn(self._tx, known, decide(known, seen, self._now))
                if not decision.changed:
                    return Ingested(outcome="ignored", incident=known)
                self._decided(one.key, decision)
                return Ingested(outcome=_outcome(known, decision.incident), incident=decision.incident)
        if cleared:
            return Ingested(outcome="ignored", incident=None)
        decision = in_turn(self._tx, None, self._begun(one))
        self._decided(one.key, decision)
        return Ingested(outcome="opened", incident=decision.incident)

    def _begun(self, one: Arrived) -> Decision:
        alert, placement = one.alert, one.placement
        number = next(self._numbers, None) or self._tx.next_number()
        new = Incident(
            id=IncidentId(new_id(self._now)),
            number=number,
            title=alert.title,
            description=alert.description,
            service=self._configuration.services[placement.service],
            severity=placement.severity,
            status=Status.TRIGGERED,
            source=alert.source,
            opened_at=self._now,
            opened_by=source_of(alert),
            dedup_key=one.key,
            links=alert.links,
            labels=routing_labels(alert),
        )
        return fired(new, AlertSeen(alert=alert, severity=placement.severity, placement=placement))

    def _decided(self, key: str, decision: Decision) -> None:
        """Whatever comes next in this sitting is judged by what is so now."""
        self._decisions.append(decision)
        incident = decision.incident
        self._open.pop(key, None)
        (self._open if incident.open else self._last)[key] = incident
        for held in decision.held:
            self._held[incident.id, held.source, held.fingerprint] = held


def _outcome(before: Incident, after: Incident) -> str:
    if after.status is Status.RESOLVED or after.alerts.firing < before.alerts.firing:
        return "cleared"
    if before.status is Status.RESOLVED:
        return "reopened"
    return "added" if after.alerts.firing > before.alerts.firing else "repeated"
