"""Who Slack's ids stand for, and what is known when Slack cannot be asked."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.clock import ShiftedClock
from bot.delivery.slack.client import SlackClient
from bot.delivery.slack.directory import SlackDirectory
from bot.delivery.slack.home import SlackHome
from bot.domain.effects import PublishHome
from bot.domain.people import Standing
from bot.errors import DeliveryError
from bot.ports import Home
from bot.sandbox.slack.faults import Fault, FaultKind
from bot.sandbox.slack.server import SlackServer
from tests.delivery.effects import ANN_ID, a_job
from tests.delivery.slack.conftest import SEAL

INFO, LIST = "users.info", "conversations.list"


@pytest.mark.parametrize(
    ("user", "standing"),
    [
        (ANN_ID, Standing.MEMBER),
        ("U0DANGUEST1", Standing.GUEST),
        ("U0EVESTRNG1", Standing.STRANGER),
        ("U0FAYGONE01", Standing.DEACTIVATED),
        ("U0GRAFANA01", Standing.BOT),
        ("U0NOBODY001", Standing.UNKNOWN),
    ],
)
async def test_everybody_has_the_standing_that_slack_gives_them(
    directory: SlackDirectory, user: str, standing: Standing
) -> None:
    assert (await directory.user(user)).standing is standing


async def test_a_user_comes_with_name_zone_and_address(directory: SlackDirectory) -> None:
    ann = await directory.user(ANN_ID)

    assert (ann.name, ann.zone, ann.email) == ("Ann Lee", "Europe/London", "ann@example.com")


async def test_members_of_another_workspace_are_strangers(
    directory: SlackDirectory, slack: SlackServer
) -> None:
    slack.world.users[ANN_ID] = replace(slack.world.users[ANN_ID], team_id="T0ANOTHER01")

    assert (await directory.user(ANN_ID)).standing is Standing.STRANGER


async def test_slack_is_asked_once_in_five_minutes(
    directory: SlackDirectory, slack: SlackServer, clock: ShiftedClock
) -> None:
    async with asyncio.TaskGroup() as group:
        for _ in range(20):
            group.create_task(directory.user(ANN_ID))
    clock.advance(timedelta(minutes=4))
    await directory.user(ANN_ID)
    within = len(slack.journal.calls(INFO))
    clock.advance(timedelta(minutes=2))
    await directory.user(ANN_ID)

    assert (within, len(slack.journal.calls(INFO))) == (1, 2)


async def test_the_last_that_was_known_stands_in_for_an_hour(
    directory: SlackDirectory, slack: SlackServer, clock: ShiftedClock
) -> None:
    await directory.user(ANN_ID)
    slack.faults.add(Fault(kind=FaultKind.DOWN))
    clock.advance(timedelta(minutes=59))
    stale = await directory.user(ANN_ID)
    clock.advance(timedelta(minutes=2))
    unknown = await directory.user(ANN_ID)

    assert (stale.standing, unknown.standing) == (Standing.MEMBER, Standing.UNKNOWN)


async def test_channels_are_found_by_name_and_an_id_is_given_back(
    directory: SlackDirectory, slack: SlackServer
) -> None:
    assert await directory.channel_id("#Incidents") == "C0INCIDENT1"
    assert await directory.channel_id("payments") == "C0PAYMENTS1"
    assert await directory.channel_id("#nowhere") is None
    assert await directory.channel_id("C0SOMEWHERE") == "C0SOMEWHERE"
    assert len(slack.journal.calls(LIST)) == 1


async def test_a_channel_that_was_made_meanwhile_is_found_soon(
    directory: SlackDirectory, slack: SlackServer, clock: ShiftedClock
) -> None:
    assert await directory.channel_id("#war-room") is None
    slack.world.channels["C0GENERAL01"].name = "war-room"
    clock.advance(timedelta(minutes=1))

    assert await directory.channel_id("#war-room") == "C0GENERAL01"


async def test_names_that_were_known_survive_an_outage(
    directory: SlackDirectory, slack: SlackServer, clock: ShiftedClock
) -> None:
    await directory.channel_id("#incidents")
    slack.faults.add(Fault(kind=FaultKind.DOWN))
    clock.advance(timedelta(hours=1))

    assert await directory.channel_id("#incidents") == "C0INCIDENT1"


async def test_without_any_answer_a_name_is_an_error_and_not_a_missing_channel(
    directory: SlackDirectory, slack: SlackServer
) -> None:
    slack.faults.add(Fault(kind=FaultKind.DOWN))

    with pytest.raises(DeliveryError):
        await directory.channel_id("#incidents")


async def test_the_home_tab_is_published(
    client: SlackClient, slack: SlackServer, clock: ShiftedClock
) -> None:
    effect = PublishHome(key=f"home:{ANN_ID}", user=ANN_ID)
    carrier = SlackHome(client, SEAL)

    await carrier.carry(a_job(effect, clock, home=Home(user=ANN_ID, now=clock.now())))

    home = slack.home(ANN_ID)
    assert home is not None
    assert "No open incidents." in str(home.body)
