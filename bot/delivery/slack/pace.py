"""Rate keeping: token buckets per method and per channel, so that Slack never has to tell us to slow down."""

from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum

from bot.clock import Clock
from bot.delivery.failures import Withheld
from bot.errors import PACED, Outcome

PATIENCE = 1.0
"""Seconds that a call waits for its turn; who would wait longer is sent back to the outbox."""

LONGEST_TURN = 60.0
"""Seconds after which at the latest whoever nobody waits for tries again."""

_MANY_BUCKETS = 2000


class Rank(IntEnum):
    """Who goes first. COSMETIC leaves a part of every bucket to those that somebody waits for."""

    COSMETIC = 0
    URGENT = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Allowance:
    """So many a minute, and so many at once after a rest."""

    per_minute: float
    burst: float


TIER_2 = Allowance(per_minute=20, burst=15)
TIER_3 = Allowance(per_minute=50, burst=40)
TIER_4 = Allowance(per_minute=100, burst=80)
SPECIAL = Allowance(per_minute=300, burst=250)
CHANNEL = Allowance(per_minute=60, burst=5)
"""New messages in one channel: one a second, in short bursts (Slack: Rate limits)."""

POST = "chat.postMessage"
METHODS = {
    POST: SPECIAL,  # "several hundred per minute" in a workspace
    "chat.update": TIER_3,
    "chat.getPermalink": SPECIAL,
    "views.publish": TIER_4,
    "users.info": TIER_4,
    "auth.test": SPECIAL,
    "conversations.open": TIER_3,
    "conversations.join": TIER_3,
    "conversations.history": TIER_3,
    "conversations.replies": TIER_3,
    "conversations.list": TIER_2,
}
_RESERVED = 0.3

Key = tuple[str, str]


class Pace:
    """The buckets. `scale` multiplies every allowance; `math.inf` switches them off but for `block`."""

    def __init__(self, clock: Clock, scale: float = 1.0) -> None:
        self._clock = clock
        self._scale = scale
        self._levels: dict[Key, tuple[float, float]] = {}
        self._blocked: dict[Key, float] = {}
        self._turns: dict[Key, float] = {}

    async def admit(self, method: str, channel: str = "", rank: Rank = Rank.URGENT) -> None:
        """Wait for a turn shortly, or raise Withheld with how long it takes."""
        wait = self.check(method, channel, rank)
        now = self._clock.monotonic()
        for key, allowance in self._buckets(method, channel):
            self._levels[key] = (self._level(key, allowance, now) - 1, now)
        if wait > 0:
            await self._clock.sleep(wait)

    def check(self, method: str, channel: str = "", rank: Rank = Rank.URGENT) -> float:
        """Seconds until there is a turn; raises Withheld where that is beyond patience.

        To ask before a message is made saves making it.
        """
        now = self._clock.monotonic()
        waits = {
            (key, allowance): max(self._wait(key, allowance, rank, now), self._blocked.get(key, 0.0) - now)
            for key, allowance in self._buckets(method, channel)
        }
        wait = max(waits.values())
        if wait <= PATIENCE:
            return wait
        if rank is Rank.COSMETIC:
            full = [(each, long) for each, long in waits.items() if long > PATIENCE]
            wait = max(self._turn(key, allowance, now + long) - now for (key, allowance), long in full)
        raise Withheld(Outcome.NOT_SENT, PACED, retry_after=timedelta(seconds=wait))

    def _turn(self, key: Key, allowance: Allowance, soonest: float) -> float:
        """When it may come back: behind those who were sent back before, as long as that is not for ever.

        In a storm thousands wait; all of them coming back for the next free place would be work for nothing.
        """
        known = self._turns.get(key, 0.0)
        each = 60 / (allowance.per_minute * self._scale)
        turn = min(max(soonest, known + each), soonest + LONGEST_TURN)
        self._turns[key] = turn
        return turn

    def block(self, method: str, channel: str, length: timedelta) -> None:
        """Slack said 429: this channel waits, and the whole method once a second channel was told so."""
        now = self._clock.monotonic()
        others = any(
            until > now and known == method and place not in ("", channel)
            for (known, place), until in self._blocked.items()
        )
        until = now + length.total_seconds()
        self._blocked[method, channel] = until
        if others:
            self._blocked[method, ""] = until
        self._forget(now)

    def _buckets(self, method: str, channel: str) -> list[tuple[Key, Allowance]]:
        whole = ((method, ""), METHODS.get(method, TIER_2))
        if method != POST or not channel:
            return [whole]
        self._forget(self._clock.monotonic())
        return [whole, ((method, channel), CHANNEL)]

    def _wait(self, key: Key, allowance: Allowance, rank: Rank, now: float) -> float:
        if self._scale == float("inf"):
            return 0.0
        kept = allowance.burst * self._scale * _RESERVED if rank is Rank.COSMETIC else 0.0
        missing = 1 + kept - self._level(key, allowance, now)
        return max(0.0, missing / (allowance.per_minute * self._scale / 60))

    def _level(self, key: Key, allowance: Allowance, now: float) -> float:
        burst = allowance.burst * self._scale
        level, since = self._levels.get(key, (burst, now))
        if self._scale == float("inf"):
            return burst
        return min(burst, level + max(0.0, now - since) * allowance.per_minute * self._scale / 60)

    def _forget(self, now: float) -> None:
        """Channels that have rested are full again, and need not be remembered."""
        if len(self._levels) > _MANY_BUCKETS:
            rested = 60 * CHANNEL.burst / CHANNEL.per_minute / self._scale
            self._levels = {k: v for k, v in self._levels.items() if not k[1] or now - v[1] < rested}
        if len(self._turns) > _MANY_BUCKETS:
            self._turns = {k: turn for k, turn in self._turns.items() if turn > now}
        if len(self._blocked) > _MANY_BUCKETS:
            self._blocked = {k: until for k, until in self._blocked.items() if until > now}
