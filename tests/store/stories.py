"""What the tests of the store do again and again, in the words of the domain."""

from datetime import datetime, timedelta
from uuid import uuid4

from bot.domain import commands as c
from bot.domain.alert import Severity
from bot.domain.decide import decide
from bot.domain.effects import Lane
from bot.domain.ids import IncidentId
from bot.domain.incident import Incident, Status, Via
from bot.domain.intake import declared
from bot.domain.service import Service
from bot.ports import Claim, Store, Tx
from tests.examples import NOW, PAYMENTS, ROSTER, actor

LEASE = timedelta(seconds=15)
SECOND = timedelta(seconds=1)


def declare(
    tx: Tx,
    *,
    key: str | None = None,
    service: Service = PAYMENTS,
    severity: Severity = Severity.SEV1,
    at: datetime = NOW,
) -> Incident:
    """A person opens an incident, which is due to climb at once."""
    by = actor("bob")
    incident = Incident(
        id=IncidentId(uuid4().hex),
        number=tx.next_number(),
        title="API down",
        service=service,
        severity=severity,
        status=Status.TRIGGERED,
        source="bob",
        opened_at=at,
        opened_by=by,
        dedup_key=key,
    )
    wish = c.Declare(by=by, title=incident.title, service=service, severity=severity, via=Via.COMMAND)
    decision = declared(incident, wish)
    tx.save([decision], at)
    return decision.incident


def obey(tx: Tx, incident: IncidentId, command: c.Command, at: datetime = NOW) -> Incident:
    """Decide and save."""
    found = tx.incident(incident)
    assert found is not None
    decision = decide(found, command, at)
    tx.save([decision], at)
    return decision.incident


def climb(tx: Tx, at: datetime = NOW) -> list[Incident]:
    """Fire every rung that is due."""
    decisions = [
        decide(incident, c.RungDue(due_at=incident.due_at, roster=ROSTER), at)
        for incident in tx.due(at, 100)
        if incident.due_at is not None
    ]
    tx.save(decisions, at)
    return [decision.incident for decision in decisions]


def acknowledge(tx: Tx, incident: IncidentId, at: datetime = NOW) -> Incident:
    return obey(tx, incident, c.Acknowledge(by=actor("ann"), via=Via.CARD), at)


def note(text: str = "looking") -> c.AddNote:
    return c.AddNote(by=actor("ann"), via=Via.COMMAND, text=text)


async def paged(store: Store, at: datetime = NOW) -> Incident:
    """An incident whose first rung has just been fired: Ann is paged by Slack now, by e-mail in a minute."""
    incident = await store.write(lambda tx: declare(tx, at=at))
    await store.write(lambda tx: climb(tx, at))
    return incident


async def claim(
    store: Store, lane: Lane = Lane.PAGE, at: datetime = NOW, *, limit: int = 100, lease: timedelta = LEASE
) -> list[Claim]:
    return await store.write(lambda tx: tx.claim(lane, at, 7.0, limit, lease), page=lane is Lane.PAGE)
