"""Standing wishes have one row for ever; rows of one incident go in order."""

from datetime import timedelta

from bot.domain import commands as c
from bot.domain.alert import MessageRef
from bot.domain.effects import (
    CommentTicket,
    Lane,
    MoveTicket,
    OpenTicket,
    PostThread,
    PublishHome,
    RefreshCard,
)
from bot.domain.incident import Incident
from bot.ports import Claim, Receipt, Store
from tests.examples import NOW
from tests.store.stories import LEASE, SECOND, acknowledge, claim, declare, note, obey

WINDOW = timedelta(seconds=3)
HOME = PublishHome(key="home:U1", user="U1")


async def wish(store: Store) -> None:
    await store.write(lambda tx: tx.enqueue([HOME], NOW))


async def sent(store: Store, item: Claim) -> bool:
    return await store.write(lambda tx: tx.record_sent(item, Receipt(), NOW))


async def post(store: Store, incident: Incident) -> None:
    """The card stands in the channel."""
    posted = c.CardPosted(card=MessageRef(channel="C1", ts="1.1"))
    await store.write(lambda tx: obey(tx, incident.id, posted))


async def opened(store: Store) -> Incident:
    return await store.write(declare)


async def test_a_wish_that_waits_is_renewed_and_not_doubled(store: Store) -> None:
    await wish(store)
    await wish(store)

    (home,) = await claim(store, Lane.CHAT)

    assert home.revision == 2
    assert await sent(store, home)
    assert await claim(store, Lane.CHAT) == []


async def test_a_wish_that_was_fulfilled_is_due_again_when_it_is_renewed(store: Store) -> None:
    await wish(store)
    (first,) = await claim(store, Lane.CHAT)
    await sent(store, first)

    await wish(store)
    (second,) = await claim(store, Lane.CHAT)

    assert second.id == first.id
    assert (second.attempt, second.revision, second.uncertain) == (1, 2, False)


async def test_a_wish_that_was_found_fulfilled_is_carried_once_more_for_it_may_show_the_past(
    store: Store,
) -> None:
    await wish(store)
    (first,) = await claim(store, Lane.CHAT)

    await store.write(lambda tx: tx.record_sent(first, Receipt(outdated=True), NOW))
    (second,) = await claim(store, Lane.CHAT)

    assert (second.attempt, second.uncertain) == (1, False)
    assert await sent(store, second)
    assert await claim(store, Lane.CHAT) == []


async def test_a_wish_renewed_while_it_is_carried_is_carried_again_afterwards(store: Store) -> None:
    await wish(store)
    (first,) = await claim(store, Lane.CHAT)

    await wish(store)
    assert await claim(store, Lane.CHAT) == []
    assert await sent(store, first)
    (second,) = await claim(store, Lane.CHAT)

    assert (second.attempt, second.revision, second.uncertain) == (1, 2, False)
    assert await sent(store, second)
    assert await claim(store, Lane.CHAT) == []


async def test_a_wish_refused_while_it_was_renewed_is_tried_for_itself(store: Store) -> None:
    await wish(store)
    (first,) = await claim(store, Lane.CHAT)
    await wish(store)

    assert await store.write(lambda tx: tx.record_rejected(first, "invalid_blocks", NOW))

    assert await store.read(lambda tx: tx.dead_letters()) == []
    assert len(await claim(store, Lane.CHAT)) == 1


async def test_a_renewal_does_not_cut_short_the_wait_after_a_failure(store: Store) -> None:
    await wish(store)
    (first,) = await claim(store, Lane.CHAT)
    again_at = NOW + timedelta(seconds=30)
    await store.write(lambda tx: tx.record_retry(first, "429", unknown=True, again_at=again_at, now=NOW))

    await wish(store)

    assert await claim(store, Lane.CHAT, at=again_at - SECOND) == []
    (second,) = await claim(store, Lane.CHAT, at=again_at)
    assert (second.revision, second.uncertain, second.attempt) == (2, True, 2)


async def test_a_dead_wish_comes_to_life_when_it_is_renewed(store: Store) -> None:
    await wish(store)
    (first,) = await claim(store, Lane.CHAT)
    await store.write(lambda tx: tx.record_rejected(first, "channel_not_found", NOW))

    await wish(store)

    assert await store.read(lambda tx: tx.dead_letters()) == []
    assert len(await claim(store, Lane.CHAT)) == 1


async def test_the_thread_waits_for_the_card(store: Store) -> None:
    incident = await opened(store)
    later = NOW + WINDOW

    (card,) = await claim(store, Lane.CHAT, at=later)
    await post(store, incident)
    assert await claim(store, Lane.CHAT, at=later + WINDOW) == []
    await sent(store, card)
    (thread,) = await claim(store, Lane.CHAT, at=later)

    assert isinstance(card.effect, RefreshCard)
    assert isinstance(thread.effect, PostThread)


async def test_the_thread_that_still_collects_does_not_hold_up_the_card(store: Store) -> None:
    incident = await opened(store)
    (card,) = await claim(store, Lane.CHAT)
    await sent(store, card)
    moved = c.TicketMoved(status="Done")

    await store.write(lambda tx: obey(tx, incident.id, moved, NOW + SECOND))

    (again,) = await claim(store, Lane.CHAT, at=NOW + SECOND)
    assert isinstance(again.effect, RefreshCard)


async def test_entries_of_a_busy_incident_do_not_put_off_the_thread_for_ever(store: Store) -> None:
    incident = await opened(store)
    (card,) = await claim(store, Lane.CHAT)
    await sent(store, card)
    await post(store, incident)

    for seconds in (1, 2):
        at = NOW + seconds * SECOND
        await store.write(lambda tx, at=at: obey(tx, incident.id, note(), at))  # type: ignore[misc]  # bound now

    (thread,) = await claim(store, Lane.CHAT, at=NOW + WINDOW)
    assert isinstance(thread.effect, PostThread)


async def test_ticket_work_of_one_incident_goes_in_order(store: Store) -> None:
    incident = await opened(store)
    later = NOW + timedelta(seconds=2)
    key = c.TicketOpened(key="OPS-1", url="https://jira.example/OPS-1")
    await store.write(lambda tx: obey(tx, incident.id, note()))
    await store.write(lambda tx: acknowledge(tx, incident.id))
    assert await claim(store, Lane.TRACKER) == []

    (ticket,) = await claim(store, Lane.TRACKER, at=later)
    assert await claim(store, Lane.TRACKER, at=later) == []
    await sent(store, ticket)
    await store.write(lambda tx: obey(tx, incident.id, key))
    (comment,) = await claim(store, Lane.TRACKER, at=later)
    await sent(store, comment)
    (move,) = await claim(store, Lane.TRACKER, at=later)

    assert [type(each.effect) for each in (ticket, comment, move)] == [OpenTicket, CommentTicket, MoveTicket]


async def test_a_dead_letter_holds_nobody_up(store: Store) -> None:
    incident = await opened(store)
    later = NOW + WINDOW
    (ticket,) = await claim(store, Lane.TRACKER, at=later)
    await sent(store, ticket)
    key = c.TicketOpened(key="OPS-1", url="https://jira.example/OPS-1")
    for command in (key, note("one"), note("two")):
        await store.write(lambda tx, command=command: obey(tx, incident.id, command))  # type: ignore[misc]  # bound now
    (first,) = await claim(store, Lane.TRACKER, at=later)

    await store.write(lambda tx: tx.record_rejected(first, "archived", NOW))

    (second,) = await claim(store, Lane.TRACKER, at=later)
    assert [each.effect.key for each in (first, second)] == [
        f"comment:{incident.id}:3",
        f"comment:{incident.id}:4",
    ]


async def test_what_hangs_in_one_incident_holds_no_other_up(store: Store) -> None:
    one = await opened(store)
    (stuck,) = await claim(store, Lane.CHAT)
    other = await opened(store)

    (free,) = await claim(store, Lane.CHAT)

    assert (stuck.incident, free.incident) == (one.id, other.id)


async def test_what_is_blocked_is_not_the_next_delivery(store: Store) -> None:
    await opened(store)
    await claim(store, Lane.CHAT, at=NOW + WINDOW)

    assert await store.read(lambda tx: tx.next_delivery(Lane.CHAT)) == NOW + WINDOW + LEASE
