"""Whom somebody means who pages by hand: people, schedules and user groups."""

from dataclasses import replace

import pytest

from bot.domain.people import Standing
from bot.domain.refused import Refused
from bot.domain.roster import Roster
from bot.ports import SlackUser
from bot.ports.directory import Whoami
from handlers import oncall_orders as o
from handlers.identity import Callers
from handlers.targets import people_of
from tests.examples import NOW, PRIMARY, ROSTER

GROUP = "S0ONCALL001"
WHOAMI = Whoami(team_id="T1", bot_id="B1", bot_user_id="UBOT")


class Directory:
    """Slack knows a deactivated user, and otherwise members."""

    async def user(self, user: str) -> SlackUser:
        standing = Standing.DEACTIVATED if user == "UGONE" else Standing.MEMBER
        return SlackUser(id=user, team="T1", name=f"Name of {user}", standing=standing)

    async def channel_id(self, channel: str) -> str | None:
        return channel


async def meant(roster: Roster, *targets: o.Target) -> list[str]:
    callers = Callers(Directory(), WHOAMI)
    return [person.name for person in await people_of(targets, roster, callers, NOW)]


async def test_a_group_that_a_ladder_names_means_its_members() -> None:
    roster = replace(ROSTER, groups={GROUP: ("UBOB", "UNEW", "UGONE")})

    people = await meant(roster, o.Group(id=GROUP), o.User(id="UBOB"))

    assert people == ["Bob", "Name of UNEW"], "each once, and nobody who would not be woken"


async def test_a_group_that_follows_a_schedule_means_whoever_is_on_call() -> None:
    roster = replace(ROSTER, schedules={PRIMARY.id: replace(PRIMARY, group=GROUP)})
    on_call = [shift.person for shift in ROSTER.on_call(PRIMARY.id, NOW)]

    assert [name.casefold() for name in await meant(roster, o.Group(id=GROUP))] == on_call


@pytest.mark.parametrize(
    ("groups", "why"),
    [
        ({}, "User groups are known to me when a ladder or a schedule of tocsin.yaml names them"),
        ({GROUP: ()}, "There is nobody in @oncall who could be paged"),
        ({GROUP: ("UGONE",)}, "There is nobody in @oncall who could be paged"),
    ],
)
async def test_a_group_that_means_nobody_is_said_to(groups: dict[str, tuple[str, ...]], why: str) -> None:
    with pytest.raises(Refused, match=why):
        await meant(replace(ROSTER, groups=groups), o.Group(id=GROUP, label="@oncall"))
