"""The outbox's books: what waits and since when, and what a row remembers of how it was tried."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain import commands as c
from bot.domain.alert import MessageRef
from bot.domain.decision import Decision
from bot.domain.effects import Announce, Lane, PagePerson, PostThread, PublishHome, RefreshCard
from bot.domain.ids import LadderId, ScheduleId
from bot.domain.ladder import Ladder, ScheduleTarget
from bot.ports import Claim, Delivery, Receipt, Store
from tests.examples import MINUTE, NOW, PAYMENTS, rung, to
from tests.store.stories import LEASE, SECOND, acknowledge, claim, climb, declare, note, obey, paged
from tests.store.test_undo import undone

AGAIN = NOW + 10 * SECOND
HOME = PublishHome(key="home:U1", user="U1")


async def pages(store: Store) -> list[Delivery]:
    """Of the newest incident, in the order of the decisions."""
    incident = (await store.read(lambda tx: tx.open_incidents()))[0]
    found = await store.read(lambda tx: tx.deliveries(incident.id))
    return [each for each in found if each.lane is Lane.PAGE]


async def retried(store: Store, mine: Claim, *, unknown: bool = False) -> None:
    written = await store.write(
        lambda tx: tx.record_retry(mine, "dns", unknown=unknown, again_at=AGAIN, now=NOW, doubted_at=NOW)
    )
    assert written


async def wish(store: Store) -> None:
    await store.write(lambda tx: tx.enqueue([HOME], NOW))


# what waits


async def test_what_is_due_this_moment_waits_and_what_is_due_later_does_not(store: Store) -> None:
    await paged(store)

    assert (await store.read(lambda tx: tx.backlog(NOW)))[Lane.PAGE] == (1, 0.0)
    assert (await store.read(lambda tx: tx.backlog(NOW + MINUTE)))[Lane.PAGE] == (2, 60.0)


async def test_what_was_tried_waits_since_the_first_attempt_though_it_is_due_later(store: Store) -> None:
    await paged(store)
    (page,) = await claim(store, at=NOW + SECOND)
    await retried(store, page)

    assert (await store.read(lambda tx: tx.backlog(NOW + 3 * SECOND)))[Lane.PAGE] == (1, 2.0)


@pytest.mark.parametrize("end", ["sent", "rejected", "cancelled"])
async def test_what_is_over_does_not_wait(store: Store, end: str) -> None:
    incident = await paged(store)
    (page,) = await claim(store)
    if end == "sent":
        await store.write(lambda tx: tx.record_sent(page, Receipt(), NOW))
    elif end == "rejected":
        await store.write(lambda tx: tx.record_rejected(page, "gone", NOW))
    else:
        await store.write(lambda tx: tx.release([page], NOW))
        await store.write(lambda tx: acknowledge(tx, incident.id))

    assert (await store.read(lambda tx: tx.backlog(NOW + SECOND)))[Lane.PAGE] == (0, 0.0)


# what a row remembers


async def test_the_trail_knows_when_what_failed_is_tried_again(store: Store) -> None:
    await paged(store)
    (page,) = await claim(store)
    await retried(store, page, unknown=True)

    slack, _ = await pages(store)

    assert (slack.state, slack.due_at, slack.reason) == ("unknown", AGAIN, "dns")


async def test_what_was_given_back_is_due_from_then_on(store: Store) -> None:
    await paged(store)
    taken = await claim(store, at=NOW + SECOND)

    await store.write(lambda tx: tx.release(taken, NOW + 3 * SECOND))

    slack, _ = await pages(store)
    assert (slack.state, slack.due_at) == ("pending", NOW + 3 * SECOND)
    assert await claim(store, at=NOW + 2 * SECOND) == []
    assert len(await claim(store, at=NOW + 3 * SECOND)) == 1


async def test_what_was_given_back_can_be_cancelled_as_if_it_had_never_been_taken(store: Store) -> None:
    incident = await paged(store)
    taken = await claim(store)
    await store.write(lambda tx: tx.release(taken, NOW))
    await store.write(lambda tx: acknowledge(tx, incident.id))

    assert not await store.write(lambda tx: tx.record_sent(taken[0], Receipt(), NOW))

    assert [each.state for each in await pages(store)] == ["cancelled", "cancelled"]


@pytest.mark.parametrize("one", [True, False])
async def test_a_revived_page_is_due_from_then_on_and_was_never_over(store: Store, *, one: bool) -> None:
    await paged(store)
    (page,) = await claim(store)
    await store.write(lambda tx: tx.record_rejected(page, "gone", NOW))
    (dead,) = await store.read(lambda tx: tx.dead_letters())

    assert await store.write(lambda tx: tx.revive([dead.id] if one else [], AGAIN)) == 1

    slack, _ = await pages(store)
    assert (slack.state, slack.due_at, slack.done_at) == ("pending", AGAIN, None)
    assert await claim(store, at=AGAIN - SECOND) == []
    (again,) = await claim(store, at=AGAIN)
    assert (again.id, again.failures) == (page.id, 0)


async def test_only_the_dead_are_revived_or_dropped_by_name(store: Store) -> None:
    await paged(store)
    (page,) = await claim(store)
    await store.write(lambda tx: tx.record_sent(page, Receipt(), NOW))

    assert await store.write(lambda tx: tx.revive([page.id], NOW)) == 0
    assert await store.write(lambda tx: tx.drop([page.id])) == 0
    assert await store.write(lambda tx: tx.drop([])) == 0

    assert [each.state for each in await pages(store)] == ["sent", "pending"]


async def test_what_got_through_in_the_end_has_no_doubts_or_failures_left(store: Store) -> None:
    await wish(store)
    (first,) = await claim(store, Lane.CHAT)
    await retried(store, first, unknown=True)
    (second,) = await claim(store, Lane.CHAT, at=AGAIN)
    assert (second.uncertain, second.failures, second.doubted_at) == (True, 1, NOW)
    await wish(store)
    await store.write(lambda tx: tx.record_sent(second, Receipt(), AGAIN))

    (third,) = await claim(store, Lane.CHAT, at=AGAIN)

    assert (third.id, third.uncertain, third.failures, third.doubted_at) == (first.id, False, 0, None)
    assert (third.attempt, third.since) == (1, AGAIN)


async def test_a_wish_that_was_refused_while_it_was_renewed_remembers_the_failure(store: Store) -> None:
    await wish(store)
    (first,) = await claim(store, Lane.CHAT)
    await wish(store)
    await store.write(lambda tx: tx.record_rejected(first, "invalid_blocks", NOW))

    (second,) = await claim(store, Lane.CHAT)

    assert (second.failures, second.attempt) == (1, 2)


async def test_a_message_that_stands_is_known_though_the_next_receipt_names_none(store: Store) -> None:
    incident = await paged(store)
    ref = MessageRef(channel="D1", ts="1")
    (page,) = await claim(store)
    await store.write(lambda tx: tx.record_sent(page, Receipt(ref=ref, provider_id="p"), NOW))

    (stands,) = await store.read(lambda tx: tx.sent_pages(incident.id))

    assert stands.ref == ref
    slack, _ = await pages(store)
    assert (slack.state, slack.provider_id, slack.done_at) == ("sent", "p", NOW)


async def test_an_undone_cancellation_leaves_no_reason_and_no_end(store: Store) -> None:
    incident = await paged(store)
    at = NOW + 5 * SECOND
    await store.write(lambda tx: acknowledge(tx, incident.id, at))
    cancelled = await pages(store)

    await undone(store, incident)

    assert [(each.state, each.done_at) for each in cancelled] == [("cancelled", at)] * 2
    assert all(each.reason for each in cancelled)
    restored = await pages(store)
    assert [(each.state, each.done_at, each.reason) for each in restored] == [("pending", None, "")] * 2
    assert [each.due_at for each in restored] == [NOW, NOW + MINUTE]


# who waits for whom


async def test_a_card_that_backs_off_holds_up_its_thread(store: Store) -> None:
    incident = await store.write(declare)
    (card,) = await claim(store, Lane.CHAT)
    assert isinstance(card.effect, RefreshCard)
    await store.write(lambda tx: obey(tx, incident.id, c.CardPosted(card=MessageRef(channel="C1", ts="1"))))
    await store.write(lambda tx: obey(tx, incident.id, note()))
    long = NOW + MINUTE
    await store.write(lambda tx: tx.record_retry(card, "429", unknown=False, again_at=long, now=NOW))

    assert await claim(store, Lane.CHAT, at=long - SECOND) == []
    (first,) = await claim(store, Lane.CHAT, at=long)
    assert isinstance(first.effect, RefreshCard)
    await store.write(lambda tx: tx.record_sent(first, Receipt(), long))
    assert any(isinstance(each.effect, PostThread) for each in await claim(store, Lane.CHAT, at=long))


async def test_an_announcement_reaches_nobody(store: Store) -> None:
    """What is said loudly in the channel because nobody is on call is no page that is waited for."""
    targets = (to("ann"), ScheduleTarget(schedule=ScheduleId("gone")))
    ladder = Ladder(id=LadderId("loud"), rungs=(rung(*targets), rung(to("bob"))))
    await store.write(lambda tx: declare(tx, service=replace(PAYMENTS, ladder=ladder)))
    await store.write(climb)
    taken = await claim(store, at=NOW + MINUTE)
    assert any(isinstance(each.effect, Announce) for each in taken)
    hers = [each for each in taken if isinstance(each.effect, PagePerson)]
    assert len(hers) == 2

    for each in hers:
        await store.write(lambda tx, each=each: tx.record_rejected(each, "gone", NOW))  # type: ignore[misc]  # bound now

    assert not await store.write(lambda tx: tx.pages_left(hers[0], NOW))


async def test_a_lease_that_ended_is_in_doubt_from_its_end_though_nobody_looked_for_long(
    store: Store,
) -> None:
    await paged(store)
    (first,) = await claim(store)

    (second,) = await claim(store, at=NOW + timedelta(seconds=59))

    assert (second.id, second.doubted_at, second.since) == (first.id, NOW + LEASE, NOW)


async def test_a_wish_that_was_refused_and_is_renewed_begins_anew(store: Store) -> None:
    await wish(store)
    (first,) = await claim(store, Lane.CHAT)
    await retried(store, first)
    (second,) = await claim(store, Lane.CHAT, at=AGAIN)
    await store.write(lambda tx: tx.record_rejected(second, "invalid_blocks", AGAIN))
    await store.write(lambda tx: tx.enqueue([HOME], AGAIN))

    (third,) = await claim(store, Lane.CHAT, at=AGAIN)

    assert (third.id, third.attempt, third.failures, third.since) == (first.id, 1, 0, AGAIN)


async def test_those_who_carry_learn_what_was_written_and_when_it_is_due(store: Store) -> None:
    await store.write(declare)
    first = dict(store.news())
    await store.write(climb)
    second = dict(store.news())

    assert (first[Lane.CHAT], first[Lane.TRACKER]) == (NOW, NOW + 2 * SECOND)
    assert second[Lane.PAGE] == NOW


async def test_what_is_not_told_while_an_incident_is_in_doubt_is_not_asked_for_all_the_time(
    store: Store,
) -> None:
    await paged(store)
    (incident,) = await store.read(lambda tx: tx.open_incidents())
    unsure = replace(incident, unconfirmed=incident.version, version=incident.version + 1)
    await store.write(lambda tx: tx.save([Decision(incident=unsure)], NOW))

    assert await claim(store) == []

    assert await store.read(lambda tx: tx.next_delivery(Lane.PAGE)) == NOW + 10 * SECOND
