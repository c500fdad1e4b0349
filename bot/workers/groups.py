"""Groups: who is in the Slack user groups that ladders name, read again every few minutes."""

from collections.abc import Callable
from datetime import timedelta

import structlog

from bot.clock import Clock
from bot.domain.configuration import Configuration
from bot.domain.people import Standing
from bot.errors import DeliveryError
from bot.ports import Directory, Store, Tx
from bot.ports.groups import Groups

log = structlog.get_logger(__name__)

EVERY, AGAIN = timedelta(minutes=3), timedelta(seconds=30)
"""How often a group is read; and how soon one that could not be."""

MOST = 200
"""So many of one group are paged at most."""

LEFT_OUT = {
    Standing.DEACTIVATED: "deactivated",
    Standing.BOT: "a bot",
    Standing.GUEST: "a guest",
    Standing.STRANGER: "of another workspace",
}


class GroupReader:
    """Keeps the last good reading of each group in the database: Slack may be away when it is needed."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        configuration: Callable[[], Configuration],
        groups: Groups,
        directory: Directory,
    ) -> None:
        self._store = store
        self._clock = clock
        self._configuration = configuration
        self._groups = groups
        self._directory = directory
        self._due: dict[str, float] = {}

    def touch(self, group: str) -> None:
        """Its members have changed: it is read at the next look."""
        self._due.pop(group, None)

    async def look(self) -> None:
        """Read what is due of the groups that the configuration names, one after the other."""
        wanted = self._configuration().roster.groups
        self._due = {group: due for group, due in self._due.items() if group in wanted}
        for group in wanted:
            if self._due.get(group, 0.0) <= self._clock.monotonic():
                self._due[group] = self._clock.monotonic() + (await self._read(group)).total_seconds()

    async def _read(self, group: str) -> timedelta:
        """Answers how long what was read will do."""
        try:
            users = await self._groups.members(group)
        except DeliveryError as error:
            reason = error.reason
            log.warning("group_unread", group=group, reason=reason)
            await self._write(lambda tx: tx.group_unread(group, reason, self._clock.now()))
            return AGAIN
        left_out = dict.fromkeys(users[MOST:], f"more than {MOST} are in the group")
        for user in users[:MOST]:
            if unfit := await self._unfit(user):
                left_out[user] = unfit
        members = tuple(user for user in users if user not in left_out)
        await self._write(lambda tx: tx.group_read(group, members, left_out, self._clock.now()))
        return EVERY

    async def _unfit(self, user: str) -> str | None:
        """Why they are not paged. Who stands in the file, or is not known to Slack now, is."""
        listed = any(each.slack_user == user for each in self._configuration().roster.people.values())
        standing = (await self._directory.user(user)).standing
        if listed and standing is not Standing.DEACTIVATED:
            return None
        return LEFT_OUT.get(standing)

    async def _write(self, work: Callable[[Tx], None]) -> None:
        await self._store.write(work)
