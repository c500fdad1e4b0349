"""Intake: alerts become incidents, each request in one transaction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.clock import Clock
from bot.domain.alert import Alert, AlertState, HeldAlert
from bot.domain.commands import AlertSeen
from bot.domain.configuration import Configuration
from bot.domain.decide import decide
from bot.domain.decision import Decision
from bot.domain.ids import IncidentId, ServiceId
from bot.domain.incident import Incident, Status
from bot.domain.informed import turn_wanted
from bot.domain.intake import fired, may_reopen, outdated, source_of
from bot.domain.route import Placement, place, routing_labels
from bot.failpoints import Point, hit
from bot.ids import new_id
from bot.ports import Store, Tx


@dataclass(frozen=True, kw_only=True, slots=True)
class Ingested:
    """What became of one alert: `opened`, `reopened`, `repeated`, `added`, `cleared`, `ignored`."""

    outcome: str
    incident: Incident | None


class Intake:
    """Where alerts arrive, from wherever they come."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        configuration: Callable[[], Configuration],
        changed: Callable[[], None],
    ) -> None:
        self._store = store
        self._clock = clock
        self._configuration = configuration
        self._changed = changed

    async def take(
        self,
        request: str,
        alerts: Sequence[Alert],
        service: str | None = None,
        *,
        edited: bool = False,
    ) -> list[Ingested]:
        """Take alerts in. `service`, when given, wins over the routes. An empty list: they came before.

        `edited`: they stand in a message that told something else before.
        """

        def work(tx: Tx) -> list[Ingested]:
            now = self._clock.now()
            if not tx.first_time(request, now):
                return []
            same = _before_the_edit(tx, alerts[0]) if edited and len(alerts) == 1 else None
            ingested = [self._take_in(tx, alert, service, now, same) for alert in alerts]
            hit(Point.BEFORE_INTAKE_COMMIT)
            return ingested

        taken = await self._store.write(work)
        self._changed()
        hit(Point.AFTER_INTAKE_COMMIT)
        return taken

    def _take_in(
        self,
        tx: Tx,
        alert: Alert,
        service: str | None,
        now: datetime,
        same: tuple[str, HeldAlert] | None,
    ) -> Ingested:
        configuration = self._configuration()
        placement = place(
            alert, configuration.routes, configuration.default_service, configuration.unknown_severity
        )
        if service is not None and ServiceId(service) in configuration.services:
            placement = replace(placement, service=ServiceId(service), route="its channel names the service")
        key = f"{alert.source}|{alert.fingerprint}"  # a changed route must not make another incident of it
        if same is not None:
            key, before = same
            alert = replace(alert, source=before.source, fingerprint=before.fingerprint)
        cleared = alert.state is AlertState.CLEARED
        known = tx.open_for(key) or tx.last_for(key)
        if known is not None:
            held = tx.held(known.id, alert.source, alert.fingerprint)
            seen = AlertSeen(alert=alert, severity=placement.severity, held=held, placement=placement)
            if known.open or cleared or may_reopen(known, now) or outdated(seen):
                decision = in_turn(tx, known, decide(known, seen, now))
                if not decision.changed:
                    return Ingested(outcome="ignored", incident=known)
                tx.save([decision], now)
                return Ingested(outcome=_outcome(known, decision.incident), incident=decision.incident)
        if cleared:
            return Ingested(outcome="ignored", incident=None)
        decision = in_turn(tx, None, self._open(tx, alert, placement, key, now))
        tx.save([decision], now)
        return Ingested(outcome="opened", incident=decision.incident)

    def _open(self, tx: Tx, alert: Alert, placement: Placement, key: str, now: datetime) -> Decision:
        new = Incident(
            id=IncidentId(new_id(now)),
            number=tx.next_number(),
            title=alert.title,
            description=alert.description,
            service=self._configuration().services[placement.service],
            severity=placement.severity,
            status=Status.TRIGGERED,
            source=alert.source,
            opened_at=now,
            opened_by=source_of(alert),
            dedup_key=key,
            links=alert.links,
            labels=routing_labels(alert),
        )
        return fired(new, AlertSeen(alert=alert, severity=placement.severity, placement=placement))


def in_turn(tx: Tx, before: Incident | None, decision: Decision) -> Decision:
    """Where its ladder goes round, a climb that has just begun takes the next turn; others cost nothing."""
    name = turn_wanted(before, decision.incident) if decision.changed else None
    if name is None:
        return decision
    return replace(decision, incident=replace(decision.incident, turn=tx.turn(name)))


def _before_the_edit(tx: Tx, alert: Alert) -> tuple[str, HeldAlert] | None:
    """The one alert that stood in the message before: it is the same, whatever it is called now."""
    told = tx.by_origin(alert.origin) if alert.origin else []
    identities = {(held.source, held.fingerprint) for _, held in told}
    return told[0] if len(identities) == 1 else None


def _outcome(before: Incident, after: Incident) -> str:
    if after.status is Status.RESOLVED or after.alerts.firing < before.alerts.firing:
        return "cleared"
    if before.status is Status.RESOLVED:
        return "reopened"
    return "added" if after.alerts.firing > before.alerts.firing else "repeated"
