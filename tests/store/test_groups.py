"""User groups on a real database: read now and then, and the last good reading is kept."""

from dataclasses import replace

import pytest

from bot.domain.configuration import Configuration
from bot.domain.effects import Lane, SayTo
from bot.domain.ladder import GroupTarget
from bot.domain.notice import NotReady
from bot.domain.people import MethodKind, Standing
from bot.domain.roster import Roster
from bot.errors import DeliveryError, Outcome
from bot.ports import SlackUser, Store
from bot.workers.groups import AGAIN, EVERY, MOST, GroupReader
from bot.workers.readiness import Readiness
from tests.examples import ANN, LADDER, NOW, PAYMENTS, rung
from tests.store.stories import claim
from tests.store.world import SetClock

GROUP = "S0ONCALL001"
STATIC = Roster(people={ANN.id: ANN}, groups={GROUP: ()})
SERVICE = replace(PAYMENTS, ladder=replace(LADDER, rungs=(rung(GroupTarget(group=GROUP)),)))
IN_FORCE = Configuration(roster=STATIC, services={SERVICE.id: SERVICE}, default_service=SERVICE.id)


class Slack:
    """Groups and people as Slack tells of them."""

    def __init__(self) -> None:
        self.users: tuple[str, ...] = ("UANN", "UBOB")
        self.standings: dict[str, Standing] = {}
        self.failure: DeliveryError | None = None
        self.asked = 0

    async def members(self, group: str) -> tuple[str, ...]:
        assert group == GROUP, "only groups that the configuration names are read"
        self.asked += 1
        if self.failure is not None:
            raise self.failure
        return self.users

    async def user(self, user: str) -> SlackUser:
        standing = self.standings.get(user, Standing.MEMBER)
        return SlackUser(id=user, team="T1", name=user, standing=standing)

    async def channel_id(self, channel: str) -> str | None:
        return channel


class Desk:
    """A reader and what is around it."""

    def __init__(self, store: Store) -> None:
        self.store, self.slack, self.clock = store, Slack(), SetClock(NOW)
        self.reader = GroupReader(store, self.clock, lambda: IN_FORCE, self.slack, self.slack)

    async def members(self) -> tuple[str, ...]:
        roster = await self.store.read(lambda tx: tx.roster(STATIC, NOW))
        return roster.groups[GROUP]


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(store)


async def test_a_group_stands_for_its_members(desk: Desk) -> None:
    assert await desk.members() == (), "nobody is known before it was read"

    await desk.reader.look()

    assert await desk.members() == ("UANN", "UBOB")
    roster = await desk.store.read(lambda tx: tx.roster(STATIC, NOW))
    reached = roster.reach(GroupTarget(group=GROUP), NOW)
    assert [each.person.id for each in reached if each.person] == ["ann", "slack:UBOB"]


async def test_a_group_is_read_again_after_some_minutes_or_when_it_changed(desk: Desk) -> None:
    await desk.reader.look()
    await desk.reader.look()
    assert desk.slack.asked == 1

    desk.clock.at += EVERY
    await desk.reader.look()
    assert desk.slack.asked == 2

    desk.reader.touch(GROUP)
    await desk.reader.look()
    assert desk.slack.asked == 3


async def test_who_can_not_be_paged_is_left_out_with_a_note(desk: Desk) -> None:
    desk.slack.users = ("UANN", "UBOB", "UBOT", "UGUEST", "UFAR")
    desk.slack.standings = {
        "UBOB": Standing.DEACTIVATED,
        "UBOT": Standing.BOT,
        "UGUEST": Standing.GUEST,
        "UFAR": Standing.STRANGER,
        "UANN": Standing.GUEST,
    }

    await desk.reader.look()

    assert await desk.members() == ("UANN",), "who stands in the file is one of us"
    group = (await desk.store.read(lambda tx: tx.groups()))[GROUP]
    assert dict(group.left_out) == {
        "UBOB": "deactivated",
        "UBOT": "a bot",
        "UGUEST": "a guest",
        "UFAR": "of another workspace",
    }


async def test_the_last_good_reading_counts_while_slack_does_not_answer(desk: Desk) -> None:
    await desk.reader.look()
    desk.slack.failure = DeliveryError(Outcome.NOT_SENT, "timeout")
    desk.clock.at += EVERY
    await desk.reader.look()

    assert await desk.members() == ("UANN", "UBOB")
    group = (await desk.store.read(lambda tx: tx.groups()))[GROUP]
    assert (group.problem, group.read_at, group.tried_at) == ("timeout", NOW, NOW + EVERY)

    desk.slack.failure, desk.slack.users = None, ("UBOB",)
    desk.clock.at += AGAIN
    await desk.reader.look()
    assert await desk.members() == ("UBOB",)
    assert (await desk.store.read(lambda tx: tx.groups()))[GROUP].problem is None


async def test_a_group_that_was_never_read_or_is_empty_means_nobody(desk: Desk) -> None:
    desk.slack.failure = DeliveryError(Outcome.REJECTED, "no_such_subteam")
    await desk.reader.look()
    roster = await desk.store.read(lambda tx: tx.roster(STATIC, NOW))

    (nobody,) = roster.reach(GroupTarget(group=GROUP), NOW)

    assert (nobody.person, nobody.missing) == (None, f"group {GROUP}")


async def test_a_group_of_everybody_pages_so_many_at_most(desk: Desk) -> None:
    desk.slack.users = tuple(f"U{number}" for number in range(MOST + 5))

    await desk.reader.look()

    assert len(await desk.members()) == MOST


async def test_a_group_that_means_nobody_is_told_once_a_day(desk: Desk) -> None:
    desk.slack.users = ()
    await desk.reader.look()
    keeper = Readiness(
        desk.store, desk.clock, lambda: IN_FORCE, frozenset(MethodKind), desk.slack, lambda: None
    )

    assert len(await keeper.look()) == 1
    await keeper.look()

    told = [each.effect for each in await claim(desk.store, Lane.CHAT)]
    (only,) = [each for each in told if isinstance(each, SayTo)]
    assert only.channel == PAYMENTS.channel
    assert isinstance(only.notice, NotReady)
    assert only.notice.why == "has nobody in it who could be paged"
    desk.clock.at = NOW.replace(day=24)
    await keeper.look()
    keys = [each.effect.key for each in await claim(desk.store, Lane.CHAT, desk.clock.at)]
    assert len([key for key in keys if key.startswith("ready:2026-11-24:")]) == 1
