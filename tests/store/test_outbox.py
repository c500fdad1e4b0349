"""The outbox: claimed by one, fenced against the late, looked up when in doubt."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain import commands as c
from bot.domain.alert import MessageRef
from bot.domain.decision import Decision
from bot.domain.effects import Lane, PagePerson
from bot.domain.incident import Via
from bot.domain.people import MethodKind
from bot.ports import Claim, Receipt, Store
from bot.store.waiting import PATIENCE
from tests.examples import BOB, CLEO, NOW, actor
from tests.store.stories import LEASE, SECOND, acknowledge, claim, climb, obey, paged

AGAIN = NOW + 10 * SECOND


def methods(claims: list[Claim]) -> list[MethodKind]:
    return [claim.effect.method for claim in claims if isinstance(claim.effect, PagePerson)]


async def test_a_row_is_claimed_when_it_is_due_and_only_once(store: Store) -> None:
    incident = await paged(store)

    first = await claim(store)
    again = await claim(store)
    later = await claim(store, at=NOW + timedelta(minutes=1) - SECOND, lease=timedelta(minutes=5))

    assert methods(first) == [MethodKind.SLACK]
    assert (first[0].incident, first[0].attempt, first[0].uncertain) == (incident.id, 1, False)
    assert (first[0].since, first[0].claimed_at, first[0].lease) == (NOW, 7.0, LEASE)
    assert again == []
    assert methods(later) == [MethodKind.SLACK]


async def test_a_limit_bounds_a_claim(store: Store) -> None:
    for _ in range(3):
        await paged(store)

    assert len(await claim(store, limit=2)) == 2
    assert len(await claim(store, limit=2)) == 1


@pytest.mark.row("F05")
async def test_an_ended_lease_is_taken_over_as_uncertain(store: Store) -> None:
    await paged(store)
    (first,) = await claim(store)

    assert await claim(store, at=NOW + LEASE - SECOND) == []
    (second,) = await claim(store, at=NOW + LEASE)

    assert second.id == first.id
    assert second.token != first.token
    assert (second.attempt, second.uncertain, second.since) == (2, True, NOW)
    at = NOW + LEASE
    await store.write(lambda tx: tx.record_retry(second, "dns", unknown=False, again_at=at, now=at))
    (third,) = await claim(store, at=at)
    assert third.uncertain


@pytest.mark.row("F14")
async def test_whoever_lost_the_lease_is_fenced_off(store: Store) -> None:
    incident = await paged(store)
    (slow,) = await claim(store)
    (fast,) = await claim(store, at=NOW + LEASE)
    at = NOW + LEASE
    mine, late = MessageRef(channel="D1", ts="1"), MessageRef(channel="D1", ts="2")

    assert not await store.write(lambda tx: tx.record_sent(slow, Receipt(ref=late), at))
    assert not await store.write(lambda tx: tx.record_rejected(slow, "late", at))
    assert not await store.write(
        lambda tx: tx.record_retry(slow, "late", unknown=False, again_at=AGAIN, now=at)
    )
    await store.write(lambda tx: tx.release([slow], at))
    assert await store.write(lambda tx: tx.record_sent(fast, Receipt(ref=mine), at))

    (sent,) = await store.read(lambda tx: tx.sent_pages(incident.id))
    assert sent.ref == mine
    assert await store.read(lambda tx: tx.dead_letters()) == []


@pytest.mark.row("F08")
async def test_a_record_whose_commit_was_not_heard_of_is_made_once(store: Store) -> None:
    await paged(store)
    (page,) = await claim(store)

    assert await store.write(lambda tx: tx.record_sent(page, Receipt(), NOW))
    assert await store.write(lambda tx: tx.record_sent(page, Receipt(), NOW))

    assert await claim(store, at=NOW + timedelta(seconds=59)) == []


async def test_what_was_not_sent_is_tried_again_without_a_doubt(store: Store) -> None:
    await paged(store)
    (first,) = await claim(store)

    await store.write(lambda tx: tx.record_retry(first, "429", unknown=False, again_at=AGAIN, now=NOW))

    assert await claim(store, at=AGAIN - SECOND) == []
    (second,) = await claim(store, at=AGAIN)
    assert (second.attempt, second.failures, second.uncertain, second.since) == (2, 1, False, NOW)


@pytest.mark.row("F54")
async def test_a_doubt_stays_until_it_was_sent(store: Store) -> None:
    await paged(store)
    (first,) = await claim(store)
    await store.write(lambda tx: tx.record_retry(first, "timeout", unknown=True, again_at=NOW, now=NOW))
    (second,) = await claim(store)

    await store.write(lambda tx: tx.record_retry(second, "dns", unknown=False, again_at=NOW, now=NOW))
    (third,) = await claim(store)

    assert [second.uncertain, third.uncertain] == [True, True]
    assert third.failures == 2


@pytest.mark.row("F77")
async def test_every_process_learns_when_an_attempt_that_may_have_got_through_was_made(store: Store) -> None:
    await paged(store)
    (first,) = await claim(store)
    asked = NOW + 2 * SECOND
    await store.write(
        lambda tx: tx.record_retry(first, "late", unknown=True, again_at=asked, now=NOW, doubted_at=NOW)
    )
    (second,) = await claim(store, at=asked)
    await store.write(lambda tx: tx.record_retry(second, "dns", unknown=True, again_at=asked, now=asked))

    (third,) = await claim(store, at=asked)
    (taken_over,) = await claim(store, at=asked + LEASE)
    await store.write(lambda tx: tx.record_retry(taken_over, "", unknown=True, again_at=AGAIN, now=AGAIN))
    (last,) = await claim(store, at=asked + LEASE)

    assert (first.doubted_at, second.doubted_at, third.doubted_at) == (None, NOW, NOW)
    assert taken_over.doubted_at == last.doubted_at == asked + LEASE


@pytest.mark.row("F12")
async def test_a_released_row_is_ready_at_once_as_if_never_claimed(store: Store) -> None:
    await paged(store)
    claims = await claim(store)

    await store.write(lambda tx: tx.release(claims, NOW))
    (again,) = await claim(store)

    assert (again.attempt, again.uncertain) == (1, False)
    assert not await store.write(lambda tx: tx.record_sent(claims[0], Receipt(), NOW))


async def test_an_acknowledgement_cancels_the_pages_that_are_not_on_the_wire(store: Store) -> None:
    incident = await paged(store)
    (slack,) = await claim(store)
    await store.write(lambda tx: tx.record_sent(slack, Receipt(), NOW))

    await store.write(lambda tx: acknowledge(tx, incident.id))

    assert await claim(store, at=NOW + timedelta(minutes=2)) == []
    assert await store.read(lambda tx: tx.next_delivery(Lane.PAGE)) is None


async def test_what_was_on_the_wire_at_the_acknowledgement_is_still_recorded(store: Store) -> None:
    incident = await paged(store)
    (on_the_wire,) = await claim(store)
    ref = MessageRef(channel="D1", ts="1")

    await store.write(lambda tx: acknowledge(tx, incident.id))

    assert await store.write(lambda tx: tx.record_sent(on_the_wire, Receipt(ref=ref), NOW + SECOND))
    assert [page.ref for page in await store.read(lambda tx: tx.sent_pages(incident.id))] == [ref]


@pytest.mark.row("F14")
async def test_a_page_that_was_cancelled_after_its_lease_had_arrived_all_the_same(store: Store) -> None:
    incident = await paged(store)
    (slow,) = await claim(store)
    await store.write(lambda tx: acknowledge(tx, incident.id))
    assert await claim(store, at=NOW + LEASE) == []
    ref = MessageRef(channel="D1", ts="1")

    assert await store.write(lambda tx: tx.record_sent(slow, Receipt(ref=ref), NOW + LEASE))

    assert [page.ref for page in await store.read(lambda tx: tx.sent_pages(incident.id))] == [ref]
    assert await claim(store, at=NOW + 2 * LEASE) == []


async def test_a_claim_cancels_what_is_not_wanted_any_more(store: Store) -> None:
    incident = await paged(store)
    (page,) = await claim(store)
    await store.write(lambda tx: tx.record_retry(page, "dns", unknown=True, again_at=AGAIN, now=NOW))
    await store.write(lambda tx: acknowledge(tx, incident.id))

    assert await claim(store, at=AGAIN) == []
    unacknowledge = c.Unacknowledge(by=actor("ann"), via=Via.CARD)
    await store.write(lambda tx: obey(tx, incident.id, unacknowledge, AGAIN))
    assert await claim(store, at=AGAIN + SECOND) == []


async def test_declining_revokes_only_ones_own_pages(store: Store) -> None:
    incident = await paged(store)
    by_hand = c.PagePeople(by=actor("ann"), via=Via.COMMAND, people=(BOB, CLEO))
    await store.write(lambda tx: obey(tx, incident.id, by_hand))
    current = await store.read(lambda tx: tx.incident(incident.id))
    assert current is not None
    decline = c.Decline(by=actor("ann"), via=Via.PAGE, person=BOB.id, epoch=current.epoch)

    await store.write(lambda tx: obey(tx, incident.id, decline))

    people = {c.effect.person for c in await claim(store) if isinstance(c.effect, PagePerson)}
    assert people == {"ann", "bob", "cleo"}  # Bob was asked by hand, outside the ladder that he declined


async def test_pages_of_one_incident_wait_for_nothing(store: Store) -> None:
    incident = await paged(store)
    (first,) = await claim(store)
    await store.write(lambda tx: tx.record_retry(first, "dns", unknown=False, again_at=AGAIN, now=NOW))
    await store.write(lambda tx: climb(tx, NOW + timedelta(minutes=5)))

    found = await claim(store, at=NOW + timedelta(minutes=5))

    assert len(found) == 3
    assert {each.incident for each in found} == {incident.id}


async def test_the_next_contact_method_can_be_made_due_now(store: Store) -> None:
    await paged(store)
    (slack,) = await claim(store)

    assert await store.write(lambda tx: tx.hasten_method(slack, NOW))
    (email,) = await claim(store)
    assert await store.write(lambda tx: tx.hasten_method(slack, NOW))
    await store.write(lambda tx: tx.record_rejected(email, "550", NOW))

    assert methods([email]) == [MethodKind.EMAIL]
    assert not await store.write(lambda tx: tx.hasten_method(slack, NOW))
    assert not await store.write(lambda tx: tx.hasten_method(email, NOW))


async def test_pages_are_left_while_one_of_the_rung_arrived_or_still_can(store: Store) -> None:
    await paged(store)
    (slack,) = await claim(store)

    assert await store.write(lambda tx: tx.pages_left(slack, NOW))
    await store.write(lambda tx: tx.record_rejected(slack, "user_not_found", NOW))
    (email,) = await claim(store, at=NOW + timedelta(minutes=1))
    assert not await store.write(lambda tx: tx.pages_left(email, NOW))
    await store.write(lambda tx: tx.record_sent(email, Receipt(), NOW))

    assert await store.write(lambda tx: tx.pages_left(slack, NOW))


async def test_a_dead_letter_is_told_revived_and_dropped(store: Store) -> None:
    incident = await paged(store)
    (page,) = await claim(store)

    await store.write(lambda tx: tx.record_rejected(page, "user_not_found", NOW))

    (dead,) = await store.read(lambda tx: tx.dead_letters())
    assert (dead.incident, dead.kind, dead.key) == (incident.key, "page_person", page.effect.key)
    assert (dead.reason, dead.attempts, dead.at) == ("user_not_found", 1, NOW)
    assert await store.write(lambda tx: tx.revive([dead.id], NOW + SECOND)) == 1
    (again,) = await claim(store, at=NOW + SECOND)
    assert (again.id, again.failures, again.attempt) == (page.id, 0, 2)
    await store.write(lambda tx: tx.record_rejected(again, "user_not_found", NOW))
    assert await store.write(lambda tx: tx.drop([])) == 1
    assert await store.read(lambda tx: tx.dead_letters()) == []
    assert await store.write(lambda tx: tx.revive([], NOW)) == 0


async def test_nothing_is_told_of_an_incident_in_doubt_until_somebody_confirms_it(store: Store) -> None:
    doubted, fine = await paged(store), await paged(store)
    now = await store.read(lambda tx: tx.incident(doubted.id))
    assert now is not None
    unsure = replace(now, unconfirmed=now.version, version=now.version + 1)
    await store.write(lambda tx: tx.save([Decision(incident=unsure)], NOW))

    assert [page.incident for page in await claim(store)] == [fine.id]
    later = NOW + PATIENCE
    assert await claim(store, at=later - SECOND, lease=timedelta(hours=1)) == []
    sure = replace(unsure, unconfirmed=None, version=unsure.version + 1)
    await store.write(lambda tx: tx.save([Decision(incident=sure)], NOW))
    assert doubted.id in [page.incident for page in await claim(store, at=later)]


async def test_one_dead_letter_is_revived_or_dropped_and_the_others_stay(store: Store) -> None:
    for _ in range(3):
        await paged(store)
    for page in await claim(store):
        await store.write(lambda tx, page=page: tx.record_rejected(page, "gone", NOW))  # type: ignore[misc]  # bound now
    one, other, last = await store.read(lambda tx: tx.dead_letters())

    revived = await store.write(lambda tx: tx.revive([one.id], NOW))
    dropped = await store.write(lambda tx: tx.drop([other.id]))

    assert (revived, dropped) == (1, 1)
    assert [letter.id for letter in await store.read(lambda tx: tx.dead_letters())] == [last.id]
    assert [each.id for each in await claim(store)] == [one.id]
    assert await store.write(lambda tx: tx.revive([], NOW)) == 1


async def test_the_backlog_counts_what_waits_and_how_long(store: Store) -> None:
    await paged(store)

    found = await store.read(lambda tx: tx.backlog(NOW + SECOND))

    assert found[Lane.PAGE] == (1, 1.0)
    assert found[Lane.CHAT] == (1, 1.0)
    assert found[Lane.TRACKER] == (0, 0.0)


async def test_the_next_delivery_of_a_lane_is_told(store: Store) -> None:
    assert await store.read(lambda tx: tx.next_delivery(Lane.PAGE)) is None
    await paged(store)

    assert await store.read(lambda tx: tx.next_delivery(Lane.PAGE)) == NOW
    assert await store.read(lambda tx: tx.next_delivery(Lane.TRACKER)) == NOW + 2 * SECOND
    await claim(store)
    assert await store.read(lambda tx: tx.next_delivery(Lane.PAGE)) == NOW + LEASE
