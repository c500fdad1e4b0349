"""Old rows are deleted a little at a time, while pages go out."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, func, insert, select

from bot.domain.effects import Lane, PublishHome
from bot.domain.incident import Incident
from bot.ports import Claim, Receipt, Store, Tx
from bot.store import schema
from bot.store.codec import encode_effect
from bot.store.tables import outbox
from bot.workers.upkeep import Janitor
from tests.examples import NOW
from tests.store.stories import claim, declare, obey, paged
from tests.store.test_same_instant import WISHES
from tests.store.world import SetClock

LONG_AGO = NOW - timedelta(days=40)
OLD, MANY = 2500, 12


def fill(url: str, incident: Incident, count: int = OLD) -> None:
    """Rows of the incident that were sent long ago."""
    body = encode_effect(PublishHome(key="home", user="U1"))
    same = {
        "incident": incident.id,
        "lane": "chat",
        "kind": "publish_home",
        "state": "sent",
        "body": body,
        "due_at": LONG_AGO,
        "done_at": LONG_AGO,
        "created_at": LONG_AGO,
        "ready_at": None,
        "position": 0,
        "revision": 1,
        "attempt": 1,
        "failures": 0,
        "uncertain": 0,
    }
    rows = [{**same, "id": f"{incident.id}-{n}", "key": f"{incident.id}-{n}"} for n in range(count)]
    engine = create_engine(schema.address(url))
    with engine.begin() as connection:
        connection.execute(insert(outbox), rows)
    engine.dispose()


def left(url: str, incident: Incident) -> int:
    engine = create_engine(schema.address(url))
    with engine.connect() as connection:
        mine = select(func.count()).where(outbox.c.incident == incident.id, outbox.c.kind == "publish_home")
        count: int = connection.execute(mine).scalar_one()
    engine.dispose()
    return count


async def resolved(store: Store) -> Incident:
    incident = await store.write(declare)
    return await store.write(lambda tx: obey(tx, incident.id, WISHES["resolve"]))


@pytest.mark.row("F94")
async def test_a_sweep_takes_no_more_than_a_thousand_rows_and_none_of_an_open_incident(
    store: Store, url: str
) -> None:
    over, still_open = await resolved(store), await store.write(declare)
    fill(url, over)
    fill(url, still_open, 10)

    swept = [await store.write(lambda tx: tx.sweep(NOW)) for _ in range(4)]

    assert swept == [1000, 1000, 500, 0]
    assert (left(url, over), left(url, still_open)) == (0, 10)


def recording(taken: Sequence[tuple[Claim, Receipt]]) -> Callable[[Tx], list[bool]]:
    return lambda tx: tx.record_all_sent(taken, NOW)


@pytest.mark.row("F94")
async def test_pages_go_out_while_old_rows_are_deleted(store: Store, url: str) -> None:
    fill(url, await resolved(store))
    incidents = [await paged(store) for _ in range(MANY)]
    sent = 0

    async def page() -> None:
        nonlocal sent
        while sent < MANY:
            taken = [(each, Receipt()) for each in await claim(store, limit=2)]
            assert all(await store.write(recording(taken), page=True))
            sent += len(taken)

    async with asyncio.TaskGroup() as group:
        group.create_task(page())
        swept = group.create_task(Janitor(store, SetClock(NOW)).sweep())

    assert (sent, swept.result()) == (MANY, OLD)
    waiting = await store.read(lambda tx: tx.next_delivery(Lane.PAGE))
    assert waiting == NOW + timedelta(minutes=1), "the e-mails of the same pages are still to come"
    assert len({incident.id for incident in incidents}) == MANY
