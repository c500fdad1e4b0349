"""Intake: how an incident begins, and what an alert does to one that exists."""

from datetime import datetime, timedelta

from bot.domain.alert import Alert, AlertState, HeldAlert, Severity
from bot.domain.asked import over
from bot.domain.climb import arm, halt
from bot.domain.commands import AlertSeen, Declare
from bot.domain.decision import Decision, Draft, unchanged
from bot.domain.incident import AlertTally, Incident, Reason, Resolution, Status, TicketState, TicketStatus
from bot.domain.people import Actor, ActorKind
from bot.domain.timeline import EntryKind

FUTURE = timedelta(days=1)
"""How far ahead of ours a source's clock may be. What it says beyond that would make all that follows old."""


def source_of(alert: Alert) -> Actor:
    """The integration that an alert came from, as one who acts."""
    return Actor(kind=ActorKind.SOURCE, id=alert.source, name=alert.source)


def declared(incident: Incident, command: Declare) -> Decision:
    """A person opened this new incident."""
    draft = Draft(incident=incident, now=incident.opened_at)
    _begin(draft, command.by, page=command.page)
    return draft.done()


def fired(incident: Incident, command: AlertSeen) -> Decision:
    """An alert opened this new incident."""
    draft = Draft(incident=incident, now=incident.opened_at)
    _begin(draft, source_of(command.alert), page=True)
    _hold(draft, command, firing=1)
    return draft.done()


def alert_seen(draft: Draft, command: AlertSeen) -> Decision:
    """A signal for an incident that exists. A repeat is counted and wakes nobody."""
    if outdated(command):
        return unchanged(draft.incident)
    if draft.incident.status is Status.RESOLVED:
        return _after_the_end(draft, command)
    if command.alert.state is AlertState.CLEARED:
        return _cleared(draft, command)
    known = command.held is not None and command.held.state is AlertState.FIRING
    draft.change(unconfirmed=None)  # it fires now, whatever was forgotten
    _hold(draft, command, firing=0 if known else 1)
    if not known:
        draft.enter(
            EntryKind.ALERT, source_of(command.alert), title=command.alert.title, severity=command.severity
        )
    _raise_severity(draft, command)
    return draft.done()


def may_reopen(incident: Incident, now: datetime) -> bool:
    """Whether a resolved incident ended so lately that a new firing opens it again."""
    ended = incident.resolution.at if incident.resolution else now
    return now - ended <= incident.service.reopen_window


def _begin(draft: Draft, by: Actor, *, page: bool) -> None:
    incident = draft.incident
    draft.enter(EntryKind.OPENED, by, title=incident.title, severity=incident.severity)
    if page:
        arm(draft, first=True)
    else:
        draft.change(unpaged=True)
    if incident.service.ticket:
        draft.change(ticket=TicketStatus(state=TicketState.PENDING))
        draft.open_ticket()


def outdated(command: AlertSeen) -> bool:
    """Whether the source itself has already told something newer."""
    known = command.held.source_at if command.held else None
    return known is not None and command.alert.at is not None and command.alert.at < known


def _hold(draft: Draft, command: AlertSeen, *, firing: int) -> None:
    alert, held, tally = command.alert, command.held, draft.incident.alerts
    told = alert.at if alert.at is not None and alert.at <= draft.now + FUTURE else None
    draft.held.append(
        HeldAlert(
            source=alert.source,
            fingerprint=alert.fingerprint,
            state=alert.state,
            severity=command.severity,
            title=alert.title,
            count=(held.count if held else 0) + 1,
            first_at=held.first_at if held else draft.now,
            last_at=draft.now,
            source_at=told or (held.source_at if held else None),
            origin=alert.origin or (held.origin if held else None),
            parser=alert.parser,
            route=command.placement.route if command.placement else "",
            severity_by=command.placement.severity_by if command.placement else "",
        )
    )
    draft.change(
        alerts=AlertTally(
            firing=max(0, tally.firing + firing),
            signals=tally.signals + 1,
            last_at=draft.now,
        )
    )


def _cleared(draft: Draft, command: AlertSeen) -> Decision:
    if command.held is None or command.held.state is AlertState.CLEARED:
        return unchanged(draft.incident)
    _hold(draft, command, firing=-1)
    by = source_of(command.alert)
    draft.enter(EntryKind.ALERT_CLEARED, by, title=command.alert.title)
    if draft.incident.alerts.firing == 0:
        end(draft, Resolution(by=by, at=draft.now, reason=Reason.SELF_CLEARED))
    return draft.done()


def _after_the_end(draft: Draft, command: AlertSeen) -> Decision:
    """A firing within the reopen window opens it again; one after it belongs to another incident."""
    incident = draft.incident
    known = command.held is not None and command.held.state is AlertState.FIRING
    if command.alert.state is AlertState.CLEARED:
        if not known:
            return unchanged(incident)
        _hold(draft, command, firing=-1)
        return draft.done(card=False)
    if not may_reopen(incident, draft.now):
        return unchanged(incident)
    _hold(draft, command, firing=0 if known else 1)
    if command.severity.outranks(incident.severity):
        draft.change(severity=command.severity)
    begin_again(draft, source_of(command.alert), "it fires again")
    return draft.done()


def begin_again(draft: Draft, by: Actor, reason: str) -> None:
    """Open a resolved incident again and page from the first rung."""
    draft.change(resolution=None)
    draft.enter(EntryKind.REOPENED, by, reason=reason)
    arm(draft, first=True)
    draft.move_ticket()


def end(draft: Draft, resolution: Resolution) -> None:
    """Resolve: nobody is paged any more, and the ticket follows."""
    draft.change(status=Status.RESOLVED, resolution=resolution, wake_at=None, snoozed=False, unconfirmed=None)
    halt(draft)
    over(draft)
    draft.enter(
        EntryKind.RESOLVED,
        resolution.by,
        summary=resolution.summary,
        reason=resolution.reason.value if resolution.reason else "",
    )
    draft.revoke_pages()
    draft.move_ticket()


def raise_to(draft: Draft, severity: Severity) -> None:
    """It is worse than it was: page again from the first rung of the ladder that fits."""
    was_triggered = draft.incident.status is Status.TRIGGERED
    draft.change(severity=severity)
    arm(draft)
    if not was_triggered:
        draft.move_ticket()


def _raise_severity(draft: Draft, command: AlertSeen) -> None:
    before = draft.incident.severity
    if command.severity.outranks(before):
        raise_to(draft, command.severity)
        draft.enter(
            EntryKind.SEVERITY, source_of(command.alert), before=before.value, after=command.severity.value
        )
