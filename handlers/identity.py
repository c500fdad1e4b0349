"""Who asks: the person behind a Slack id, as the directory knows them."""

import asyncio
from collections import OrderedDict, deque
from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import structlog

from bot.clock import Clock
from bot.domain.people import Actor, ActorKind, Standing
from bot.ports import Directory, SlackUser, Whoami

log = structlog.get_logger(__name__)

ASK_SECONDS = 1.0
"""A command is answered within three seconds, so the directory gets one of them."""

TRIES, WINDOW, MOST_WATCHED = 3, 600.0, 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class Caller:
    """Somebody who asks, and the zone in which they read clocks."""

    actor: Actor
    zone: ZoneInfo

    @property
    def user(self) -> str:
        """Their Slack id."""
        return self.actor.slack_user or ""


class Callers:
    """Makes callers of Slack ids. While Slack cannot be asked, whoever is not of our workspace is a stranger.

    In a grid people of any of our organisation's workspaces may be ours: they are merely unknown then.
    """

    def __init__(self, directory: Directory, whoami: Whoami) -> None:
        self._directory = directory
        self._home = whoami.enterprise_id or whoami.team_id
        self._alone = not whoami.enterprise_id

    async def caller(self, user: str, team: str | None = None) -> Caller:
        """The person with that id; `team` is what the request says of theirs."""
        found = await self.look_up(user)
        standing = found.standing
        home = found.team or team or self._home
        if standing is Standing.UNKNOWN:
            home = team if self._alone and team else self._home
            standing = Standing.UNKNOWN if home == self._home else Standing.STRANGER
        return Caller(
            actor=Actor(
                kind=ActorKind.PERSON,
                id=f"{home}/{user}",
                name=found.name or user,
                slack_user=user,
                standing=standing,
            ),
            zone=_zone(found.zone),
        )

    async def look_up(self, user: str) -> SlackUser:
        """What Slack says of a user; UNKNOWN when it does not answer soon enough."""
        try:
            async with asyncio.timeout(ASK_SECONDS):
                return await self._directory.user(user)
        except TimeoutError:
            return SlackUser(id=user, team=self._home, name=user, standing=Standing.UNKNOWN)


class Denials:
    """Counts how often the same person was denied: three times within ten minutes are worth a warning."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._tries: OrderedDict[str, deque[float]] = OrderedDict()

    def note(self, actor: Actor) -> bool:
        """Remember a denial; whether it is the third or a later one within the window."""
        now = self._clock.monotonic()
        tries = self._tries.setdefault(actor.id, deque(maxlen=TRIES))
        self._tries.move_to_end(actor.id)
        while len(self._tries) > MOST_WATCHED:
            self._tries.popitem(last=False)
        tries.append(now)
        repeated = len(tries) == TRIES and now - tries[0] <= WINDOW
        if repeated:
            log.warning("denied again and again", by=actor.id, standing=actor.standing, tries=TRIES)
        return repeated


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")
