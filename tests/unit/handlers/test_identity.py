"""Who is one of us, and whose requests are ours at all."""

from datetime import timedelta

import pytest

from bot.clock import ShiftedClock
from bot.domain.people import Actor, ActorKind, Standing
from bot.ports import SlackUser, Whoami
from handlers.identity import Callers, Denials
from handlers.slack_app import foreign

ME = Whoami(team_id="T1", bot_id="B1", bot_user_id="U1", app_id="A1")
GRID = Whoami(team_id="T1", bot_id="B1", bot_user_id="U1", app_id="A1", enterprise_id="E1")


@pytest.mark.parametrize(
    ("body", "strange"),
    [
        ({"command": "/incident", "team_id": "T1", "api_app_id": "A1"}, False),
        ({"command": "/incident", "team_id": "T2", "api_app_id": "A1"}, True),
        ({"command": "/incident", "team_id": "T1", "api_app_id": "A2"}, True),
        ({"event": {}, "team_id": "T2", "context_team_id": "T1"}, False),
        ({"event": {}, "team_id": "T2", "authorizations": [{"team_id": "T1"}]}, False),
        ({"event": {}, "team_id": "T2", "authorizations": [{"team_id": "T3"}]}, True),
        ({"type": "block_actions", "team": {"id": "T2"}, "api_app_id": "A1"}, False),
        ({"type": "block_actions", "team": {"id": "T1"}, "api_app_id": "A2"}, True),
    ],
)
def test_a_request_for_another_app_or_of_another_workspace_is_foreign(
    body: dict[str, object], strange: bool
) -> None:
    assert foreign(body, ME) is strange


def test_in_a_grid_the_organisation_is_ours() -> None:
    assert not foreign({"event": {}, "team_id": "T9", "context_enterprise_id": "E1"}, GRID)
    assert foreign({"event": {}, "team_id": "T9", "context_enterprise_id": "E2"}, GRID)


class Silent:
    async def user(self, user: str) -> SlackUser:
        return SlackUser(id=user, team="T1", name=user, standing=Standing.UNKNOWN, zone="No/Such")

    async def channel_id(self, channel: str) -> str | None:
        return channel


async def test_while_slack_is_silent_people_of_other_teams_stay_strangers() -> None:
    callers = Callers(Silent(), ME)

    ours, theirs = await callers.caller("U2", "T1"), await callers.caller("U3", "T2")

    assert (ours.actor.standing, theirs.actor.standing) == (Standing.UNKNOWN, Standing.STRANGER)
    assert ours.zone.key == "UTC"
    assert ours.actor.id == "T1/U2"


@pytest.mark.row("F67")
async def test_while_slack_is_silent_people_of_a_grid_are_unknown_in_whatever_workspace() -> None:
    callers = Callers(Silent(), GRID)

    here, there = await callers.caller("U2", "T1"), await callers.caller("U2", "T2")

    assert here.actor == there.actor
    assert (here.actor.standing, here.actor.id) == (Standing.UNKNOWN, "E1/U2")


@pytest.mark.row("A16")
def test_three_denials_within_ten_minutes_are_noticed() -> None:
    clock = ShiftedClock()
    denials = Denials(clock)
    mallory = Actor(kind=ActorKind.PERSON, id="T2/U9", name="Mallory")

    first = [denials.note(mallory), denials.note(mallory)]
    clock.advance(timedelta(minutes=11))
    after = [denials.note(mallory), denials.note(mallory)]

    assert first + after == [False] * 4
    assert denials.note(mallory)
