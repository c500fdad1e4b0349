"""Cloud's limit of writes to one issue: 20 in 2 seconds, 100 in 30 seconds."""

import math
from collections import deque
from datetime import timedelta

from bot.clock import Clock
from bot.sandbox.jira.refusal import Refusal

PER_ISSUE = ((20, 2.0), (100, 30.0))


class WriteLimits:
    """Remembers when each issue was written."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._writes: dict[str, deque[float]] = {}

    def count(self, key: str) -> None:
        """Count a write, or refuse it with 429 and the seconds until there is room again."""
        now = self._clock.monotonic()
        writes = self._writes.setdefault(key, deque(maxlen=PER_ISSUE[-1][0]))
        for most, seconds in PER_ISSUE:
            if len(writes) >= most and now - writes[-most] < seconds:
                raise self._refusal(most, seconds - (now - writes[-most]))
        writes.append(now)

    def _refusal(self, most: int, seconds: float) -> Refusal:
        free = self._clock.now() + timedelta(seconds=seconds)
        headers = {
            "Retry-After": str(max(1, math.ceil(seconds))),
            "X-RateLimit-Limit": str(most),
            "X-RateLimit-Remaining": "0",
            "X-RateLimit-Reset": free.strftime("%Y-%m-%dT%H:%MZ"),
            "RateLimit-Reason": "jira-per-issue-on-write",
        }
        return Refusal(429, "Rate limit exceeded.", headers=headers)
