"""Rows that somebody damaged by hand do not stop the others, and the ledger tells what was tried."""

from sqlalchemy import create_engine, select, update

from bot.domain.effects import Lane
from bot.ports import Receipt, Store
from bot.store import schema
from bot.store.tables import attempt, incident, outbox
from tests.examples import NOW
from tests.store.stories import LEASE, claim, climb, declare, paged


async def test_an_incident_that_cannot_be_read_is_put_aside_and_told(store: Store, url: str) -> None:
    broken, fine = await store.write(declare), await store.write(declare)
    change(url, update(incident).where(incident.c.id == broken.id).values(body='{"status": "lost"}'))

    climbed = await store.write(climb)

    assert [each.id for each in climbed] == [fine.id]
    found = await store.read(lambda tx: tx.audit(NOW))
    assert [(trouble.kind, trouble.count) for trouble in found] == [("incident unreadable", 1)]
    assert [each.id for each in await store.read(lambda tx: tx.open_incidents())] == [fine.id]


async def test_an_effect_that_cannot_be_read_becomes_a_dead_letter(store: Store, url: str) -> None:
    broken, fine = await paged(store), await paged(store)
    mine = (outbox.c.incident == broken.id) & (outbox.c.lane == Lane.PAGE)
    change(url, update(outbox).where(mine).values(body="{"))

    claims = await claim(store)

    assert [each.incident for each in claims] == [fine.id]
    dead = await store.read(lambda tx: tx.dead_letters())
    assert [(each.incident, each.reason) for each in dead] == [(broken.key, "unreadable")]


async def test_the_ledger_tells_every_attempt_also_the_fenced_one(store: Store, url: str) -> None:
    await paged(store)
    (slow,) = await claim(store)
    (fast,) = await claim(store, at=NOW + LEASE)
    await store.write(lambda tx: tx.record_sent(fast, Receipt(), NOW))

    await store.write(lambda tx: tx.record_rejected(slow, "late", NOW))

    engine = create_engine(schema.address(url))
    with engine.connect() as connection:
        rows = connection.execute(select(attempt.c.attempt, attempt.c.outcome, attempt.c.reason)).all()
    engine.dispose()
    assert sorted(map(tuple, rows)) == [(1, "fenced: rejected", "late"), (2, "sent", None)]


def change(url: str, statement: object) -> None:
    engine = create_engine(schema.address(url))
    with engine.begin() as connection:
        connection.execute(statement)  # type: ignore[call-overload]  # any update
    engine.dispose()
