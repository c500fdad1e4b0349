"""The company of the simulation: its people, turns, ladders and services, as a configuration."""

from dataclasses import replace
from datetime import date, time, timedelta

from bot.domain.alert import Severity
from bot.domain.configuration import Configuration
from bot.domain.ids import LadderId, PersonId, ScheduleId, ServiceId
from bot.domain.ladder import ChannelTarget, Ladder, PersonTarget, Rung, ScheduleTarget, Target
from bot.domain.people import Actor, ActorKind, ContactMethod, MethodKind, Person
from bot.domain.roster import Roster
from bot.domain.route import Matcher, Route
from bot.domain.schedule import Rotation, Schedule, ShiftLength, ShiftUnit, singly
from bot.domain.service import Service, TicketPlan

NAMES = ("ann", "bob", "cleo", "dan", "eve", "fred", "boss")
TIMEOUT = timedelta(minutes=25)
"""An acknowledgement of a sev1 is asked about again after so long."""

_ONLY_SLACK = {"dan"}
_LATER = timedelta(minutes=2)
"""How long after the Slack message the mail follows, unless Slack fails."""


def _person(name: str) -> Person:
    user = f"U{name.upper()}"
    slack = ContactMethod(kind=MethodKind.SLACK, address=user)
    mail = ContactMethod(kind=MethodKind.EMAIL, address=f"{name}@example.com", delay=_LATER)
    methods = (slack,) if name in _ONLY_SLACK else (slack, mail)
    return Person(id=PersonId(name), name=name, slack_user=user, methods=methods)


def _rung(minutes: float, *targets: str) -> Rung:
    return Rung(targets=tuple(map(_target, targets)), wait=timedelta(minutes=minutes))


def _target(name: str) -> Target:
    if name.startswith("#"):
        return ChannelTarget(channel=name)
    if name.startswith("@"):
        return ScheduleTarget(schedule=ScheduleId(name[1:]))
    return PersonTarget(person=PersonId(name))


_CATCH_ALL = Ladder(id=LadderId("everybody"), rungs=(_rung(20, "#all", "boss"), _rung(15, "boss")))
_SERVICES = (
    Service(
        id=ServiceId("pay"),
        name="Payments",
        channel="#pay",
        ladder=Ladder(
            id=LadderId("pay"),
            rungs=(_rung(5, "@first"), _rung(5, "bob"), _rung(10, "cleo", "dan")),
            rounds=2,
        ),
        catch_all=_CATCH_ALL,
        acknowledgement_timeouts={Severity.SEV1: TIMEOUT},
        ticket=TicketPlan(project="OPS", issue_type="Incident"),
    ),
    Service(
        id=ServiceId("web"),
        name="Web",
        channel="#web",
        ladder=Ladder(id=LadderId("web"), rungs=(_rung(3, "eve"), _rung(4, "@second", "#web"))),
        catch_all=_CATCH_ALL,
        acknowledgement_timeouts={Severity.SEV1: TIMEOUT},
    ),
    Service(
        id=ServiceId("batch"),
        name="Batch",
        channel="#batch",
        ladder=Ladder(id=LadderId("batch"), rungs=(_rung(12, "@second"), _rung(8, "fred")), rounds=3),
    ),
)


def service(number: int) -> Service:
    """One of the services."""
    return _SERVICES[number % len(_SERVICES)]


def _rotation(hour: int, *people: str, days: int = 1) -> Rotation:
    return Rotation(
        turns=singly(map(PersonId, people)),
        start=date(2026, 1, 1),
        handoff=time(hour),
        length=ShiftLength(count=days, unit=ShiftUnit.DAYS),
    )


def company() -> Configuration:
    """The configuration in force."""
    schedules = {
        ScheduleId("first"): Schedule(
            id=ScheduleId("first"), zone="Europe/Berlin", layers=(_rotation(9, "ann", "cleo", "eve"),)
        ),
        ScheduleId("second"): Schedule(
            id=ScheduleId("second"), zone="America/New_York", layers=(_rotation(2, "dan", "fred", days=7),)
        ),
    }
    routes = [
        Route(matchers=(Matcher(label="service", op="=", value=str(each.id)),), service=each.id)
        for each in _SERVICES
    ]
    return Configuration(
        roster=Roster(people={PersonId(name): _person(name) for name in NAMES}, schedules=schedules),
        services={each.id: each for each in _SERVICES},
        default_service=_SERVICES[0].id,
        routes=tuple(routes),
    )


def actor(name: str) -> Actor:
    """A person who acts."""
    return Actor(kind=ActorKind.PERSON, id=f"T/U{name.upper()}", name=name, slack_user=f"U{name.upper()}")


def calm(rung: Rung) -> Rung:
    """A rung as an exhausted ladder climbs it: at least once an hour."""
    return replace(rung, wait=min(rung.wait, timedelta(hours=1)))
