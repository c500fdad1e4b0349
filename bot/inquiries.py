"""Inquiries: questions of several parts about what happened and what would happen. They change nothing."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.domain.alert import Alert, AlertState, Severity
from bot.domain.configuration import Configuration
from bot.domain.foresight import MARGIN, foresee
from bot.domain.hole import Hole
from bot.domain.ids import ServiceId
from bot.domain.moment import Meant
from bot.domain.refused import Refused
from bot.domain.rehearsal import Case, rehearse
from bot.domain.remembered import remembered
from bot.domain.roster import Roster
from bot.domain.route import place
from bot.domain.service import Service
from bot.domain.story import Story, clock_changes, holes_of, overrides_of, zones_of
from bot.ports import Tx
from bot.ports.trail import Explanation
from bot.service import Reference, find

LOOKED_BACK = timedelta(hours=1)
"""So long before an incident it is asked what kept its alerts quiet."""


def explained(tx: Tx, reference: Reference, configuration: Configuration | None) -> Explanation:
    """How an incident and its pages came about. Raises Refused when there is none.

    Without a configuration it cannot be told whether the ladder is another one today.
    """
    incident = find(tx, reference)
    service = configuration.services.get(incident.service.id) if configuration else None
    alerts = tuple(tx.alerts(incident.id))
    keys = {(each.source, each.fingerprint) for each in alerts}
    begun = incident.opened_at
    told = tx.signals(begun - LOOKED_BACK, begun + timedelta(seconds=1)) if keys else []
    return Explanation(
        incident=incident,
        entries=tuple(tx.timeline(incident.id)),
        alerts=alerts,
        standings=tx.standings(keys) if keys else {},
        kept_quiet=tuple(
            each
            for each in told
            if each.outcome == "muted" and (each.alert.source, each.alert.fingerprint) in keys
        ),
        deliveries=tuple(tx.deliveries(incident.id)),
        today=service.ladder_for(incident.severity) if service else None,
        configured=configuration is not None,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Supposed:
    """What is supposed to happen. Without a service the routes choose one by the labels."""

    service: str | None = None
    severity: Severity | None = None
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Placed:
    """The service and the severity that are meant, and why."""

    service: Service
    severity: Severity
    labels: Mapping[str, str] = field(default_factory=dict)
    routed: str = ""

    def at(self, at: datetime) -> Case:
        """It happens then."""
        return Case(service=self.service, severity=self.severity, at=at, labels=self.labels)


def placed(supposed: Supposed, configuration: Configuration) -> Placed:
    """Which service and severity are meant. Raises Refused with those that there are."""
    if supposed.service is not None:
        service = configuration.services[_service_id(supposed.service, configuration)]
        severity = supposed.severity or configuration.unknown_severity
        return Placed(service=service, severity=severity, labels=supposed.labels)
    if not supposed.labels and len(configuration.services) > 1:
        raise Refused(f"Which service? {_services(configuration)}")
    alert = Alert(
        source=supposed.labels.get("source", ""),
        fingerprint="",
        state=AlertState.FIRING,
        title=supposed.labels.get("title", ""),
        severity=supposed.severity,
        labels=supposed.labels,
    )
    where = place(alert, configuration.routes, configuration.default_service, configuration.unknown_severity)
    return Placed(
        service=configuration.services[where.service],
        severity=where.severity,
        labels=supposed.labels,
        routed=f"{where.route}; severity: {where.severity_by}",
    )


def _service_id(name: str, configuration: Configuration) -> ServiceId:
    wanted = name.casefold()
    for key, service in configuration.services.items():
        if wanted in (key.casefold(), service.name.casefold()):
            return key
    known = {each.casefold(): each for each in configuration.services}
    near = difflib.get_close_matches(wanted, known, n=1)
    hint = f" Did you mean {known[near[0]]}?" if near else ""
    raise Refused(f"There is no service “{name[:60]}”.{hint} {_services(configuration)}")


def _services(configuration: Configuration) -> str:
    return f"Services: {', '.join(sorted(configuration.services))}."


def rehearsed(
    supposed: Placed, when: Meant, configuration: Configuration, tx: Tx | None, span: timedelta | None = None
) -> Story:
    """What would happen. Without a transaction no override is known."""

    def roster(moment: datetime) -> Roster:
        return configuration.roster if tx is None else tx.roster(configuration.roster, moment)

    def turn(name: str) -> int:
        return 0 if tx is None else tx.coming_turn(name)

    played, now = rehearse(supposed.at(when.at), roster, turn=turn, span=span), roster(when.at)
    zones = zones_of(played, now)
    return Story(
        rehearsal=played,
        zone=when.zone,
        zones=zones,
        holes=holes_of(played, now),
        changes=clock_changes(played, {when.zone.key, *zones.values()}),
        overrides=None if tx is None else len(overrides_of(played, now)),
        routed=supposed.routed,
        note=" ".join(each for each in (when.note, _unreachable(played.case, now)) if each),
    )


def _unreachable(case: Case, roster: Roster) -> str:
    """Whom the ladder can mean, and no way leads to."""
    ladder = case.service.ladder_for(case.severity)
    targets = [target for rung in (ladder.rungs if ladder else ()) for target in rung.targets]
    named = dict.fromkeys(person for target in targets for person in roster.named(target))
    found = [each.name for one in named if (each := roster.person(one)) is not None and not each.methods]
    if not found:
        return ""
    shown = ", ".join(found[:5]) + (f" and {len(found) - 5} more" if len(found) > 5 else "")
    return f"No way of paging leads to {shown}: whoever can't be reached counts as nobody."


def foreseen(
    configuration: Configuration,
    tx: Tx | None,
    since: datetime,
    until: datetime,
    service: ServiceId | None = None,
) -> list[Hole]:
    """The holes of every service, or of one. Without a transaction no override is known."""
    roster = configuration.roster if tx is None else tx.roster(configuration.roster, since)
    roster = remembered(roster, since, until + MARGIN)
    services = [each for key, each in configuration.services.items() if service in (None, key)]
    found = [hole for each in services for hole in foresee(each, roster, since, until)]
    return sorted(found, key=lambda hole: (hole.since, hole.service, hole.severities))
