"""Intake: how an incident begins, and what an alert does to one that exists."""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.alert import TOLD, Alert, AlertState, HeldAlert, Severity
from bot.domain.arming import arm, halt
from bot.domain.asked import over
from bot.domain.commands import AlertSeen, Declare
from bot.domain.decision import Decision, Draft, unchanged
from bot.domain.flood import spoken
from bot.domain.gathering import MOST_APART, Gathering, Storm, gathering, name_of
from bot.domain.hush import hushed_alone
from bot.domain.incident import AlertTally, Incident, Reason, Resolution, Status, TicketState, TicketStatus
from bot.domain.people import SYSTEM, Actor, ActorKind
from bot.domain.route import DEFAULT, Limit
from bot.domain.timeline import EntryKind

FUTURE = timedelta(minutes=5)
"""How far ahead of ours a source's clock may be. What it says beyond that would make all that follows old."""


STRAGGLERS = timedelta(minutes=5)
"""So long after somebody resolved it, an alert that tells no time and fired before is the same firing."""


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
    handling = command.placement.handling if command.placement else DEFAULT
    wait = (
        handling.wait(incident.severity) if handling.group_by is not None and not stormy(incident) else None
    )
    _begin(draft, source_of(command.alert), page=True, wait=wait or timedelta())
    _hold(draft, command, firing=1)
    gathers = draft.incident.gathering or gathering(handling, wait or timedelta(), draft.now)
    if gathers is not None and gathers.storm is not None:
        draft.enter(EntryKind.STORM, SYSTEM, most=str(gathers.storm.most), per=spoken(gathers.storm.per))
        gathers = replace(gathers, storm=gathers.storm.more(command.alert))
    if gathers is not draft.incident.gathering:
        draft.change(gathering=gathers)
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
    draft.calm = draft.incident.unconfirmed is None
    draft.change(unconfirmed=None)  # it fires now, whatever was forgotten
    _hold(draft, command, firing=0 if known else 1)
    if not known or another(command) or (command.more and not stormy(draft.incident)):
        _one_more(draft, command)
    if not told_by_edit(command):
        _raise_severity(draft, command)
    if not known and hushed_alone(draft.incident):
        _wake(draft)
    return draft.done()


def another(command: AlertSeen) -> bool:
    """Whether an alert fires that is new in a group which fires as one alert, as its source tells no more."""
    held, members = command.held, command.alert.members
    if held is None or members is None or AlertState.CLEARED in (held.state, command.alert.state):
        return False
    return members.another(held.members)


def _wake(draft: Draft) -> None:
    """Maintenance keeps its incident quiet, and not this alert, or it would not have come so far."""
    draft.calm = False
    arm(draft)
    draft.enter(EntryKind.WOKEN, SYSTEM, snoozed="yes")
    draft.move_ticket()


def may_reopen(incident: Incident, now: datetime) -> bool:
    """Whether a resolved incident ended so lately that a new firing opens it again."""
    ended = incident.resolution.at if incident.resolution else now
    return now - ended <= incident.service.reopen_window


def stormy(incident: Incident) -> bool:
    """Whether a storm goes on in it: what comes is counted, and it does not end before the storm does."""
    return incident.gathering is not None and incident.gathering.stormy


def stands_out(incident: Incident, alert: Alert, severity: Severity) -> bool:
    """Whether it pages by itself: a sev1 unlike all that is in a storm that somebody has acknowledged."""
    storm = incident.gathering.storm if incident.gathering else None
    if storm is None or incident.status is not Status.ACKNOWLEDGED or severity is not Severity.SEV1:
        return False
    return storm.apart < MOST_APART and not storm.knows(name_of(alert))


def stood_out(incident: Incident, alert: Alert, now: datetime) -> Decision:
    """It has an incident of its own; what else is called so belongs to the storm."""
    draft = Draft(incident=incident, now=now, calm=True)
    gathers = incident.gathering
    assert gathers is not None
    assert gathers.storm is not None
    known = gathers.storm.called(name_of(alert))
    storm = replace(known, total=gathers.storm.total, apart=gathers.storm.apart + 1)
    draft.change(gathering=replace(gathers, storm=storm))
    return draft.done()


def gather(draft: Draft) -> Decision:
    """The clock: alerts that still fire are said again, and a storm that brought little is over."""
    gathers = draft.incident.gathering
    assert gathers is not None
    firing = draft.incident.alerts.firing
    if gathers.repeat_at is not None and gathers.repeat_at <= draft.now:
        gathers = gathers.repeated(draft.now)
        if firing:
            draft.enter(EntryKind.STILL_FIRING, SYSTEM, alerts=str(firing))
    draft.change(gathering=gathers)
    if gathers.storm and gathers.storm.until is not None and gathers.storm.until <= draft.now:
        _look_at(draft, gathers, gathers.storm)
    return draft.done()


def _look_at(draft: Draft, gathers: Gathering, storm: Storm) -> None:
    """A window of a storm is over."""
    now = draft.now
    if storm.count > storm.most:
        following = replace(storm, window_at=now, until=now + storm.per, count=0)
        draft.change(gathering=replace(gathers, storm=following))
        return
    draft.change(gathering=replace(gathers, storm=replace(storm, until=None)))
    draft.enter(
        EntryKind.STORM_OVER, SYSTEM, alerts=str(storm.total), firing=str(draft.incident.alerts.firing)
    )
    if draft.incident.alerts.firing == 0:
        end(draft, Resolution(by=SYSTEM, at=now, reason=Reason.SELF_CLEARED))


def storm_begins(incident: Incident, limit: Limit, now: datetime) -> Decision:
    """A new storm in the incident of an earlier one. Whoever had acknowledged that one is paged for this."""
    draft = Draft(incident=incident, now=now)
    draft.change(gathering=(incident.gathering or Gathering()).with_storm(limit, now))
    draft.enter(EntryKind.STORM, SYSTEM, most=str(limit.most), per=spoken(limit.per))
    if incident.status is Status.ACKNOWLEDGED:
        arm(draft)
        draft.move_ticket()
    return draft.done()


def _one_more(draft: Draft, command: AlertSeen) -> None:
    """A new alert. The thread tells each by its name, together with others; of a storm it tells none."""
    gathers, alert = draft.incident.gathering, command.alert
    if gathers is not None and gathers.stormy and gathers.storm is not None:
        draft.change(gathering=replace(gathers, storm=gathers.storm.more(alert)))
        return
    facts = {"members": str(alert.members.count)} if alert.members and alert.members.count > 1 else {}
    draft.enter(EntryKind.ALERT, source_of(alert), title=alert.title, severity=command.severity, **facts)
    if gathers is not None and gathers.interval:
        draft.change(gathering=gathers.telling(draft.now))
        if not command.severity.outranks(draft.incident.severity):
            draft.thread_at = draft.incident.gathering.told_at if draft.incident.gathering else None


def _begin(draft: Draft, by: Actor, *, page: bool, wait: timedelta = timedelta()) -> None:
    incident = draft.incident
    draft.enter(EntryKind.OPENED, by, title=incident.title, severity=incident.severity)
    if page:
        arm(draft, delay=wait, first=True)
    else:
        draft.change(unpaged=True)
    if incident.service.ticket:
        draft.change(ticket=TicketStatus(state=TicketState.PENDING))
        draft.open_ticket()


def outdated(command: AlertSeen) -> bool:
    """Whether the source itself has already told something newer; of what may be told late nobody knows."""
    known = command.held.source_at if command.held else None
    newer = known is not None and command.alert.at is not None and command.alert.at < known
    return newer and not command.alert.begins


def told_by_edit(command: AlertSeen) -> bool:
    """Whether an edited message says again what it said, and what is held as firing: nobody wakes for it."""
    known = command.held is not None and command.held.state is AlertState.FIRING
    return command.again and known and not another(command)


def _hold(draft: Draft, command: AlertSeen, *, firing: int) -> None:
    alert, held, tally = command.alert, command.held, draft.incident.alerts
    told = alert.at if alert.at is not None and alert.at <= draft.now + FUTURE else None
    fires = held is not None and AlertState.FIRING is held.state is alert.state
    if told and held and held.source_at and held.state is alert.state:
        told = max(told, held.source_at)
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
            confidence=alert.confidence,
            places={part: alert.places[part][:200] for part in TOLD if part in alert.places},
            members=alert.members.after(held.members if held and fires else None) if alert.members else None,
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
    if stormy(draft.incident):
        draft.calm = True
        return draft.done()
    draft.enter(EntryKind.ALERT_CLEARED, by, title=command.alert.title)
    if draft.incident.alerts.firing == 0:
        end(draft, Resolution(by=by, at=draft.now, reason=Reason.SELF_CLEARED))
    return draft.done()


def _after_the_end(draft: Draft, command: AlertSeen) -> Decision:
    """A firing within the reopen window opens it again; one after it belongs to another incident.

    What fired all the while, and is only told again, is counted: whoever resolved it knew of it.
    """
    incident = draft.incident
    known = command.held is not None and command.held.state is AlertState.FIRING
    if command.alert.state is AlertState.CLEARED:
        if not known:
            return unchanged(incident)
        _hold(draft, command, firing=-1)
        return draft.done(card=False)
    if told_by_edit(command):
        _hold(draft, command, firing=0)
        return draft.done(card=False)
    if not may_reopen(incident, draft.now):
        return unchanged(incident)
    _hold(draft, command, firing=0 if known else 1)
    worse = command.severity.outranks(incident.severity)
    anew = worse or command.anew or another(command)
    if known and not anew and _told_again(command, incident, draft.now):
        return draft.done(card=False)
    if worse:
        draft.change(severity=command.severity)
    begin_again(draft, source_of(command.alert), "it fires again")
    return draft.done()


def _told_again(command: AlertSeen, incident: Incident, now: datetime) -> bool:
    """Whether it is what fired when somebody resolved the incident, rather than a new firing.

    A time of its own tells; without one it is believed for a few minutes only.
    """
    alert, held, resolution = command.alert, command.held, incident.resolution
    if held is None or resolution is None:
        return False
    if alert.origin is not None and alert.origin == held.origin:
        return True
    if alert.at is None:
        return now - resolution.at <= STRAGGLERS
    return (alert.began and alert.at <= resolution.at) or (
        held.source_at is not None and alert.at <= held.source_at
    )


def begin_again(draft: Draft, by: Actor, reason: str) -> None:
    """Open a resolved incident again and page from the first rung."""
    gathers = draft.incident.gathering
    draft.change(resolution=None, gathering=gathers.again(draft.now) if gathers else None)
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
    draft.calm = False
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
