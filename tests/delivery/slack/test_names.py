"""A name service that is away or silent: nothing was sent, what was known is used, and nobody else waits."""

import asyncio

import pytest

from bot.delivery.names import Names
from bot.delivery.slack.client import SlackClient
from bot.errors import DeliveryError, Outcome
from bot.sandbox.slack.server import SlackServer
from tests.delivery.slack.conftest import Open
from tests.names import NameService

POST = "chat.postMessage"


@pytest.fixture
def service() -> NameService:
    return NameService()


async def said(client: SlackClient, text: str) -> None:
    await client.write(POST, {"channel": "C0ALERTS001", "text": text}, channel=text)


def at(slack: SlackServer, name: str) -> str:
    return slack.api_url.replace("127.0.0.1", name)


async def failure(client: SlackClient) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        await said(client, "never")
    return caught.value


@pytest.mark.row("F89")
async def test_what_cannot_be_resolved_was_not_sent_and_gets_through_later(
    slack: SlackServer, open_client: Open, service: NameService
) -> None:
    client = open_client(at(slack, "slack.test"), names=Names(service.lookup))
    service.away = True

    error = await failure(client)
    service.away = False
    await said(client, "later")

    assert (error.outcome, error.reason) == (Outcome.NOT_SENT, "name_not_resolved")
    assert [message.text for message in slack.messages("#alerts")] == ["later"]


@pytest.mark.row("F89")
@pytest.mark.parametrize("silent", [False, True], ids=["away", "silent"])
async def test_a_name_that_was_known_is_used_for_new_connections_too(
    slack: SlackServer, open_client: Open, service: NameService, silent: bool
) -> None:
    names = Names(service.lookup, patience=0.05)
    await said(open_client(at(slack, "slack.test"), names=names), "before")
    service.away = not silent
    if silent:
        service.fall_silent()

    for text in ("during", "during still"):
        await said(open_client(at(slack, "slack.test"), names=names), text)
    service.speak()

    assert [message.text for message in slack.messages("#alerts")] == ["before", "during", "during still"]
    assert len(service.asked) >= 2


@pytest.mark.row("F89")
async def test_names_that_nobody_answers_keep_no_other_from_being_looked_up(
    slack: SlackServer, open_client: Open, service: NameService
) -> None:
    well = NameService()
    service.fall_silent()
    stuck = [
        open_client(at(slack, f"stuck{n}.test"), names=Names(service.lookup), limit=60) for n in range(40)
    ]

    async with asyncio.TaskGroup() as group:
        waiting = [group.create_task(failure(client)) for client in stuck]
        while len(service.asked) < len(stuck):
            await asyncio.wait(waiting, timeout=0.01)
        async with asyncio.timeout(5):
            await said(open_client(at(slack, "well.test"), names=Names(well.lookup)), "in time")
        assert not any(task.done() for task in waiting)
        service.away = True
        service.speak()

    assert {task.result().reason for task in waiting} == {"name_not_resolved"}
    assert [message.text for message in slack.messages("#alerts")] == ["in time"]


@pytest.mark.row("F89")
async def test_a_name_is_asked_for_once_however_many_wait_for_it(
    slack: SlackServer, open_client: Open, service: NameService
) -> None:
    names = Names(service.lookup)
    service.fall_silent()

    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(said(open_client(at(slack, "slack.test"), names=names, limit=20), f"n{n}"))
            for n in range(10)
        ]
        await asyncio.wait(tasks, timeout=0.1)
        service.speak()

    assert service.asked == ["slack.test"]
