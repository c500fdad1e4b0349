"""Cards that wait for their turn: what comes behind them waits too, and new ones are put off untried."""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.alert import MessageRef
from bot.domain.commands import CardPosted
from bot.domain.effects import Lane, RefreshCard
from bot.domain.service import Service
from bot.errors import PACED, DeliveryError, Outcome
from bot.ports import Claim, Receipt, Store, Tx
from bot.ports.outbox import Full
from bot.workers.lines import LONG, LOOK_AGAIN, Lines
from tests.delivery.effects import a_job
from tests.examples import NOW, PAYMENTS, opened, triggered
from tests.store.stories import LEASE, SECOND, declare, obey
from tests.store.world import SetClock

AGAIN = NOW + timedelta(seconds=40)
FULL = {PAYMENTS.channel: AGAIN}
ELSEWHERE = replace(PAYMENTS, channel="C0ELSEWHERE")


async def alerted(store: Store) -> str:
    """What an alert begins: a card, and a thread behind it."""
    decision = opened()
    await store.write(lambda tx: tx.save([decision], NOW))
    return decision.incident.id


async def declared(store: Store, service: Service = PAYMENTS, at: datetime = NOW) -> str:
    return (await store.write(lambda tx: declare(tx, service=service, at=at))).id


async def claimed(
    store: Store, at: datetime = NOW, full: Full | None = None, limit: int = 100
) -> list[Claim]:
    return await store.write(lambda tx: tx.claim(Lane.CHAT, at, 7.0, limit, LEASE, None, full))


def kinds(claims: list[Claim]) -> list[tuple[str | None, str]]:
    return [(claim.incident, claim.effect.kind) for claim in claims]


async def retried(store: Store, claim: Claim) -> None:
    await store.write(lambda tx: tx.record_retry(claim, PACED, unknown=False, again_at=AGAIN, now=NOW))


async def posted(store: Store, claim: Claim) -> None:
    ref = MessageRef(channel=PAYMENTS.channel, ts="1.0")
    answer = CardPosted(card=ref, permalink=None, channel=PAYMENTS.channel)

    def work(tx: Tx) -> None:
        tx.record_sent(claim, Receipt(ref=ref), AGAIN)
        assert claim.incident is not None
        obey(tx, claim.incident, answer, AGAIN)

    await store.write(work)


async def test_what_comes_behind_a_card_that_is_tried_again_follows_as_soon_as_that_is_posted(
    store: Store,
) -> None:
    its_id = await alerted(store)
    (card,) = await claimed(store)
    await retried(store, card)

    assert await claimed(store, AGAIN - SECOND) == []
    (again,) = await claimed(store, AGAIN)
    await posted(store, again)
    assert kinds([card]) == [(its_id, "refresh_card")]
    assert kinds(await claimed(store, AGAIN)) == [(its_id, "post_thread")]


async def test_a_new_card_of_a_full_channel_comes_back_later_untried_with_its_thread(store: Store) -> None:
    its_id = await alerted(store)

    assert await claimed(store, full=FULL) == []
    assert await claimed(store, AGAIN - SECOND) == []
    (card,) = await claimed(store, AGAIN)
    assert (kinds([card]), card.attempt, card.uncertain) == ([(its_id, "refresh_card")], 1, False)
    await posted(store, card)
    assert kinds(await claimed(store, AGAIN)) == [(its_id, "post_thread")]


async def test_a_card_that_was_tried_has_its_turn_in_a_full_channel(store: Store) -> None:
    its_id = await alerted(store)
    (card,) = await claimed(store)
    await retried(store, card)

    assert kinds(await claimed(store, AGAIN, full=FULL)) == [(its_id, "refresh_card")]


async def test_many_cards_of_a_full_channel_keep_nobody_elses_waiting(store: Store) -> None:
    for _ in range(8):
        await declared(store)
    other = await declared(store, ELSEWHERE, NOW + SECOND)

    assert kinds(await claimed(store, NOW + SECOND, full=FULL, limit=2)) == [(other, "refresh_card")]


def learned(
    lines: Lines, clock: SetClock, wait: timedelta, reason: str = PACED, posted: bool = False
) -> None:
    card = MessageRef(channel="C0INCIDENTS", ts="1.0") if posted else None
    incident = replace(triggered(), card=card)
    job = a_job(RefreshCard(key="card:1"), clock, incident)
    lines.learned(job, DeliveryError(Outcome.NOT_SENT, reason, retry_after=wait))


def test_a_channel_is_full_for_a_while_once_a_card_has_to_wait_for_long_there() -> None:
    clock = SetClock(NOW)
    lines = Lines(clock)

    learned(lines, clock, LONG - SECOND)
    learned(lines, clock, LONG, reason="ratelimited")
    learned(lines, clock, LONG, posted=True)
    assert lines.full == {}

    learned(lines, clock, LONG)
    assert lines.full == {PAYMENTS.channel: clock.now() + LONG}
    clock.at += timedelta(seconds=LOOK_AGAIN)
    assert lines.full == {}
