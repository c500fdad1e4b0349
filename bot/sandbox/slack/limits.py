"""Rate limits: buckets per method and app, and per channel for new messages, by Slack's tiers."""

import math
from dataclasses import dataclass

from bot.clock import Clock


@dataclass(frozen=True, kw_only=True)
class Allowance:
    """So many in a minute, and so many at once after a rest."""

    per_minute: float
    burst: float


TIER_1 = Allowance(per_minute=1, burst=10)  # "1+": Slack lets an app open its ten connections in a row
TIER_2 = Allowance(per_minute=20, burst=20)
TIER_3 = Allowance(per_minute=50, burst=50)
TIER_4 = Allowance(per_minute=100, burst=100)
SPECIAL = Allowance(per_minute=600, burst=600)
POSTING = Allowance(per_minute=300, burst=300)  # "several hundred per minute" in a workspace
CHANNEL = Allowance(per_minute=60, burst=10)  # 1 a second in a channel, short bursts tolerated


class RateLimits:
    """The buckets. `scale` multiplies every allowance: 1 is Slack's own, `math.inf` switches them off."""

    def __init__(self, clock: Clock, scale: float = 1.0) -> None:
        self._clock = clock
        self.scale = scale
        self._buckets: dict[tuple[str, ...], tuple[float, float]] = {}

    def wait(self, allowance: Allowance, *key: str) -> int:
        """Take one from a bucket. 0 means taken; otherwise the seconds for `Retry-After`."""
        if math.isinf(self.scale):
            return 0
        now = self._clock.monotonic()
        burst = allowance.burst * self.scale
        per_second = allowance.per_minute * self.scale / 60
        level, since = self._buckets.get(key, (burst, now))
        level = min(burst, level + max(0.0, now - since) * per_second)
        if level < 1:
            self._buckets[key] = (level, now)
            return max(1, math.ceil((1 - level) / per_second))
        self._buckets[key] = (level - 1, now)
        return 0
