"""A schedule of two people who take turns of a day, and people of every sort around it."""

from datetime import UTC, date, datetime, time, timedelta

from bot.domain.configuration import Authority
from bot.domain.ids import PersonId, ScheduleId
from bot.domain.people import Actor, ActorKind, ContactMethod, MethodKind, Person, Standing
from bot.domain.roster import Roster
from bot.domain.schedule import Rotation, Schedule, ShiftLength, ShiftUnit, singly

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PRIMARY, NIGHTS = ScheduleId("primary"), ScheduleId("nights")
ANN, BOB, CID, DEE = (PersonId(name) for name in ("ann", "bob", "cid", "dee"))


def _person(person: PersonId, *, methods: bool = True) -> Person:
    user = f"U{person.upper()}"
    way = (ContactMethod(kind=MethodKind.SLACK, address=user),) if methods else ()
    return Person(id=person, name=f"{person.capitalize()} <@here>", slack_user=user, methods=way)


def _schedule(schedule: ScheduleId, *people: PersonId) -> Schedule:
    turns = Rotation(
        turns=singly(people),
        start=date(2026, 11, 3),
        handoff=time(9),
        length=ShiftLength(count=1, unit=ShiftUnit.DAYS),
    )
    return Schedule(id=schedule, zone="Europe/London", layers=(turns,), name=schedule.capitalize())


ROSTER = Roster(
    people={
        **{each: _person(each) for each in (ANN, BOB, CID, PersonId("lea"), PersonId("adm"))},
        DEE: _person(DEE, methods=False),
    },
    schedules={PRIMARY: _schedule(PRIMARY, ANN, BOB), NIGHTS: _schedule(NIGHTS, CID)},
)
AUTHORITY = Authority(
    admins=frozenset({"UADM"}),
    responders=frozenset({"URESP"}),
    allowed_guests=frozenset({"UALLOWED"}),
    leads={PRIMARY: frozenset({"ULEA"}), NIGHTS: frozenset({"UNLEAD"})},
    members={PRIMARY: frozenset({"UMEMBER"})},
)


def actor(user: str, standing: Standing = Standing.MEMBER) -> Actor:
    return Actor(kind=ActorKind.PERSON, id=f"T/{user}", name="Adm Lea", slack_user=user, standing=standing)
