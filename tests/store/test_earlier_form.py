"""Incidents that an earlier version wrote: what they wait for happens once."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from functools import partial

import pytest
from sqlalchemy import create_engine, select, update

from bot.domain.alert import Severity
from bot.domain.calendar import Window
from bot.domain.decide import decide
from bot.domain.decision import Draft
from bot.domain.effects import PagePerson
from bot.domain.ids import IncidentId, LadderId
from bot.domain.ladder import Ladder, Rung, Step
from bot.domain.people import Quiet
from bot.domain.roster import Roster
from bot.domain.timers import due_command
from bot.ports import Receipt, Store, Tx
from bot.store import schema
from bot.store.tables import incident as incidents
from tests.examples import ANN, BOB, CLEO, MINUTE, NOW, PAYMENTS, to
from tests.store.stories import claim, declare

MORNING = NOW.replace(hour=7, minute=0)
NIGHT = Quiet(severities=(Severity.SEV3,), hours=Window(begin=time(0), end=time(7)))
SLEEPER = replace(BOB, quiet=NIGHT)
ROSTER = Roster(people={ANN.id: ANN, BOB.id: SLEEPER, CLEO.id: replace(CLEO, quiet=NIGHT)}, schedules={})


def ladder(*rungs: Sequence[str]) -> Ladder:
    """Each rung waits so long that the next one is due in the same night."""
    wait = timedelta(hours=1)
    return Ladder(
        id=LadderId("own"),
        rungs=tuple(Rung(targets=tuple(to(name) for name in names), wait=wait) for names in rungs),
        rounds=1,
    )


def tick(tx: Tx, incident: IncidentId, at: datetime) -> datetime | None:
    """What the clock says at that instant; when it has something to say again."""
    found = tx.incident(incident)
    assert found is not None
    command = due_command(found, ROSTER, at)
    if command is None:
        return found.next_at
    decision = decide(found, command, at)
    tx.save([decision], at)
    return decision.incident.next_at


async def waiting(store: Store, url: str, climbed: Ladder) -> IncidentId:
    """Ann was paged by the first rung; Bob's page of it lies in the outbox until the morning."""
    service = replace(PAYMENTS, ladder=climbed, ladders={}, catch_all=None)
    incident = await store.write(lambda tx: declare(tx, service=service, severity=Severity.SEV3))
    await store.write(lambda tx: tick(tx, incident.id, NOW))
    await store.write(lambda tx: lie(tx, incident.id))
    engine = create_engine(schema.address(url))
    with engine.begin() as connection:
        mine = incidents.c.id == incident.id
        body = json.loads(connection.execute(select(incidents.c.body).where(mine)).scalar_one())
        del body["escalation"]["owed"]
        body["escalation"]["resting"] = [{"person": BOB.id, "until": MORNING.isoformat()}]
        connection.execute(update(incidents).where(mine).values(body=json.dumps(body)))
    engine.dispose()
    return incident.id


def lie(tx: Tx, incident: IncidentId) -> None:
    """The row as it was written before rungs owed pages."""
    found = tx.incident(incident)
    assert found is not None
    draft = Draft(incident=found, now=NOW)
    draft.tell(
        PagePerson(
            key=f"page:{incident}:1:1:1:bob:quiet:slack0",
            person=BOB.id,
            name=BOB.name,
            slack_user=BOB.slack_user,
            method=BOB.methods[0].kind,
            number=0,
            epoch=found.epoch,
            step=Step(round=1, rung=1),
            at=MORNING,
            why="named in the ladder",
            asked_at=NOW,
            quiet=True,
            held=True,
        )
    )
    tx.save([draft.done()], NOW)


async def told(store: Store, incident: IncidentId, *, until: datetime, away: bool = False) -> Counter[str]:
    """Who is told by Slack from the second rung on; `away`: nothing looks before the end."""
    found = await store.read(lambda tx: tx.incident(incident))
    assert found is not None
    at = until if away else found.next_at
    heard: Counter[str] = Counter()
    while at is not None and at <= until:
        now = at
        at = await store.write(partial(tick, incident=incident, at=now))
        if at is not None and at <= now:
            at = now + timedelta(seconds=1)
        heard.update(await carried(store, now))
    return heard + Counter(await carried(store, until))


async def carried(store: Store, at: datetime) -> list[str]:
    found = await claim(store, at=at)
    sent = [(each, Receipt()) for each in found]
    await store.write(lambda tx: tx.record_all_sent(sent, at))
    pages = [each.effect for each in found if isinstance(each.effect, PagePerson)]
    return [str(page.person) for page in pages if page.method is BOB.methods[0].kind]


@pytest.mark.parametrize(
    "rungs",
    [
        [("ann", "bob"), ("ann", "bob")],
        [("ann", "bob"), ("ann",), ("ann", "bob")],
        [("ann", "bob"), ("bob",)],
        [("ann", "bob"), ("ann", "bob", "cleo")],
    ],
    ids=["beside others", "two rungs later", "alone", "beside another who sleeps"],
)
@pytest.mark.parametrize("away", [False, True], ids=["there", "away until after the morning"])
async def test_a_page_that_waits_since_before_an_upgrade_is_the_only_one_in_the_morning(
    store: Store, url: str, rungs: list[tuple[str, ...]], *, away: bool
) -> None:
    incident = await waiting(store, url, ladder(*rungs))
    end = MORNING + 2 * MINUTE if away else MORNING + MINUTE
    await claim(store, at=NOW)

    heard = await told(store, incident, until=end, away=away)

    assert heard["bob"] == 1


async def test_a_page_that_waited_since_before_an_upgrade_stands_for_no_later_night(
    store: Store, url: str
) -> None:
    incident = await waiting(store, url, ladder(("ann", "bob"), ("ann", "bob")))
    await claim(store, at=NOW)
    day = timedelta(days=1)
    night = MORNING.replace(hour=1, minute=30) + day

    first = await told(store, incident, until=night, away=True)
    second = await told(store, incident, until=MORNING + day + MINUTE)

    assert (first["bob"], second["bob"]) == (1, 1)
