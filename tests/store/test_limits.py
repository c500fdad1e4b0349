"""Limits on a real database: people are protected, and no page is lost by it."""

import random
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import pairwise

import pytest

from bot import failpoints
from bot.domain import commands as c
from bot.domain.alert import MessageRef, Severity
from bot.domain.configuration import Configuration
from bot.domain.effects import Lane, PagePerson, RefreshPages
from bot.domain.ids import IncidentId, PersonId
from bot.domain.incident import Via
from bot.domain.people import Limit, MethodKind
from bot.errors import DeliveryError, Outcome
from bot.failpoints import Injected, Point
from bot.metrics import Metrics
from bot.ports import Claim, Job, Receipt, Store, Tx
from bot.store.limits import TOGETHER
from bot.workers.crowd import Crowd
from bot.workers.dispatcher import Dispatcher
from bot.workers.ledger import Ledger
from bot.workers.settlement import Settlement
from tests.examples import ANN, MINUTE, NOW, PAYMENTS, ROSTER, actor
from tests.store.stories import LEASE, SECOND, acknowledge, climb, declare, obey
from tests.store.world import SetClock

ONE_A_MINUTE = (Limit(count=1, span=MINUTE),)


def by_slack(person: PersonId, way: MethodKind) -> Sequence[Limit]:
    return ONE_A_MINUTE if person == "ann" and way is MethodKind.SLACK else ()


async def take(store: Store, at: datetime, *, limit: int = 100) -> list[Claim]:
    """What goes to Ann by Slack; everything else arrives."""
    taken = await store.write(lambda tx: tx.claim(Lane.PAGE, at, 7.0, limit, LEASE, by_slack), page=True)
    await deliver(store, [each for each in taken if not is_hers(each)], at)
    return [each for each in taken if is_hers(each)]


def is_hers(claim: Claim) -> bool:
    page = claim.effect
    return isinstance(page, PagePerson) and page.person == "ann" and page.method is MethodKind.SLACK


async def deliver(store: Store, claims: Sequence[Claim], at: datetime) -> None:
    for claim in claims:
        ref = MessageRef(channel="D1", ts=f"{at.timestamp():.6f}{claim.id}")
        sent = [(each, Receipt(ref=ref)) for each in claim.all]
        await store.write(partial(_record, sent=sent, at=at), page=True)


def _record(tx: Tx, sent: Sequence[tuple[Claim, Receipt]], at: datetime) -> None:
    assert all(tx.record_all_sent(sent, at))


async def unsent(store: Store, claim: Claim, at: datetime) -> None:
    await store.write(lambda tx: tx.unsent(claim, at), page=True)


async def incidents(store: Store, count: int) -> list[IncidentId]:
    """So many, of each of which Ann knows, and whose ladder has come round to her again."""
    opened = [await store.write(declare) for _ in range(count)]
    await store.write(climb)
    first = await take(store, NOW)
    assert len(first) == count
    assert all(len(each.all) == 1 for each in first), "the first page of an incident is never limited"
    await deliver(store, first, NOW)
    await store.write(lambda tx: climb(tx, NOW + 5 * MINUTE))
    await take(store, AGAIN - SECOND)
    await store.write(lambda tx: climb(tx, AGAIN))
    return [each.id for each in opened]


AGAIN = NOW + 15 * MINUTE
"""When the second round begins."""


async def test_what_would_be_too_much_is_one_message(store: Store) -> None:
    await incidents(store, 4)

    (together,) = await take(store, AGAIN)

    assert len(together.all) == 4
    assert len({each.incident for each in together.all}) == 4
    assert len({each.token for each in together.all}) == 1


async def test_what_the_limit_has_room_for_is_told_by_itself(store: Store) -> None:
    await incidents(store, 4)

    def generous(person: PersonId, way: MethodKind) -> Sequence[Limit]:
        return (Limit(count=4, span=MINUTE),) if by_slack(person, way) else ()

    taken = await store.write(lambda tx: tx.claim(Lane.PAGE, AGAIN, 7.0, 100, LEASE, generous), page=True)

    assert [len(each.all) for each in taken if is_hers(each)] == [1, 1, 1, 1]


async def test_no_more_first_pages_are_taken_than_there_is_room_for(store: Store) -> None:
    for _ in range(5):
        await store.write(declare)
    await store.write(climb)

    first = await take(store, NOW, limit=2)
    second = await take(store, NOW)

    assert (len(first), len(second)) == (2, 3)


async def test_what_comes_after_a_message_waits_for_the_next_one(store: Store) -> None:
    await incidents(store, 2)
    (first,) = await take(store, AGAIN, limit=1)
    await deliver(store, [first], AGAIN)
    assert len(first.all) == 2, "whatever is due goes with it, also beyond what there is room for"
    others = await incidents_again(store, 3, AGAIN)

    assert await take(store, AGAIN + 30 * SECOND) == []
    (second,) = await take(store, AGAIN + MINUTE)

    assert {each.incident for each in second.all} == set(others)


async def incidents_again(store: Store, count: int, at: datetime) -> list[IncidentId]:
    """More of them, with a page that was sent and one that is due then."""
    opened = [await store.write(lambda tx: declare(tx, at=at - 15 * MINUTE)) for _ in range(count)]
    for minutes in (15, 10):
        await store.write(partial(climb, at=at - minutes * MINUTE))
    early = await take(store, at - 10 * MINUTE)
    await deliver(store, early, at - 10 * MINUTE)
    await store.write(lambda tx: climb(tx, at))
    return [each.id for each in opened]


async def test_what_somebody_took_meanwhile_is_not_told(store: Store) -> None:
    opened = await incidents(store, 3)
    await store.write(lambda tx: acknowledge(tx, opened[1], AGAIN))

    (together,) = await take(store, AGAIN)

    assert {each.incident for each in together.all} == {opened[0], opened[2]}


async def test_the_first_page_of_an_incident_is_not_held_up_by_others(store: Store) -> None:
    await incidents(store, 2)
    await deliver(store, await take(store, AGAIN), AGAIN)
    new = await store.write(lambda tx: declare(tx, at=AGAIN))
    await store.write(lambda tx: climb(tx, AGAIN))

    (at_once,) = await take(store, AGAIN + SECOND)

    assert (at_once.incident, at_once.also) == (new.id, ())


async def test_the_first_page_of_a_new_climb_is_not_limited_either(store: Store) -> None:
    opened = await store.write(lambda tx: declare(tx, severity=Severity.SEV2))
    await store.write(climb)
    await deliver(store, await take(store, NOW), NOW)
    soon = NOW + 10 * SECOND
    worse = c.ChangeSeverity(by=actor("bob"), via=Via.CARD, severity=Severity.SEV1)
    await store.write(lambda tx: obey(tx, opened.id, worse, soon))
    await store.write(lambda tx: climb(tx, soon))

    (again,) = [each for each in await take(store, soon) if is_hers(each)]

    assert again.incident == opened.id


async def test_who_is_not_limited_is_told_everything_at_once(store: Store) -> None:
    await incidents(store, 3)

    taken = await store.write(lambda tx: tx.claim(Lane.PAGE, AGAIN, 7.0, 100, LEASE), page=True)

    hers = [each for each in taken if is_hers(each)]
    assert [len(each.all) for each in hers] == [1, 1, 1]
    assert not any(each.asks for each in hers)


async def test_one_message_tells_so_many_and_the_rest_comes_with_the_next(store: Store) -> None:
    await incidents(store, TOGETHER + 3)

    (first,) = await take(store, AGAIN)
    await deliver(store, [first], AGAIN)
    assert await take(store, AGAIN + 59 * SECOND) == []
    (second,) = await take(store, AGAIN + MINUTE)

    assert (len(first.all), len(second.all)) == (TOGETHER, 3)


@pytest.mark.row("F83")
async def test_nothing_is_lost_or_told_too_often_however_it_ends(store: Store) -> None:
    """Each page is told once, with the limits kept, when half of the messages are lost on the way."""
    opened = await incidents(store, 7)
    told: list[tuple[datetime, list[str]]] = []
    at = AGAIN
    luck = random.Random(7)
    for _ in range(60):
        for claim in await take(store, at, limit=3):
            if claim.asks:
                await unsent(store, claim, at)
            elif luck.random() < 0.5:
                told.append((at, [each.effect.key for each in claim.all]))
                await deliver(store, [claim], at)
        at += 20 * SECOND

    keys = [key for _, keys in told for key in keys]
    assert len(keys) == len(set(keys)) == len(opened)
    times = [when for when, _ in told]
    assert all(later - earlier >= MINUTE for earlier, later in pairwise(times))


@pytest.mark.row("F83")
async def test_after_a_crash_each_page_of_a_message_is_looked_up(store: Store) -> None:
    """Whoever carried it is gone: none of them is sent before Slack was asked for it."""
    await incidents(store, 3)
    (lost,) = await take(store, AGAIN)

    again = await take(store, AGAIN + LEASE)

    assert {each.id for each in again} == {each.id for each in lost.all}
    assert all(each.asks and each.uncertain and not each.also for each in again)
    found, *rest = again
    await deliver(store, [found], AGAIN + LEASE)
    for claim in rest:
        await unsent(store, claim, AGAIN + LEASE)
    assert await take(store, AGAIN + LEASE + SECOND) == [], "the message that arrived counts"
    (together,) = await take(store, AGAIN + LEASE + MINUTE)
    assert {each.id for each in together.all} == {each.id for each in rest}
    assert not any(each.uncertain for each in together.all)


async def test_two_replicas_count_together(replicas: tuple[Store, Store]) -> None:
    one, other = replicas
    await incidents(one, 4)
    (first,) = await take(one, AGAIN, limit=1)
    await deliver(one, [first], AGAIN)
    await incidents_again(one, 2, AGAIN)

    assert await take(other, AGAIN + SECOND) == []


async def test_a_message_tells_of_the_other_incidents_that_share_it(store: Store) -> None:
    opened = await incidents(store, 2)
    (together,) = await take(store, AGAIN)
    await deliver(store, [together], AGAIN)

    sent = await store.read(lambda tx: tx.sent_pages(opened[0]))

    pages = [page for page in sent if page.effect.key.endswith("ann:slack0")]
    alone, shared = sorted(pages, key=lambda page: len(page.also))
    assert alone.also == ()
    ((effect, incident),) = shared.also
    assert isinstance(effect, PagePerson)
    assert incident.id == opened[1]
    others = await store.read(lambda tx: tx.sent_pages(opened[1]))
    assert shared.ref in {page.ref for page in others if page.also}
    found = await store.read(lambda tx: (tx.by_message(shared.ref), tx.by_message(alone.ref)))
    assert [each and each.id for each in found] == [None, opened[0]], "an answer to it names no incident"


async def test_a_refresh_that_shows_another_incident_as_it_was_before_is_made_once_more(store: Store) -> None:
    """Two incidents of one message change at once; the edit that knew less may be the last to arrive."""
    one, other = await incidents(store, 2)
    (together,) = await take(store, AGAIN)
    await deliver(store, [together], AGAIN)
    await store.write(lambda tx: acknowledge(tx, one, AGAIN))
    before = await store.read(lambda tx: tx.incidents([other]))
    (behind,) = await refreshes(store, one)
    await store.write(lambda tx: acknowledge(tx, other, AGAIN))
    (newest,) = await refreshes(store, other)
    after = await store.read(lambda tx: tx.incidents([one]))
    settlement = Settlement(Lane.CHAT, store, SetClock(AGAIN), lambda: None)

    assert await settlement.record([newest], Receipt(shown={one: after[one].version}))
    assert await settlement.record([behind], Receipt(shown={other: before[other].version}))

    assert len(await refreshes(store, one)) == 1
    assert await refreshes(store, other) == []


async def refreshes(store: Store, incident: IncidentId) -> list[Claim]:
    """Wishes to show the incident's pages as they are, ready to be carried."""
    taken = await store.write(lambda tx: tx.claim(Lane.CHAT, AGAIN + MINUTE, 7.0, 100, LEASE))
    found = [each for each in taken if isinstance(each.effect, RefreshPages)]
    await store.write(lambda tx: tx.release([each for each in taken if each not in found], AGAIN + MINUTE))
    return [each for each in found if each.incident == incident]


async def test_a_message_that_was_not_sent_is_tried_again_as_one(store: Store) -> None:
    await incidents(store, 3)
    (first,) = await take(store, AGAIN)
    for claim in first.all:
        await store.write(partial(_failed, claim=claim), page=True)

    (second,) = await take(store, AGAIN + SECOND)

    assert {each.id for each in second.all} == {each.id for each in first.all}
    assert second.attempt == 2


LIMITED = Configuration(
    roster=replace(
        ROSTER,
        people={**ROSTER.people, ANN.id: replace(ANN, limits={MethodKind.SLACK: ONE_A_MINUTE})},
    ),
    services={PAYMENTS.id: PAYMENTS},
    default_service=PAYMENTS.id,
)


class Box:
    """A provider that keeps each message with its keys and can be asked for one; `lost` are not answered."""

    def __init__(self) -> None:
        self.messages: list[set[str]] = []
        self.lost = False

    async def carry(self, job: Job) -> Receipt:
        self.messages.append({each.claim.effect.key for each in job.all})
        if self.lost:
            raise DeliveryError(Outcome.UNKNOWN, "timeout")
        return self._receipt(len(self.messages))

    async def look_up(self, job: Job) -> Receipt | None:
        key = job.claim.effect.key
        found = [number for number, keys in enumerate(self.messages, 1) if key in keys]
        return self._receipt(found[0]) if found else None

    def _receipt(self, number: int) -> Receipt:
        return Receipt(ref=MessageRef(channel="D1", ts=str(number)), provider_id=str(number))


@pytest.mark.row("F83")
@pytest.mark.parametrize(
    "point",
    [
        Point.BEFORE_CLAIM_COMMIT,
        Point.AFTER_CLAIM,
        Point.BEFORE_SEND,
        Point.AFTER_RESPONSE,
        Point.BEFORE_RECORD_COMMIT,
        Point.AFTER_RECORD_COMMIT,
        None,
    ],
)
@pytest.mark.parametrize("answered", [True, False])
async def test_a_crash_on_the_way_of_a_message_loses_and_doubles_nothing(
    store: Store, point: Point | None, *, answered: bool
) -> None:
    """Wherever a process ends, the next one finds out what was told, and tells the rest as one message."""
    await incidents(store, 3)
    box, clock = Box(), SetClock(AGAIN)

    def dispatcher() -> Dispatcher:
        return Dispatcher(
            lane=Lane.PAGE,
            store=store,
            clock=clock,
            configuration=lambda: LIMITED,
            carriers=lambda _: box,
            ledger=Ledger(store, clock, lambda: None, Metrics(), random.Random(7)),
            crowd=Crowd(clock),
        )

    box.lost = not answered
    failpoints.arm(f"{point}.page:raise" if point else "")
    with suppress(Injected):
        await dispatcher().drain()
    failpoints.arm("")
    box.lost = False
    for _ in range(10):
        clock.at += LEASE
        await dispatcher().drain()

    hers = [keys for keys in box.messages if any(key.endswith("ann:slack0") for key in keys)]
    together = sorted(key for keys in hers for key in keys)
    assert len(together) == len(set(together)) == 3, "each was told once"
    assert len(hers) == 1, "and all of them together"


def _failed(tx: Tx, claim: Claim) -> None:
    assert tx.record_retry(claim, "busy", unknown=False, again_at=AGAIN + SECOND, now=AGAIN)
