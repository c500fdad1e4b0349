"""The ways in which this Jira can be told to fail, and which request each one meets."""

import asyncio
from dataclasses import dataclass
from enum import StrEnum


class Mode(StrEnum):
    """What goes wrong.

    DOWN, ERROR: an HTML page with the fault's status, nothing applied.
    HANG: no answer and nothing applied; LOSE_RESPONSE: applied, but no answer. Both end by themselves.
    DELAY: applied and answered, late.
    RESET_BEFORE, RESET_AFTER: the connection is cut, before or after applying.
    THROTTLE: 429 with Retry-After in seconds, or as an HTTP date.
    BAD_TOKEN: no credentials are accepted; FORBIDDEN: 403; CAPTCHA: 403 until someone logs in by browser.
    """

    DOWN = "down"
    ERROR = "error"
    HANG = "hang"
    LOSE_RESPONSE = "lose_response"
    DELAY = "delay"
    RESET_BEFORE = "reset_before"
    RESET_AFTER = "reset_after"
    THROTTLE = "throttle"
    BAD_TOKEN = "bad_token"  # noqa: S105 - a name of a fault
    FORBIDDEN = "forbidden"
    CAPTCHA = "captcha"


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One fault: for requests of `method` whose path contains `path`, the next `times` of them or all.

    `seconds` is how long HANG, LOSE_RESPONSE and DELAY take, and what THROTTLE asks for.
    """

    mode: Mode
    status: int = 503
    seconds: float = 30.0
    http_date: bool = False
    method: str | None = None
    path: str = ""
    times: int | None = None

    def meets(self, method: str, path: str) -> bool:
        """Whether this request is one that fails."""
        return self.method in {None, method} and self.path in path


class Faults:
    """The faults that are switched on."""

    def __init__(self) -> None:
        self._left: list[tuple[Fault, int | None]] = []
        self._healed = asyncio.Event()

    @property
    def active(self) -> list[Fault]:
        """Faults that will still meet somebody."""
        return [fault for fault, _ in self._left]

    def add(self, fault: Fault) -> None:
        """Switch a fault on; earlier ones go first."""
        self._left.append((fault, fault.times))

    def heal(self) -> None:
        """Switch everything off, and let go of the requests that hang."""
        self._left.clear()
        self._healed.set()
        self._healed = asyncio.Event()

    def take(self, method: str, path: str) -> Fault | None:
        """The fault that this request meets; one of its times is used up."""
        for index, (fault, left) in enumerate(self._left):
            if not fault.meets(method, path):
                continue
            if left == 1:
                del self._left[index]
            elif left is not None:
                self._left[index] = (fault, left - 1)
            return fault
        return None

    async def wait(self, seconds: float) -> None:
        """Wait this long on the real clock, or until everything is healed."""
        try:
            async with asyncio.timeout(seconds):
                await self._healed.wait()
        except TimeoutError:
            return
