"""Personal rules: by what somebody is paged for a severity, and from when on."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.domain.alert import Severity
from bot.domain.effects import PagePerson
from bot.domain.people import ContactMethod, Limit, Person
from bot.domain.walltime import wall_clock, zone_of

DAY = timedelta(days=1)


def is_quiet(person: Person, severity: Severity) -> bool:
    """Whether that severity need not wake them."""
    return person.quiet is not None and severity in person.quiet.severities


def methods_for(person: Person, severity: Severity) -> tuple[ContactMethod, ...]:
    """By what they are paged, in the order of use; the quiet set for a quiet severity, where there is one."""
    if person.quiet is not None and person.quiet.methods and is_quiet(person, severity):
        return person.quiet.methods
    return person.methods


def method_of(person: Person, page: PagePerson) -> ContactMethod | None:
    """The page's method as the rules have it now; None when it is gone."""
    methods = person.quiet.methods if page.quiet and person.quiet is not None else person.methods
    at_place = methods[page.number] if page.number < len(methods) else None
    if at_place is not None and at_place.kind is page.method:
        return at_place
    return next((each for each in (*methods, *person.methods) if each.kind is page.method), None)


def paged_from(person: Person, severity: Severity, at: datetime) -> datetime:
    """When a page that is decided at `at` begins: at once, or at the end of the quiet hours around it.

    Those hours are waited for once, so that it is never later than one night of them.
    """
    if person.quiet is None or person.quiet.hours is None or severity not in person.quiet.severities:
        return at
    zone, hours = zone_of(person.zone), person.quiet.hours
    today = wall_clock(at, zone).date()
    spans = (hours.span(day, zone) for day in (today - DAY, today) if hours.on(day))
    return max((until for since, until in spans if since <= at < until), default=at)


def first_paged(people: Sequence[Person], severity: Severity, at: datetime) -> datetime:
    """When the first of them is paged: a rung is not waited for before. `at` when there are none."""
    return min((paged_from(person, severity, at) for person in people), default=at)


def allowance(told: Sequence[datetime], limits: Sequence[Limit], now: datetime) -> int:
    """How many more messages they may have now, having been told at these times; limits are not empty."""
    return max(0, min(limit.count - sum(each > now - limit.span for each in told) for limit in limits))


def next_allowed(told: Sequence[datetime], limits: Sequence[Limit], now: datetime) -> datetime:
    """When they may be told again, having been told at these times; `now` when that is now."""
    at = now
    for limit in limits:
        recent = sorted(each for each in told if each > now - limit.span)
        if len(recent) >= limit.count:
            at = max(at, recent[-limit.count] + limit.span)
    return at
