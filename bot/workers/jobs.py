"""Jobs: what a carrier needs to know besides the effect, gathered in the transaction of the claim."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache

import structlog

from bot.domain.configuration import Configuration
from bot.domain.effects import (
    CommentTicket,
    EndSwap,
    Lane,
    OfferIncident,
    PagePerson,
    PageWebhook,
    PostThread,
    PublishHome,
    RefreshCard,
    RefreshPages,
    ReportTrial,
)
from bot.domain.ids import PersonId, ScheduleId
from bot.domain.incident import Incident
from bot.domain.outlook import Outlook, outlook
from bot.domain.people import ContactMethod, Person
from bot.domain.personal import method_of
from bot.domain.roster import Roster
from bot.domain.schedule import Shift
from bot.domain.timeline import Entry
from bot.ports import Claim, Home, Job, Tx
from bot.quieted import quieted

log = structlog.get_logger(__name__)

THREAD_BATCH = 40
"""Timeline entries in one reply; more wait for the next."""

LATEST = 200
"""Timeline entries among which the newest notes are looked for."""

HOME_INCIDENTS = 10
HOME_AHEAD = timedelta(days=35)
"""How far somebody's next shift is sought."""

_WAITING = {Lane.PAGE: "pages", Lane.CHAT: "messages to Slack", Lane.TRACKER: "changes to Jira"}


def jobs(tx: Tx, claims: Sequence[Claim], configuration: Configuration, now: datetime) -> list[Job]:
    """A job for every claim; the incidents are read in one statement."""
    ids = list({each.incident for claim in claims for each in claim.all if each.incident is not None})
    incidents = tx.incidents(ids) if ids else {}
    roster = cache(lambda: tx.roster(configuration.roster, now))

    def sound(claim: Claim) -> Job:
        incident = incidents.get(claim.incident) if claim.incident else None
        return _sound(tx, claim, incident, configuration, roster, now)

    return [
        replace(sound(claim), also=tuple(sound(each) for each in claim.also)) if claim.also else sound(claim)
        for claim in claims
    ]


def noticed(gathered: Sequence[Job], notices: Sequence[str]) -> list[Job]:
    """The same jobs; Home tabs tell the notices as well."""
    return [
        replace(job, home=replace(job.home, troubles=(*notices, *job.home.troubles))) if job.home else job
        for job in gathered
    ]


def _sound(
    tx: Tx,
    claim: Claim,
    incident: Incident | None,
    configuration: Configuration,
    roster: Callable[[], Roster],
    now: datetime,
) -> Job:
    """One whose facts cannot be read is carried without them: it must not stop its whole lane.

    `roster`, which says who is on call now, is asked for only where that is to be shown.
    """
    try:
        return _job(tx, claim, incident, configuration, roster, now)
    except (ArithmeticError, LookupError, TypeError, ValueError):
        log.exception("facts_unreadable", kind=claim.effect.kind, effect=claim.id)
        page = claim.effect if isinstance(claim.effect, PagePerson) else None
        person = configuration.roster.person(page.person) if page else None
        method = _method(person, page) if page else None
        return Job(claim=claim, incident=incident, person=person, method=method)


def _job(
    tx: Tx,
    claim: Claim,
    incident: Incident | None,
    configuration: Configuration,
    roster: Callable[[], Roster],
    now: datetime,
) -> Job:
    match claim.effect:
        case PublishHome(user=user):
            return Job(claim=claim, home=_home(tx, user, roster(), configuration, now))
        case PostThread() if incident is not None:
            entries = tx.timeline(incident.id, incident.threaded, THREAD_BATCH)
            return Job(claim=claim, incident=incident, entries=tuple(entries))
        case CommentTicket(entry=entry) if incident is not None:
            entries = tx.timeline(incident.id, entry - 1, 1)
            return Job(claim=claim, incident=incident, entries=tuple(entries))
        case RefreshPages() if incident is not None:
            pages, notes = tuple(tx.sent_pages(incident.id)), _latest(tx, incident) if incident.offers else ()
            return Job(claim=claim, incident=incident, pages=pages, entries=notes)
        case OfferIncident() if incident is not None:
            return Job(claim=claim, incident=incident, entries=_latest(tx, incident))
        case RefreshCard() if incident is not None:
            return _card(tx, claim, incident, roster)
        case EndSwap(swap=swap):
            return Job(claim=claim, asked=tx.asked(swap.id))
        case PageWebhook(name=name):
            webhook = configuration.webhooks.get(name)
            return Job(claim=claim, incident=incident, webhook=webhook, next_up=_next_up(incident, roster))
        case ReportTrial(person=name) if incident is not None:
            whole, person = tuple(tx.timeline(incident.id)), configuration.roster.person(name)
            return Job(claim=claim, incident=incident, entries=whole, person=person)
        case PagePerson() as page:
            person = configuration.roster.person(page.person)
            way, up = _method(person, page), _next_up(incident, roster)
            return Job(claim=claim, incident=incident, person=person, method=way, next_up=up)
        case _:
            return Job(claim=claim, incident=incident, next_up=_next_up(incident, roster))


def _card(tx: Tx, claim: Claim, incident: Incident, roster: Callable[[], Roster]) -> Job:
    sightings = tuple(tx.sightings(incident.id))
    return Job(claim=claim, incident=incident, next_up=_next_up(incident, roster), sightings=sightings)


def _latest(tx: Tx, incident: Incident) -> tuple[Entry, ...]:
    """The end of the timeline: what somebody who comes to it has to know."""
    return tuple(tx.timeline(incident.id, max(0, incident.entries - LATEST), LATEST))


def _next_up(incident: Incident | None, roster: Callable[[], Roster]) -> Outlook | None:
    return outlook(incident, roster()) if incident is not None and incident.due_at is not None else None


def _method(person: Person | None, page: PagePerson) -> ContactMethod | None:
    """The method as the configuration has it now; None when it, or the person, is gone."""
    return method_of(person, page) if person is not None else None


def _home(tx: Tx, user: str, roster: Roster, configuration: Configuration, now: datetime) -> Home:
    me = roster.by_slack(user).id
    shifts = [
        (schedule, zone.zone, shift)
        for schedule, zone in roster.schedules.items()
        for shift in roster.on_call(schedule, now) or (None,)
    ]
    backlog = tx.backlog(now)
    slow = tuple(
        f"{count} {_WAITING[lane]} waiting for {age:.0f} s"
        for lane, (count, age) in backlog.items()
        if count and age > 30 and lane in Lane
    )
    return Home(
        user=user,
        now=now,
        waiting=tuple(tx.pages_waiting(user)),
        open=tuple(tx.open_incidents(HOME_INCIDENTS)),
        last_resolved=tx.last_resolved(),
        on_call=tuple((schedule, zone, _named(shift, roster)) for schedule, zone, shift in shifts),
        mine=tuple(_mine(shifts, me)),
        coming=_coming(roster, me, now),
        troubles=slow,
        quiet=tuple(quieted(tx, configuration, now)),
    )


def _coming(roster: Roster, me: PersonId, now: datetime) -> tuple[ScheduleId, str, Shift] | None:
    """Somebody's next shift, in whichever schedule."""
    found = [
        (schedule, plan.zone, shift)
        for schedule, plan in roster.schedules.items()
        if me in roster.everyone(schedule, now)
        for shift in roster.shifts_of(me, schedule, now, now + HOME_AHEAD)
        if shift.since > now
    ]
    return min(found, key=lambda each: each[2].since, default=None)


def _mine(
    shifts: Sequence[tuple[ScheduleId, str, Shift | None]], me: PersonId
) -> list[tuple[ScheduleId, Shift]]:
    return [(schedule, shift) for schedule, _, shift in shifts if shift is not None and shift.person == me]


def _named(shift: Shift | None, roster: Roster) -> Shift | None:
    if shift is None:
        return None
    person = roster.person(shift.person)
    name = PersonId(person.name) if person else shift.person
    return Shift(person=name, since=shift.since, until=shift.until)
