"""Pages that an acknowledgement cancelled and that are wanted again, on both databases."""

from datetime import timedelta

from bot.domain import commands as c
from bot.domain.effects import Lane, PagePerson
from bot.domain.incident import Incident, Via
from bot.ports import Claim, Receipt, Store, Tx
from tests.examples import NOW, actor
from tests.store.stories import LEASE, SECOND, acknowledge, obey, paged

TAKE_BACK = c.Undo(by=actor("ann"), via=Via.CARD)
LATER = NOW + 5 * SECOND
MAIL = NOW + timedelta(seconds=61)


def claimed(tx: Tx, at: object = LATER) -> list[Claim]:
    assert isinstance(at, type(NOW))
    return tx.claim(Lane.PAGE, at, 0.0, 10, LEASE)


def methods(claims: list[Claim]) -> list[str]:
    return sorted(each.effect.method for each in claims if isinstance(each.effect, PagePerson))


async def undone(store: Store, incident: Incident) -> None:
    await store.write(lambda tx: obey(tx, incident.id, TAKE_BACK, LATER + 10 * SECOND))


async def test_a_page_that_was_not_sent_yet_goes_out_at_its_own_time(store: Store) -> None:
    incident = await paged(store)
    await store.write(lambda tx: acknowledge(tx, incident.id, LATER))
    assert await store.write(lambda tx: claimed(tx, LATER + SECOND)) == []

    await undone(store, incident)

    (page,) = await store.write(lambda tx: claimed(tx, LATER + 11 * SECOND))
    await store.write(lambda tx: tx.record_sent(page, Receipt(provider_id="1"), LATER + 11 * SECOND))
    assert methods([page]) == ["slack"]
    assert methods(await store.write(lambda tx: claimed(tx, MAIL))) == ["email"]


async def test_a_page_that_was_sent_is_not_sent_again(store: Store) -> None:
    incident = await paged(store)
    (page,) = await store.write(claimed)
    await store.write(lambda tx: acknowledge(tx, incident.id, LATER))
    await store.write(lambda tx: tx.record_sent(page, Receipt(provider_id="1"), LATER))

    await undone(store, incident)

    assert methods(await store.write(lambda tx: claimed(tx, MAIL))) == ["email"]


async def test_a_page_that_may_have_been_sent_is_looked_up_first(store: Store) -> None:
    """Whoever held it has died: the next one to look cancelled it, because it was not wanted then."""
    incident = await paged(store)
    await store.write(lambda tx: claimed(tx, NOW))
    late = NOW + LEASE + SECOND
    await store.write(lambda tx: acknowledge(tx, incident.id, late))
    assert await store.write(lambda tx: claimed(tx, late)) == []

    await store.write(lambda tx: obey(tx, incident.id, TAKE_BACK, late + SECOND))
    (page,) = await store.write(lambda tx: claimed(tx, late + SECOND))

    assert page.uncertain
    assert page.doubted_at == NOW + LEASE


async def test_what_an_earlier_acknowledgement_cancelled_stays_cancelled(store: Store) -> None:
    """Ann had it and escalated; then Bob slips. Her own mail of before is not wanted any more."""
    incident = await paged(store)
    await store.write(lambda tx: acknowledge(tx, incident.id, LATER))
    escalate = c.Escalate(by=actor("ann"), via=Via.CARD)
    await store.write(lambda tx: obey(tx, incident.id, escalate, LATER))
    slip = c.Acknowledge(by=actor("bob"), via=Via.CARD)
    await store.write(lambda tx: obey(tx, incident.id, slip, LATER + SECOND))

    back = c.Undo(by=actor("bob"), via=Via.CARD)
    await store.write(lambda tx: obey(tx, incident.id, back, LATER + 2 * SECOND))

    assert await store.write(lambda tx: claimed(tx, MAIL)) == []


async def test_a_clock_that_is_behind_loses_no_page(store: Store) -> None:
    """Another replica, a second in the past, cancels what the acknowledgement does not want."""
    incident = await paged(store)
    await store.write(lambda tx: acknowledge(tx, incident.id, LATER))
    assert await store.write(lambda tx: claimed(tx, LATER - SECOND)) == []

    await undone(store, incident)

    assert methods(await store.write(lambda tx: claimed(tx, LATER + 11 * SECOND))) == ["slack"]


async def test_the_dispatcher_is_woken_for_what_is_wanted_again(store: Store) -> None:
    incident = await paged(store)
    await store.write(lambda tx: acknowledge(tx, incident.id, LATER))
    store.news()

    await undone(store, incident)

    assert store.news()[Lane.PAGE] == NOW
