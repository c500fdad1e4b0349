"""Readiness: once a day people are told who will be on call and could not be reached."""

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime

from bot.clock import Clock
from bot.domain.configuration import Configuration
from bot.domain.effects import SayTo
from bot.domain.notice import About, NotReady
from bot.domain.people import MethodKind, Standing
from bot.domain.readiness import Sight, Unready, unready
from bot.domain.roster import Roster
from bot.ports import Directory, Store
from bot.ports.groups import SlackGroup


class Readiness:
    """Looks ahead. What it tells has the day in its key: whoever looks again that day tells nothing."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        configuration: Callable[[], Configuration],
        paging: Collection[MethodKind],
        directory: Directory | None,
        changed: Callable[[], None],
    ) -> None:
        self._store = store
        self._clock = clock
        self._configuration = configuration
        self._paging = paging
        self._directory = directory
        self._changed = changed

    async def look(self) -> list[Unready]:
        """Look, and tell what was not told today."""
        configuration, now = self._configuration(), self._clock.now()
        roster, groups = await self._store.read(
            lambda tx: (
                tx.roster(configuration.roster, now),
                tx.groups() if configuration.roster.groups else {},
            )
        )
        standings = await self._standings(roster)
        sight = Sight(
            paging=self._paging,
            standing=lambda user: standings.get(user, Standing.UNKNOWN),
            groups=useless_groups(configuration, groups),
        )
        found = unready(configuration, roster, sight, now)
        told = [effect for each in found for effect in _told(each, now)]
        if told:
            await self._store.write(lambda tx: tx.enqueue(told, now))
            self._changed()
        return found

    async def _standings(self, roster: Roster) -> Mapping[str, Standing]:
        """What Slack says of those who are listed; who cannot be asked about is taken to be there."""
        if self._directory is None:
            return {}
        users = [person.slack_user for person in roster.people.values() if person.slack_user]
        return {user: (await self._directory.user(user)).standing for user in users}


def useless_groups(configuration: Configuration, known: Mapping[str, SlackGroup]) -> dict[str, str]:
    """Groups of ladders that stand for nobody, each with the reason; one that was not tried yet is none."""
    found = {}
    for group in configuration.roster.groups:
        state = known.get(group)
        if state is None or state.members:
            continue
        if state.members is None:
            found[group] = f"was never read: Slack says {state.problem or 'nothing'}"
        else:
            found[group] = "has nobody in it who could be paged"
    return found


def _told(one: Unready, now: datetime) -> Iterator[SayTo]:
    day = f"{now:%Y-%m-%d}"
    whom = one.person or one.name.replace(" ", "-")
    notice = NotReady(
        about=About(title=", ".join(one.schedules), zone="UTC"), name=one.name, why=one.why, since=one.since
    )
    for channel in one.channels:
        yield SayTo(key=f"ready:{day}:{whom}:{channel}", notice=notice, channel=channel)
    if one.slack_user is not None:
        own = NotReady(about=notice.about, name=one.name, why=one.why, since=one.since, you=True)
        yield SayTo(key=f"ready:{day}:{whom}:self", notice=own, user=one.slack_user)
