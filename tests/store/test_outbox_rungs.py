"""The outbox knows pages of rungs apart: whose next way is hurried, who is left, and what a lease held."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from bot.domain import commands as c
from bot.domain.decide import decide
from bot.domain.effects import Lane, PageChannel, PagePerson, RefreshCard
from bot.domain.ids import LadderId
from bot.domain.incident import Incident, Via
from bot.domain.ladder import ChannelTarget, Ladder, Target, WebhookTarget
from bot.domain.roster import Roster
from bot.ports import Claim, Delivery, Receipt, Store, Tx
from tests.examples import ANN, MINUTE, NOW, PAYMENTS, ROSTER, actor, rung, to
from tests.store.stories import LEASE, SECOND, acknowledge, claim, climb, declare, obey, paged

AGAIN = NOW + 10 * SECOND
MAIL = ANN.methods[1]
TWICE = replace(ANN, methods=(*ANN.methods, replace(MAIL, address="late@example.com", delay=2 * MINUTE)))


async def rung_of(store: Store, *targets: Target, roster: Roster = ROSTER) -> Incident:
    """An incident whose first rung, of two, reaches these."""
    ladder = Ladder(id=LadderId("wide"), rungs=(rung(*targets), rung(to("cleo"))))

    def work(tx: Tx) -> Incident:
        incident = declare(tx, service=replace(PAYMENTS, ladder=ladder))
        assert incident.due_at is not None
        decision = decide(incident, c.RungDue(due_at=incident.due_at, roster=roster), NOW)
        tx.save([decision], NOW)
        return decision.incident

    return await store.write(work)


def names(claims: Sequence[Claim]) -> list[str]:
    """Whom they page, and by which of their ways."""
    pages = [each.effect for each in claims if isinstance(each.effect, PagePerson)]
    return sorted(f"{page.person} {page.number}" for page in pages)


def of(claims: Sequence[Claim], name: str) -> Claim:
    return next(each for each in claims if names([each]) == [name])


# the next way


async def test_only_the_next_way_of_the_same_person_is_hurried(store: Store) -> None:
    roster = replace(ROSTER, people={**ROSTER.people, ANN.id: TWICE})
    incident = await rung_of(store, to("ann"), to("bob"), roster=roster)
    await paged(store)
    pages = [each for each in await claim(store) if each.incident == incident.id]

    assert await store.write(lambda tx: tx.hasten_method(of(pages, "ann 0"), NOW + SECOND))

    assert await store.read(lambda tx: tx.next_delivery(Lane.PAGE)) == NOW + SECOND
    (mail,) = await claim(store, at=NOW + SECOND)
    assert (names([mail]), mail.incident) == (["ann 1"], incident.id)


async def test_the_way_after_the_next_one_is_not_hurried_while_the_next_is_on_the_wire(store: Store) -> None:
    roster = replace(ROSTER, people={**ROSTER.people, ANN.id: TWICE})
    await rung_of(store, to("ann"), roster=roster)
    (first,) = await claim(store)
    await store.write(lambda tx: tx.hasten_method(first, NOW))
    (second,) = await claim(store)

    assert await store.write(lambda tx: tx.hasten_method(first, NOW)), "somebody can still be reached by it"
    assert await claim(store) == []
    await store.write(lambda tx: tx.record_rejected(second, "550", NOW))
    assert await store.write(lambda tx: tx.hasten_method(second, NOW))
    assert names(await claim(store)) == ["ann 2"]


async def test_a_way_that_may_have_been_used_is_waited_for_and_not_hurried(store: Store) -> None:
    await paged(store)
    (first,) = await claim(store)
    await store.write(lambda tx: tx.hasten_method(first, NOW))
    (mail,) = await claim(store)
    await store.write(lambda tx: tx.record_retry(mail, "reset", unknown=True, again_at=AGAIN, now=NOW))

    assert await store.write(lambda tx: tx.hasten_method(first, NOW))

    assert await claim(store, at=AGAIN - SECOND) == [], "the provider gets its time before it is asked"
    (again,) = await claim(store, at=AGAIN, limit=1)
    assert (again.id, again.uncertain) == (mail.id, True)


async def test_what_is_due_before_is_not_put_off_by_being_hurried(store: Store) -> None:
    await paged(store)
    (first,) = await claim(store, lease=10 * MINUTE)

    assert await store.write(lambda tx: tx.hasten_method(first, NOW + 2 * MINUTE))

    assert names(await claim(store, at=NOW + MINUTE)) == ["ann 1"]


async def test_a_way_that_backs_off_is_hurried_too(store: Store) -> None:
    await paged(store)
    (first,) = await claim(store)
    await store.write(lambda tx: tx.hasten_method(first, NOW))
    (mail,) = await claim(store)
    await store.write(lambda tx: tx.record_retry(mail, "dns", unknown=False, again_at=AGAIN, now=NOW))

    assert await store.write(lambda tx: tx.hasten_method(first, NOW + SECOND))

    assert names(await claim(store, at=NOW + SECOND)) == ["ann 1"]


async def test_the_next_round_has_ways_of_its_own(store: Store) -> None:
    """The ladder begins again after an acknowledgement: a late failure of before hurries nothing of now."""
    incident = await paged(store)
    (first,) = await claim(store, lease=60 * MINUTE)
    await store.write(lambda tx: acknowledge(tx, incident.id))
    back = c.Unacknowledge(by=actor("ann"), via=Via.CARD)
    again = await store.write(lambda tx: obey(tx, incident.id, back))
    assert again.due_at is not None
    due = again.due_at
    await store.write(lambda tx: climb(tx, due))

    assert not await store.write(lambda tx: tx.hasten_method(first, due))
    assert not await store.write(lambda tx: tx.pages_left(first, due))

    assert names(await claim(store, at=due)) == ["ann 0"]


async def test_only_pages_to_people_have_a_next_way_and_only_pages_a_rung(store: Store) -> None:
    await rung_of(store, ChannelTarget(channel="C0ALL"), to("ann"))
    pages = await claim(store)
    loud = next(each for each in pages if isinstance(each.effect, PageChannel))
    cards = await claim(store, Lane.CHAT)
    card = next(each for each in cards if isinstance(each.effect, RefreshCard))

    assert not await store.write(lambda tx: tx.hasten_method(loud, NOW))
    assert not await store.write(lambda tx: tx.hasten_method(card, NOW))
    assert await store.write(lambda tx: tx.pages_left(loud, NOW))
    assert not await store.write(lambda tx: tx.pages_left(card, NOW))


# who is left


@pytest.mark.parametrize("other", [ChannelTarget(channel="C0ALL"), WebhookTarget(name="siren"), to("bob")])
async def test_whatever_else_the_rung_reaches_is_left(store: Store, other: Target) -> None:
    await rung_of(store, to("ann"), other)
    pages = await claim(store, at=NOW + MINUTE)
    hers = [each for each in pages if names([each])[:1] in (["ann 0"], ["ann 1"])]
    others = [each for each in pages if each not in hers]
    assert len(hers) == 2

    for each in hers:
        await store.write(lambda tx, each=each: tx.record_rejected(each, "gone", NOW))  # type: ignore[misc]  # bound now
    assert await store.write(lambda tx: tx.pages_left(hers[1], NOW))

    for each in others:
        await store.write(lambda tx, each=each: tx.record_rejected(each, "gone", NOW))  # type: ignore[misc]  # bound now
    assert not await store.write(lambda tx: tx.pages_left(hers[1], NOW))


async def test_pages_of_another_rung_or_incident_are_not_left_of_this_one(store: Store) -> None:
    await rung_of(store, to("ann"))
    mine = await claim(store, at=NOW + MINUTE, lease=60 * MINUTE)
    for each in mine:
        await store.write(lambda tx, each=each: tx.record_rejected(each, "gone", NOW))  # type: ignore[misc]  # bound now
    await store.write(lambda tx: climb(tx, NOW + 5 * MINUTE))
    await paged(store)

    assert not await store.write(lambda tx: tx.pages_left(mine[0], NOW + 5 * MINUTE))
    assert await store.write(lambda tx: climb(tx, NOW + 15 * MINUTE))
    assert not await store.write(lambda tx: tx.pages_left(mine[0], NOW + 15 * MINUTE)), (
        "the next round is another one"
    )


async def test_what_was_cancelled_is_not_left(store: Store) -> None:
    incident = await rung_of(store, to("ann"), to("bob"))
    ann = of(await claim(store), "ann 0")

    await store.write(lambda tx: acknowledge(tx, incident.id))
    await store.write(lambda tx: tx.record_rejected(ann, "gone", NOW))

    assert await store.write(lambda tx: tx.pages_left(ann, NOW)), "Bob's first page is on the wire"
    assert await claim(store, at=NOW + LEASE) == []
    assert not await store.write(lambda tx: tx.pages_left(ann, NOW)), (
        "its lease has ended, and nobody wants it"
    )


# what a lease held


async def test_what_was_cancelled_is_not_brought_back_by_a_late_failure(store: Store) -> None:
    incident = await paged(store)
    (slow,) = await claim(store)
    late = NOW + LEASE
    await store.write(lambda tx: acknowledge(tx, incident.id))
    assert await claim(store, at=late) == []

    retried = await store.write(
        lambda tx: tx.record_retry(slow, "reset", unknown=True, again_at=late, now=late)
    )
    rejected = await store.write(lambda tx: tx.record_rejected(slow, "gone", late))
    await store.write(lambda tx: tx.release([slow], late))

    assert (retried, rejected) == (True, True), "it is over, and nobody else has it"
    assert await claim(store, at=late + LEASE) == []
    assert await store.read(lambda tx: tx.dead_letters()) == []
    assert (await deliveries(store, incident))[0].state == "cancelled"


async def deliveries(store: Store, incident: Incident) -> list[Delivery]:
    found = await store.read(lambda tx: tx.deliveries(incident.id))
    return [each for each in found if each.lane is Lane.PAGE]


async def test_what_somebody_else_took_over_and_nobody_wants_is_still_not_ours(store: Store) -> None:
    incident = await paged(store)
    (slow,) = await claim(store)
    (fast,) = await claim(store, at=NOW + LEASE)
    await store.write(lambda tx: acknowledge(tx, incident.id))
    late = NOW + 2 * LEASE
    assert await claim(store, at=late) == []

    assert not await store.write(lambda tx: tx.record_sent(slow, Receipt(provider_id="slow"), late))
    assert await store.write(lambda tx: tx.record_sent(fast, Receipt(provider_id="fast"), late))

    sent = (await deliveries(store, incident))[0]
    assert (sent.state, sent.provider_id, sent.reason) == ("sent", "fast", "")
    assert [(each.number, each.outcome) for each in sent.attempts] == [(1, "fenced: sent"), (2, "sent")]


async def test_an_undone_cancellation_is_looked_up_though_its_first_carrier_comes_back_late(
    store: Store,
) -> None:
    incident = await paged(store)
    (slow,) = await claim(store)
    late = NOW + LEASE
    await store.write(lambda tx: acknowledge(tx, incident.id, late))
    assert await claim(store, at=late) == []
    await store.write(lambda tx: obey(tx, incident.id, c.Undo(by=actor("ann"), via=Via.CARD), late + SECOND))

    await store.write(lambda tx: tx.record_sent(slow, Receipt(), late + SECOND))

    (again,) = await claim(store, at=late + SECOND)
    assert (again.id, again.uncertain, again.doubted_at) == (slow.id, True, late)


async def test_each_attempt_says_in_the_trail_how_it_ended_and_only_once(store: Store) -> None:
    incident = await paged(store)
    (slow,) = await claim(store)
    (fast,) = await claim(store, at=NOW + LEASE)
    at = NOW + LEASE

    await store.write(lambda tx: tx.record_retry(slow, "a", unknown=True, again_at=at, now=at))
    await store.write(lambda tx: tx.record_retry(slow, "b", unknown=False, again_at=at, now=at))
    await store.write(lambda tx: tx.record_rejected(slow, "c", at))
    written = await store.write(lambda tx: tx.record_all_sent([(slow, Receipt()), (fast, Receipt())], at))
    await store.write(lambda tx: tx.record_sent(fast, Receipt(), at))
    (mail,) = await claim(store, at=NOW + MINUTE)
    await store.write(lambda tx: tx.record_retry(mail, "dns", unknown=False, again_at=at, now=at))
    (mail,) = await claim(store, at=NOW + MINUTE)
    await store.write(lambda tx: tx.record_rejected(mail, "550", at))

    first, second = await deliveries(store, incident)
    assert written == [False, True]
    assert sorted((each.number, each.outcome, each.reason) for each in first.attempts) == [
        (1, "fenced: not sent", "b"),
        (1, "fenced: rejected", "c"),
        (1, "fenced: sent", ""),
        (1, "fenced: unknown", "a"),
        (2, "sent", ""),
    ]
    assert [(each.number, each.outcome, each.reason) for each in second.attempts] == [
        (1, "not sent", "dns"),
        (2, "rejected", "550"),
    ]
