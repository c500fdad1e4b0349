"""Example people, ladders, services and incidents for the tests."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from bot.domain.alert import Alert, AlertState, Severity
from bot.domain.commands import AlertSeen
from bot.domain.decision import Decision
from bot.domain.ids import IncidentId, LadderId, PersonId, ScheduleId, ServiceId
from bot.domain.incident import Incident, Status
from bot.domain.intake import fired, source_of
from bot.domain.ladder import Ladder, PersonTarget, Rung, ScheduleTarget, Target
from bot.domain.people import Actor, ActorKind, ContactMethod, MethodKind, Person
from bot.domain.roster import Roster
from bot.domain.schedule import Rotation, Schedule, singly
from bot.domain.service import Service, TicketPlan

NOW = datetime(2026, 11, 23, 3, 10, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def person(key: str, *, email: bool = True) -> Person:
    slack = f"U{key.upper()}"
    methods = [ContactMethod(kind=MethodKind.SLACK, address=slack)]
    if email:
        methods.append(ContactMethod(kind=MethodKind.EMAIL, address=f"{key}@example.com", delay=MINUTE))
    return Person(
        id=PersonId(key),
        name=key.capitalize(),
        slack_user=slack,
        email=f"{key}@example.com",
        methods=tuple(methods),
    )


def actor(key: str) -> Actor:
    return Actor(
        kind=ActorKind.PERSON, id=f"T1/U{key.upper()}", name=key.capitalize(), slack_user=f"U{key.upper()}"
    )


ANN, BOB, CLEO = (person(key) for key in ("ann", "bob", "cleo"))
PRIMARY = Schedule(
    id=ScheduleId("primary"),
    zone="Europe/London",
    layers=(Rotation(turns=singly((ANN.id, BOB.id)), start=date(2026, 11, 2), handoff=time(9)),),
)
ROSTER = Roster(people={p.id: p for p in (ANN, BOB, CLEO)}, schedules={PRIMARY.id: PRIMARY})


def to(key: str) -> Target:
    return PersonTarget(person=PersonId(key))


def on_call(schedule: str = "primary") -> Target:
    return ScheduleTarget(schedule=ScheduleId(schedule))


def rung(*targets: Target, minutes: float = 5) -> Rung:
    return Rung(targets=targets, wait=timedelta(minutes=minutes))


LADDER = Ladder(id=LadderId("payments"), rungs=(rung(to("ann")), rung(to("bob"), minutes=10)), rounds=2)
CATCH_ALL = Ladder(id=LadderId("catch-all"), rungs=(rung(to("cleo"), minutes=30),))
PAYMENTS = Service(
    id=ServiceId("payments"),
    name="Payments",
    channel="C0INCIDENTS",
    ladder=LADDER,
    catch_all=CATCH_ALL,
    acknowledgement_timeouts={Severity.SEV1: timedelta(minutes=30), Severity.SEV2: timedelta(hours=2)},
    ticket=TicketPlan(project="OPS", issue_type="Incident"),
)


def alert(
    state: AlertState = AlertState.FIRING, *, fingerprint: str = "f1", at: datetime | None = None
) -> Alert:
    return Alert(
        source="alertmanager",
        fingerprint=fingerprint,
        state=state,
        title="API error rate 38%",
        severity=Severity.SEV2,
        at=at,
    )


def opened(service: Service = PAYMENTS, severity: Severity = Severity.SEV2, now: datetime = NOW) -> Decision:
    """What an alert's first signal leads to."""
    signal = replace(alert(), severity=severity)
    new = Incident(
        id=IncidentId("01k00000000000000000000001"),
        number=7,
        title=signal.title,
        service=service,
        severity=severity,
        status=Status.TRIGGERED,
        source=signal.source,
        opened_at=now,
        opened_by=source_of(signal),
        dedup_key="payments|alertmanager|f1",
    )
    return fired(new, AlertSeen(alert=signal, severity=severity))


def triggered(
    service: Service = PAYMENTS, severity: Severity = Severity.SEV2, now: datetime = NOW
) -> Incident:
    """An incident that an alert has just opened: armed, the first rung due."""
    return opened(service, severity, now).incident
