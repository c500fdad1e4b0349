"""Followers: Slack user groups consist of those who are on call in the schedules that they follow."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog

from bot.clock import Clock
from bot.domain.announcing import about
from bot.domain.configuration import Configuration
from bot.domain.effects import SayTo
from bot.domain.following import followers
from bot.domain.notice import GroupKept, GroupRefused
from bot.domain.roster import Roster
from bot.domain.schedule import Schedule
from bot.errors import DeliveryError, Outcome
from bot.ports import Mark, Store, Tx
from bot.ports.following import FollowedGroups

log = structlog.get_logger(__name__)

CHECKED = timedelta(hours=6)
"""How often a group is compared with Slack although nobody came or went: people may have changed it."""

AGAIN = timedelta(minutes=1)
"""How soon it is tried again after Slack could not be asked, if it names no time of its own."""

SET, EMPTY, REFUSED = 0, 1, 2


class Followers:
    """Sets the members of groups, and remembers as marks what it set: a mark comes after the deed.

    To set the same members twice changes nothing, so it matters little who does it, or how often.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        configuration: Callable[[], Configuration],
        groups: FollowedGroups,
        changed: Callable[[], None],
        touched: Callable[[str], None] | None = None,
    ) -> None:
        """`touched` is told of a group that has other members now."""
        self._store = store
        self._clock = clock
        self._configuration = configuration
        self._groups = groups
        self._changed = changed
        self._touched = touched
        self._not_before: dict[str, float] = {}

    async def look(self) -> int:
        """Set what is not as it should be; how many groups."""
        static = self._configuration().roster
        if not any(each.group for each in static.schedules.values()):
            return 0
        now = self._clock.now()
        roster, marks = await self._store.read(lambda tx: _known(tx, static, self._clock))
        count = 0
        for group, members in sorted(followers(roster, now).items()):
            mark = marks.get(group)
            same = mark is not None and mark.text.partition("|")[0] == json.dumps(members)
            waits = self._not_before.get(group, 0.0) > self._clock.monotonic()
            if waits or (same and mark is not None and now - mark.at < CHECKED):
                continue
            count += await self._follow(roster, group, members, mark)
        return count

    async def _follow(self, roster: Roster, group: str, members: tuple[str, ...], mark: Mark | None) -> bool:
        now = self._clock.now()
        if not members:
            news = mark is not None and mark.value != EMPTY
            kept = [_say(each, GroupKept(about=about(each), group=group), now) for each in _of(roster, group)]
            await self._note(group, EMPTY, members, "", kept if news else [])
            return False
        try:
            put = await self._groups.put(group, members)
        except DeliveryError as error:
            await self._failed(roster, group, members, mark, error)
            return False
        await self._note(group, SET, members, "", [])
        if put and self._touched is not None:
            self._touched(group)
        return put

    async def _failed(
        self, roster: Roster, group: str, members: tuple[str, ...], mark: Mark | None, error: DeliveryError
    ) -> None:
        """What Slack refuses is told once; what it could not be asked is tried again soon."""
        log.warning("group_not_set", group=group, reason=error.reason, outcome=error.outcome)
        if error.outcome is not Outcome.REJECTED:
            wait = error.retry_after or AGAIN
            self._not_before[group] = self._clock.monotonic() + wait.total_seconds()
            return
        known = mark is not None and mark.value == REFUSED and mark.text.endswith(f"|{error.reason}")
        now = self._clock.now()
        told = [
            _say(each, GroupRefused(about=about(each), group=group, reason=error.reason), now)
            for each in _of(roster, group)
        ]
        await self._note(group, REFUSED, members, error.reason, [] if known else told)

    async def _note(
        self, group: str, value: int, members: tuple[str, ...], reason: str, told: Sequence[SayTo]
    ) -> None:
        now = self._clock.now()
        text = f"{json.dumps(members)}|{reason}"

        def work(tx: Tx) -> None:
            tx.set_mark(Mark(name=f"group: {group}", value=value, at=now, text=text))
            tx.enqueue(told, now)

        await self._store.write(work)
        if told:
            self._changed()


def _known(tx: Tx, static: Roster, clock: Clock) -> tuple[Roster, dict[str, Mark]]:
    groups = {each.group for each in static.schedules.values() if each.group}
    marks = {group: mark for group in groups if (mark := tx.mark(f"group: {group}"))}
    return tx.roster(static, clock.now()), marks


def _of(roster: Roster, group: str) -> list[Schedule]:
    """The schedules that the group follows and that have somewhere to be told of it."""
    return [each for each in roster.schedules.values() if each.group == group and each.channel]


def _say(schedule: Schedule, notice: GroupKept | GroupRefused, now: datetime) -> SayTo:
    key = f"{notice.kind}:{notice.group}:{schedule.id}:{int(now.timestamp())}"
    return SayTo(key=key, channel=schedule.channel, notice=notice)
