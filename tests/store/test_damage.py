"""Rows that somebody damaged by hand do not stop the others, and the ledger tells what was tried."""

from collections.abc import Mapping
from dataclasses import replace
from typing import cast

import pytest
from sqlalchemy import create_engine, select, update

from bot.domain.alert import MessageRef
from bot.domain.configuration import Configuration
from bot.domain.effects import Lane
from bot.domain.ids import ServiceId
from bot.intake import Brought
from bot.ports import Receipt, Store
from bot.service import Desk
from bot.store import open_store, schema
from bot.store.tables import alert as table_of_alerts
from bot.store.tables import attempt, incident, outbox, snapshot, timeline
from tests.error_log import watched_errors
from tests.examples import MINUTE, NOW, PAYMENTS, ROSTER, alert
from tests.store.stories import LEASE, claim, climb, declare, note, obey, paged
from tests.store.world import SetClock

ALERT = replace(alert(), origin=MessageRef(channel="C1", ts="1.1"))
OTHER = replace(PAYMENTS, id=ServiceId("other"), name="Other")
CONFIGURATION = Configuration(roster=ROSTER, services={PAYMENTS.id: PAYMENTS}, default_service=PAYMENTS.id)


@pytest.mark.row("F51")
async def test_an_incident_that_cannot_be_read_is_put_aside_and_told(store: Store, url: str) -> None:
    broken, fine = await store.write(declare), await store.write(declare)
    change(url, update(incident).where(incident.c.id == broken.id).values(body='{"status": "lost"}'))

    climbed = await store.write(climb)

    assert [each.id for each in climbed] == [fine.id]
    found = await store.read(lambda tx: tx.audit(NOW))
    assert [(trouble.kind, trouble.count) for trouble in found] == [("incident unreadable", 1)]
    assert [each.id for each in await store.read(lambda tx: tx.open_incidents())] == [fine.id]


@pytest.mark.row("F51")
async def test_an_incident_that_cannot_be_read_hides_no_other_that_is_coming(store: Store, url: str) -> None:
    broken, fine = await store.write(declare), await store.write(declare)
    change(url, update(incident).where(incident.c.id == broken.id).values(body='{"status": "lost"}'))

    coming = await store.read(lambda tx: tx.coming(NOW + MINUTE, 9), page=True)

    assert [each.id for each in coming] == [fine.id]


@pytest.mark.row("F51")
async def test_an_effect_that_cannot_be_read_becomes_a_dead_letter(store: Store, url: str) -> None:
    broken, fine = await paged(store), await paged(store)
    mine = (outbox.c.incident == broken.id) & (outbox.c.lane == Lane.PAGE)
    change(url, update(outbox).where(mine).values(body="{"))

    claims = await claim(store)

    assert [each.incident for each in claims] == [fine.id]
    dead = await store.read(lambda tx: tx.dead_letters())
    assert [(each.incident, each.reason) for each in dead] == [(broken.key, "unreadable")]


@pytest.mark.row("F51")
async def test_an_entry_that_cannot_be_read_keeps_its_place_in_the_timeline(store: Store, url: str) -> None:
    one = await paged(store)
    await store.write(lambda tx: obey(tx, one.id, note("kept")))
    change(url, update(timeline).where(timeline.c.incident == one.id, timeline.c.seq == 2).values(body="{"))

    entries = await store.read(lambda tx: tx.timeline(one.id))

    assert [entry.seq for entry in entries] == [1, 2, 3]
    assert entries[1].at == NOW
    assert "cannot be read" in entries[1].facts["text"]
    assert entries[2].facts["text"] == "kept"


@pytest.mark.row("F51")
async def test_an_alert_that_cannot_be_read_is_taken_in_as_a_new_one(store: Store, url: str) -> None:
    clock = SetClock(NOW)
    desk = Desk(store, clock, lambda: CONFIGURATION, lambda: None)
    await desk.ingest("one", [ALERT])
    change(url, update(table_of_alerts).values(body='{"state": 7}'))

    [again] = await desk.ingest("two", [ALERT])
    [edited] = await desk.ingest("three", [ALERT], edited=True)

    assert (again.outcome, edited.outcome) == ("added", "repeated")
    assert again.incident is not None
    assert edited.incident is not None
    assert edited.incident.number == again.incident.number


@pytest.mark.row("F51")
async def test_a_page_of_an_incident_whose_service_cannot_be_read_goes_out_all_the_same(
    store: Store, url: str
) -> None:
    broken = await paged(store)
    fine = await store.write(lambda tx: declare(tx, service=OTHER))
    await store.write(climb)
    names = select(incident.c.service_hash).where(incident.c.id == broken.id)
    await store.stop()
    change(url, update(snapshot).where(snapshot.c.hash.in_(names)).values(body='{"id": 1}'))
    reopened = open_store(url)  # one that never saw the service
    await reopened.start()

    pages = await claim(reopened)
    climbed = await reopened.write(lambda tx: climb(tx, NOW + 5 * MINUTE))
    found = await reopened.read(lambda tx: tx.audit(NOW))
    await reopened.stop()
    await store.start()

    assert {page.incident for page in pages} == {broken.id, fine.id}
    assert [each.id for each in climbed] == [fine.id]
    assert ("incident unreadable", 1) in [(trouble.kind, trouble.count) for trouble in found]


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


async def test_the_ledger_tells_what_came_of_every_attempt_and_why(store: Store, url: str) -> None:
    await paged(store)
    for unknown in (True, False):
        (page,) = await claim(store)
        await store.write(
            lambda tx, page=page, unknown=unknown: tx.record_retry(  # type: ignore[misc]  # bound now
                page, "503", unknown=unknown, again_at=NOW, now=NOW
            )
        )
    (page,) = await claim(store)
    await store.write(lambda tx: tx.record_rejected(page, "gone", NOW))

    engine = create_engine(schema.address(url))
    with engine.connect() as connection:
        told = select(attempt.c.attempt, attempt.c.outcome, attempt.c.reason, attempt.c.at)
        outcomes = [tuple(row) for row in connection.execute(told.order_by(attempt.c.attempt))]
    engine.dispose()
    assert outcomes == [(1, "unknown", "503", NOW), (2, "not sent", "503", NOW), (3, "rejected", "gone", NOW)]


def change(url: str, statement: object) -> None:
    engine = create_engine(schema.address(url))
    with engine.begin() as connection:
        connection.execute(statement)  # type: ignore[call-overload]  # any update
    engine.dispose()


@pytest.mark.row("F51")
async def test_an_alert_whose_incident_cannot_be_read_begins_another_and_its_neighbours_are_taken(
    store: Store, url: str
) -> None:
    desk = Desk(store, SetClock(NOW), lambda: CONFIGURATION, lambda: None)
    await desk.ingest("one", [ALERT])
    change(url, update(incident).values(body="{}"))
    other = [replace(ALERT, fingerprint=mark) for mark in ("before", "after")]
    requests = [
        Brought(request=mark, alerts=[told])
        for mark, told in zip("abc", [other[0], ALERT, other[1]], strict=True)
    ]

    taken = await desk.intake.take_all(requests)

    assert [each.outcome for some in taken for each in some] == ["opened"] * 3
    assert [each.outcome for each in await desk.ingest("two", [ALERT])] == ["repeated"]
    found = await store.read(lambda tx: tx.audit(NOW))
    assert ("incident unreadable", 1) in [(trouble.kind, trouble.count) for trouble in found]


@pytest.mark.row("F84")
async def test_a_request_that_cannot_be_taken_in_keeps_none_of_the_others_from_it(store: Store) -> None:
    desk = Desk(store, SetClock(NOW), lambda: CONFIGURATION, lambda: None)
    poison = replace(ALERT, labels=cast("Mapping[str, str]", None))
    requests = [
        Brought(request="a", alerts=[replace(ALERT, fingerprint="before")]),
        Brought(request="b", alerts=[poison]),
        Brought(request="c", alerts=[replace(ALERT, fingerprint="after")]),
    ]

    with watched_errors() as errors:
        errors.expect("intake_apart")
        errors.expect("intake_not_taken")
        with pytest.raises(AttributeError):
            await desk.intake.take_all(requests)

    assert len(await desk.open_incidents()) == 2
