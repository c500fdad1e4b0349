"""What cards remember, and that it is said when not all of them could be seen."""

from datetime import timedelta

import pytest

from bot.clock import ShiftedClock
from bot.delivery.slack.cards import SlackCard
from bot.delivery.slack.client import SlackClient
from bot.delivery.slack.directory import SlackDirectory
from bot.delivery.slack.messages import Messages
from bot.delivery.slack.sights import SlackSights
from bot.domain.effects import RefreshCard
from tests.delivery.effects import CHANNEL, a_job, an_incident
from tests.delivery.slack.conftest import SEAL


@pytest.fixture
async def cards(messages: Messages, clock: ShiftedClock) -> None:
    """Three of them in the channel."""
    for number in range(3):
        await SlackCard(messages, SEAL, clock).carry(
            a_job(RefreshCard(key=f"card:01k{number}"), clock, an_incident())
        )


@pytest.mark.usefixtures("cards")
@pytest.mark.parametrize(("most", "seen", "complete"), [(10_000, 3, True), (3, 3, True), (2, 2, False)])
async def test_a_channel_with_more_messages_than_are_looked_at_is_not_known_whole(
    client: SlackClient,
    directory: SlackDirectory,
    clock: ShiftedClock,
    most: int,
    seen: int,
    complete: bool,
) -> None:
    sights = SlackSights(client, directory, most=most)

    came = await sights.since(CHANNEL, clock.now() - timedelta(hours=1))

    assert (len(came.sights), came.complete) == (seen, complete)


async def test_a_channel_that_is_not_there_is_not_known(
    client: SlackClient, directory: SlackDirectory, clock: ShiftedClock
) -> None:
    came = await SlackSights(client, directory).since("#gone", clock.now())

    assert (list(came.sights), came.complete) == ([], False)
