"""A process that stood still between its last question to the clock and the writing sends nothing."""

import asyncio

import pytest

from bot.clock import ShiftedClock
from bot.delivery.slack.client import SlackClient
from bot.delivery.slack.messages import Messages
from bot.delivery.slack.pages import SlackPages
from bot.errors import DeliveryError, Outcome
from bot.sandbox.slack.server import SlackServer
from tests.delivery.effects import ANN_ID, CHANNEL, a_job, a_page, an_incident, by_slack
from tests.delivery.slack.conftest import SEAL

POST = "chat.postMessage"


@pytest.mark.row("F14")
async def test_a_page_is_not_sent_when_its_time_passes_just_before_it_is_written(
    messages: Messages, slack: SlackServer, clock: ShiftedClock
) -> None:
    carrier = SlackPages(messages, SEAL, clock)
    await carrier.carry(a_job(a_page(key="one"), clock, an_incident(), **by_slack()))  # connected from now on

    async def standstill() -> None:
        """Runs after the page's request was made, and before it is written."""
        clock.advance(a_job(a_page(), clock).claim.lease)

    sending = carrier.carry(a_job(a_page(key="two"), clock, an_incident(), **by_slack()))
    with pytest.raises(DeliveryError) as refused:
        await asyncio.gather(sending, standstill())

    assert (refused.value.outcome, refused.value.reason) == (Outcome.NOT_SENT, "lease_too_old")
    assert len(slack.journal.calls(POST)) == 1

    await carrier.carry(a_job(a_page(key="two"), clock, an_incident(), **by_slack()))
    assert len(slack.dms(ANN_ID)) == 2


async def test_in_time_it_is_written(client: SlackClient, slack: SlackServer, clock: ShiftedClock) -> None:
    body = {"channel": CHANNEL, "text": "in time"}

    await client.write(POST, body, before=clock.monotonic() + 60)

    assert len(slack.journal.calls(POST)) == 1
