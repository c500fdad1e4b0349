"""Two weeks to come, rehearsed: `python -m bench.rehearsal`.

100 services with a ladder each (whoever is on call, whoever is next, one person; two rounds; a catch-all),
over 100 schedules of three layers in five zones, some of them with hours at which nobody is on call. Beside
it the naive way: the same look at every minute. It is timed over a part, and counted up to the whole.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from time import process_time

from bench.report import Finding, Report, arguments
from bench.schedules import PEOPLE, schedule
from bot.clock import SystemClock
from bot.domain.alert import Severity
from bot.domain.foresight import MARGIN, foresee, look, situations
from bot.domain.ids import LadderId, PersonId, ServiceId
from bot.domain.ladder import Ladder, PersonTarget, Rung, ScheduleTarget, Which
from bot.domain.people import ContactMethod, MethodKind, Person
from bot.domain.rehearsal import Case, rehearse
from bot.domain.remembered import remembered
from bot.domain.roster import Roster
from bot.domain.schedule import Schedule
from bot.domain.service import Service

SINCE = datetime(2026, 10, 19, tzinfo=UTC)
"""The clocks of four of the five zones are changed within the two weeks, or were lately."""

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class World:
    """Services, and everybody whom they page."""

    services: Sequence[Service]
    roster: Roster


def world(count: int) -> World:
    """So many services, each with a ladder and a schedule of its own; every fourth schedule has gaps."""
    people = {key: _person(key) for key in PEOPLE}
    schedules = {each.id: each for each in (_schedule(number) for number in range(count))}
    services = [_service(number, list(schedules.values())) for number in range(count)]
    return World(services=services, roster=Roster(people=people, schedules=schedules))


def _person(key: PersonId) -> Person:
    slack = ContactMethod(kind=MethodKind.SLACK, address=f"U{key}")
    return Person(id=key, name=key, slack_user=slack.address, methods=(slack,))


def _schedule(number: int) -> Schedule:
    whole = schedule(number)
    return whole if number % 4 else replace(whole, layers=whole.layers[1:])


def _service(number: int, schedules: Sequence[Schedule]) -> Service:
    own, other = schedules[number], schedules[(number + 7) % len(schedules)]
    rungs = (
        Rung(targets=(ScheduleTarget(schedule=own.id),), wait=5 * MINUTE),
        Rung(targets=(ScheduleTarget(schedule=own.id, which=Which.NEXT),), wait=10 * MINUTE),
        Rung(targets=(ScheduleTarget(schedule=other.id),), wait=15 * MINUTE),
    )
    last = Ladder(
        id=LadderId("last"), rungs=(Rung(targets=(PersonTarget(person=PEOPLE[0]),), wait=30 * MINUTE),)
    )
    return Service(
        id=ServiceId(f"s{number}"),
        name=f"Service {number}",
        channel="#ops",
        ladder=Ladder(id=LadderId(f"l{number}"), rungs=rungs, rounds=2),
        catch_all=last,
    )


def holes(given: World, days: int) -> Iterator[Finding]:
    """Every hole of every ladder, at the distinct situations alone, and minute by minute."""
    clock, until = SystemClock(), SINCE + days * DAY
    began, cpu = clock.monotonic(), process_time()
    memory = remembered(given.roster, SINCE, until + MARGIN)
    found = sum(len(foresee(each, memory, SINCE, until)) for each in given.services)
    took, worked = clock.monotonic() - began, process_time() - cpu
    looks = sum(
        sum(1 for _ in situations(each, Severity.SEV1, memory, SINCE, until)) for each in given.services
    )
    yield {
        "engine": "Tocsin",
        "ladders": len(given.services),
        "looks": looks,
        "holes": found,
        "all_s": took,
        "processor_s": worked,
    }
    yield _naive(given, days)


def _naive(given: World, days: int) -> Finding:
    """An hour of every ladder, counted up."""
    clock = SystemClock()
    began, cpu = clock.monotonic(), process_time()
    for number, each in enumerate(given.services):
        begin = SINCE + number * timedelta(hours=days * 24 // len(given.services) or 1)
        for minute in range(60):
            look(Case(service=each, severity=Severity.SEV1, at=begin + minute * MINUTE), given.roster)
    took, worked = clock.monotonic() - began, process_time() - cpu
    minutes = days * 24 * 60 * len(given.services)
    times = minutes / (60 * len(given.services))
    return {
        "engine": "every minute (counted up)",
        "ladders": len(given.services),
        "looks": minutes,
        "holes": None,
        "all_s": took * times,
        "processor_s": worked * times,
    }


def stories(given: World, count: int) -> Iterator[Finding]:
    """Whole stories, from the first page to one round of the catch-all."""
    clock, began = SystemClock(), SystemClock().monotonic()
    pages = 0
    for number in range(count):
        service = given.services[number % len(given.services)]
        case = Case(service=service, severity=Severity.SEV1, at=SINCE + number * 97 * MINUTE)
        pages += len(rehearse(case, lambda _: given.roster).told)
    took = clock.monotonic() - began
    yield {"engine": "Tocsin", "stories": count, "pages": pages, "each_s": took / count}


def main() -> None:
    """Print both tables."""
    parser = arguments(__doc__)
    parser.add_argument("--ladders", type=int, default=100)
    parser.add_argument("--days", type=int, default=14)
    parser.add_argument("--stories", type=int, default=1000)
    given = parser.parse_args(sys.argv[1:])
    made = world(given.ladders)
    ahead = Report(title=f"The holes of {given.days} days", postgres=None)
    ahead.take(holes(made, given.days))
    ahead.end(given.json)
    told = Report(title="One simulated incident", postgres=None)
    told.take(stories(made, given.stories))
    told.end(given.json and given.json.with_stem(f"{given.json.stem}-stories"))


if __name__ == "__main__":
    main()
