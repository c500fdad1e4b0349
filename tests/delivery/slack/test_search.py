import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest

from bot.clock import ShiftedClock
from bot.delivery.slack.client import SlackClient
from bot.delivery.slack.search import EVENT_TYPE, Found, Place, Searches
from bot.errors import DeliveryError
from bot.sandbox.slack.faults import Fault, FaultKind
from bot.sandbox.slack.server import SlackServer
from tests.delivery.effects import CHANNEL

HISTORY = "conversations.history"
PLACE = Place(channel=CHANNEL)


@pytest.fixture
def searches(client: SlackClient) -> Searches:
    return Searches(client)


async def say(client: SlackClient, *keys: str) -> None:
    for key in keys:
        metadata = {"event_type": EVENT_TYPE, "event_payload": {"key": key}}
        await client.write("chat.postMessage", {"channel": CHANNEL, "text": key, "metadata": metadata})


async def ask(searches: Searches, clock: ShiftedClock, keys: Sequence[str]) -> list[Found | None]:
    since = clock.now() - timedelta(minutes=5)
    return await asyncio.gather(*(searches.find(PLACE, key, since) for key in keys))


async def test_whoever_asks_at_the_same_moment_shares_one_reading(
    searches: Searches, slack: SlackServer, client: SlackClient, clock: ShiftedClock
) -> None:
    await say(client, "a", "b", "c")

    found = await ask(searches, clock, ["a", "lost", "c", *(f"other{number}" for number in range(60))])

    assert [each[1]["key"] if each else None for each in found[:3]] == ["a", None, "c"]
    assert found[3:] == [None] * 60
    assert len(slack.journal.calls(HISTORY)) <= 2


async def test_a_reading_that_began_before_the_question_does_not_answer_it(
    searches: Searches, slack: SlackServer, client: SlackClient, clock: ShiftedClock
) -> None:
    slack.faults.add(Fault(kind=FaultKind.HANG, method=HISTORY, seconds=0.2, times=1))
    async with asyncio.TaskGroup() as group:
        early = group.create_task(ask(searches, clock, ["late"]))
        await slack.until(lambda: bool(slack.journal.calls(HISTORY)))
        await say(client, "late")
        late = group.create_task(ask(searches, clock, ["late"]))

    assert early.result() == [None]
    assert late.result()[0] is not None


async def test_one_who_stops_reading_stops_nobody_else(
    searches: Searches, slack: SlackServer, client: SlackClient, clock: ShiftedClock
) -> None:
    await say(client, "a")
    slack.faults.add(Fault(kind=FaultKind.HANG, method=HISTORY, seconds=0.2, times=1))
    slack.faults.add(Fault(kind=FaultKind.HANG, method=HISTORY, times=1))
    async with asyncio.TaskGroup() as group:
        group.create_task(ask(searches, clock, ["x"]))
        await slack.until(lambda: len(slack.journal.calls(HISTORY)) == 1)
        reader = group.create_task(ask(searches, clock, ["y"]))
        other = group.create_task(ask(searches, clock, ["a"]))
        await slack.until(lambda: len(slack.journal.calls(HISTORY)) == 2)
        reader.cancel()

    assert other.result()[0] is not None


async def test_a_reading_that_fails_fails_for_all_who_waited_for_it_and_the_next_one_is_made(
    searches: Searches, slack: SlackServer, client: SlackClient, clock: ShiftedClock
) -> None:
    await say(client, "a")
    slack.faults.add(Fault(kind=FaultKind.ERROR, method=HISTORY, error="internal_error", times=2))

    answers = await asyncio.gather(
        *(ask(searches, clock, [key]) for key in ("first", "a", "b")), return_exceptions=True
    )

    assert all(isinstance(answer, DeliveryError) for answer in answers)
    assert len(slack.journal.calls(HISTORY)) == 2
    assert (await ask(searches, clock, ["a"]))[0] is not None
