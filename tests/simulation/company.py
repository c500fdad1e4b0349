"""The company of the simulation: its people, turns, ladders and services, as a configuration."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta

from bot.domain.alert import Severity
from bot.domain.calendar import Calendar, Window
from bot.domain.configuration import Authority, Configuration
from bot.domain.ids import CalendarId, LadderId, PersonId, ScheduleId, ServiceId
from bot.domain.ladder import (
    ChannelTarget,
    Condition,
    Ladder,
    Otherwise,
    PersonTarget,
    RotatingTarget,
    Rung,
    ScheduleTarget,
    Target,
)
from bot.domain.people import Actor, ActorKind, ContactMethod, MethodKind, Person, Quiet
from bot.domain.roster import Roster
from bot.domain.route import Matcher, Route
from bot.domain.schedule import Rotation, Schedule, ShiftLength, ShiftUnit, singly
from bot.domain.service import Service, TicketPlan
from tests.simulation.almanac import Plan, Turns

NAMES = ("ann", "bob", "cleo", "dan", "eve", "fred", "gus", "hal", "boss")
ADMIN = "boss"
TIMEOUT = timedelta(minutes=25)
"""An acknowledgement of a sev1 is asked about again after so long."""

_ONLY_SLACK = {"dan"}
_LATER = timedelta(minutes=2)
"""How long after the Slack message the mail follows, unless Slack fails."""

TURNS: Mapping[str, Turns] = {
    "first": Turns(zone="Europe/Berlin", hour=9, people=("ann", "cleo", "eve")),
    "second": Turns(zone="America/New_York", hour=2, people=("dan", "fred"), days=7),
}
"""The schedules, in plain words."""

WATCH = Plan(
    zone="Asia/Kolkata",
    hours=tuple((time(hour), time(hour + 1, 30)) for hour in range(0, 24, 3)),
    days=frozenset(range(6)),
    holidays=frozenset({date(2026, 3, 10)}),
)
"""The calendar of ladders: an hour and a half in three, but for Sundays and a holiday."""

WAKING = Plan(zone="Asia/Tokyo", hours=((time(8), time(20)),))
"""When somebody is awake on their own clock: Fred, who lives there."""

QUIET: Mapping[str, Plan] = {
    "gus": Plan(zone="UTC", hours=((time(18), time(6)),)),
    "hal": Plan(zone="America/New_York", hours=((time(12), time(20)),)),
}
"""The quiet hours of those who have any: a sev3 need not wake them."""

_ZONES = {"fred": WAKING.zone} | {name: plan.zone for name, plan in QUIET.items()}
ROUND = ("ann", "bob", "cleo")
"""Who take turns within a round robin."""

EVERY = 480.0
"""Seconds after which the next one of it is paged as well."""


def mailed(name: str) -> bool:
    """Whether a mail follows the Slack message."""
    return name not in _ONLY_SLACK and not name.startswith("#")


def _person(name: str) -> Person:
    user = f"U{name.upper()}"
    slack = ContactMethod(kind=MethodKind.SLACK, address=user)
    mail = ContactMethod(kind=MethodKind.EMAIL, address=f"{name}@example.com", delay=_LATER)
    plan, quiet = QUIET.get(name), None
    if plan is not None:
        ((begin, end),) = plan.hours
        quiet = Quiet(severities=(Severity.SEV3,), hours=Window(begin=begin, end=end))
    return Person(
        id=PersonId(name),
        name=name,
        slack_user=user,
        methods=(slack, mail) if mailed(name) else (slack,),
        zone=_ZONES.get(name, "UTC"),
        quiet=quiet,
    )


def _calendar(plan: Plan) -> Calendar:
    windows = (Window(days=plan.days, begin=begin, end=end) for begin, end in plan.hours)
    return Calendar(
        id=CalendarId("watch"), zone=plan.zone, windows=tuple(windows), holidays=tuple(plan.holidays)
    )


_CALENDAR = _calendar(WATCH)


@dataclass(frozen=True, kw_only=True, slots=True)
class Plain:
    """A rung in plain words: names, `@schedule`, `#channel`; minutes; and when it counts.

    `hold`: it waits for its hours. `waits_in`: the wait counts within these hours alone. `turning`: the
    names stand for a round robin, which goes on within the rung after every so many seconds if not 0.
    """

    minutes: float
    targets: tuple[str, ...]
    severities: tuple[Severity, ...] = ()
    inside: Plan | None = None
    outside: Plan | None = None
    awake: Plan | None = None
    hold: bool = False
    waits_in: Plan | None = None
    turning: float | None = None


def _plain(minutes: float, *targets: str) -> Plain:
    return Plain(minutes=minutes, targets=targets)


_BAD = (Severity.SEV1, Severity.SEV2)
EVERYBODY = (_plain(20, "#all", "boss"), _plain(15, "boss"))
"""The ladder of last resort."""

LADDERS: Mapping[str, tuple[Plain, ...]] = {
    "pay": (_plain(5, "@first"), _plain(5, "bob"), _plain(10, "cleo", "dan")),
    "web": (_plain(3, "eve"), _plain(4, "@second", "#web")),
    "batch": (_plain(12, "@second"), _plain(8, "fred")),
    "desk": (
        Plain(minutes=10, targets=("bob",), severities=_BAD),
        Plain(minutes=5, targets=("cleo", "dan"), inside=WATCH, hold=True, waits_in=WATCH),
        Plain(minutes=10, targets=("@first", "hal"), outside=WATCH),
        Plain(minutes=5, targets=("fred",), awake=WAKING, hold=True),
    ),
    "night": (_plain(10, "gus", "hal"), _plain(10, "@second", "gus"), _plain(5, "gus")),
    "core": (_plain(5, "ann", "bob"), _plain(5, "@first", "fred"), _plain(10, "cleo", "dan", "boss")),
    "duty": (_plain(5, "@first"), _plain(5, "@second"), _plain(10, "bob", "boss")),
    "shop": (
        Plain(minutes=20, targets=ROUND, turning=EVERY),
        Plain(minutes=5, targets=("dan", "eve"), turning=0.0),
        _plain(5, "boss"),
    ),
}
"""The ladders of the services, in plain words."""

_ROUNDS = {"pay": 2, "batch": 3, "desk": 2, "core": 4, "duty": 4, "shop": 2}
DELAY = {"desk": 120.0}
NEEDED = {"core": 2}
ROLES = {"duty": ("first", "second")}
SLOW = ("desk", "night")
"""Services whose ladders may take days."""


def _rung(plain: Plain) -> Rung:
    when = Condition(
        severities=plain.severities,
        during=_CALENDAR if plain.inside else None,
        outside=_CALENDAR if plain.outside else None,
        local=Window(begin=plain.awake.hours[0][0], end=plain.awake.hours[0][1]) if plain.awake else None,
    )
    return Rung(
        targets=_targets(plain),
        wait=timedelta(minutes=plain.minutes),
        when=None if when == Condition() else when,
        otherwise=Otherwise.HOLD if plain.hold else Otherwise.SKIP,
        wait_in=_CALENDAR if plain.waits_in else None,
    )


def _targets(plain: Plain) -> tuple[Target, ...]:
    if plain.turning is None:
        return tuple(map(_target, plain.targets))
    every = timedelta(seconds=plain.turning) if plain.turning else None
    return (RotatingTarget(people=tuple(map(PersonId, plain.targets)), every=every),)


def _target(name: str) -> Target:
    if name.startswith("#"):
        return ChannelTarget(channel=name)
    if name.startswith("@"):
        return ScheduleTarget(schedule=ScheduleId(name[1:]))
    return PersonTarget(person=PersonId(name))


_CATCH_ALL = Ladder(id=LadderId("everybody"), rungs=tuple(map(_rung, EVERYBODY)))


def _service(name: str) -> Service:
    ladder = Ladder(
        id=LadderId(name),
        rungs=tuple(map(_rung, LADDERS[name])),
        rounds=_ROUNDS.get(name, 1),
        delay=timedelta(seconds=DELAY.get(name, 0.0)),
        acknowledgements=NEEDED.get(name, 1),
        roles=tuple(map(ScheduleId, ROLES.get(name, ()))),
    )
    return Service(
        id=ServiceId(name),
        name=name.title(),
        channel=f"#{name}",
        ladder=ladder,
        catch_all=None if name == "batch" else _CATCH_ALL,
        acknowledgement_timeouts={} if name == "batch" else {Severity.SEV1: TIMEOUT},
        ticket=TicketPlan(project="OPS", issue_type="Incident") if name == "pay" else None,
    )


_SERVICES = tuple(map(_service, LADDERS))
PLACES = (0, 0, 1, 2, 3, 3, 4, 5, 5, 6, 7, 7)
"""How often incidents are each service's."""


def service(number: int) -> Service:
    """One of the services."""
    return _SERVICES[number]


def _schedule(name: str, turns: Turns) -> Schedule:
    rotation = Rotation(
        turns=singly(map(PersonId, turns.people)),
        start=date(2026, 1, 1),
        handoff=time(turns.hour),
        length=ShiftLength(count=turns.days, unit=ShiftUnit.DAYS),
    )
    return Schedule(id=ScheduleId(name), zone=turns.zone, layers=(rotation,))


def company() -> Configuration:
    """The configuration in force."""
    routes = [
        Route(matchers=(Matcher(label="service", op="=", value=str(each.id)),), service=each.id)
        for each in _SERVICES
    ]
    return Configuration(
        roster=Roster(
            people={PersonId(name): _person(name) for name in NAMES},
            schedules={ScheduleId(name): _schedule(name, turns) for name, turns in TURNS.items()},
        ),
        services={each.id: each for each in _SERVICES},
        default_service=_SERVICES[0].id,
        routes=tuple(routes),
        authority=Authority(admins=frozenset({f"U{ADMIN.upper()}"})),
    )


def actor(name: str) -> Actor:
    """A person who acts."""
    return Actor(kind=ActorKind.PERSON, id=f"T/U{name.upper()}", name=name, slack_user=f"U{name.upper()}")
