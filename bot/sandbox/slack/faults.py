"""The failure modes: what goes wrong, with which calls, how often or for how long."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from fnmatch import fnmatchcase

from bot.clock import Clock
from bot.sandbox.slack.ids import new_id


class FaultKind(StrEnum):
    """What goes wrong. The first group strikes what the app asks, the second what it is sent."""

    RATE_LIMITED = "rate_limited"  # 429; `retry_after` verbatim, None leaves the header out
    STATUS = "status"  # HTTP `status` with an HTML page
    ERROR = "error"  # `ok: false` with `error`
    HANG = "hang"  # no answer for `seconds`, then the real one; without `seconds` never
    DELAY = "delay"  # processed after `seconds`
    RESET = "reset"  # the connection is cut without an answer
    TORN = "torn"  # the connection is cut in the middle of the answer
    DOWN = "down"  # 503 to everything, or with `cut` connections closed

    STUCK_TICKET = "stuck_ticket"  # Socket Mode handshakes end in 408
    DISCONNECT = "disconnect"  # each connection is asked to refresh after `seconds`
    LINK_DISABLED = "link_disabled"  # Socket Mode is switched off in the app's settings
    NO_PONG = "no_pong"  # pings stay unanswered
    PAUSED = "paused"  # events are lost, and never replayed
    DUPLICATE = "duplicate"  # the same thing is delivered twice
    REORDER = "reorder"  # an event is held back until the next one went out


WEB = (
    FaultKind.RATE_LIMITED,
    FaultKind.STATUS,
    FaultKind.ERROR,
    FaultKind.HANG,
    FaultKind.DELAY,
    FaultKind.RESET,
    FaultKind.TORN,
    FaultKind.DOWN,
)


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One failure mode.

    `method` is a pattern such as `chat.*`, or `hook`, `response_url`, `events_api`; `channel` is an id.
    `delivered` says whether a failing call took effect all the same. `times` ends it after so many
    strikes, `until` at an instant; without both it stays until it is cleared.
    """

    kind: FaultKind
    method: str = "*"
    channel: str = ""
    times: int | None = None
    until: datetime | None = None
    delivered: bool = False
    retry_after: str | None = "1"
    status: int = 503
    error: str = "internal_error"
    seconds: float | None = None
    cut: bool = False
    id: str = ""

    @property
    def takes_effect(self) -> bool:
        """Whether the call is processed although its answer fails."""
        late = self.kind is FaultKind.HANG and self.seconds is not None
        return self.delivered or late or self.kind is FaultKind.DELAY


class Faults:
    """The failure modes that are switched on."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._active: dict[str, Fault] = {}

    def add(self, fault: Fault, *, lasting: timedelta | None = None) -> str:
        """Switch a failure mode on; the answer is the id to clear it by."""
        until = self._clock.now() + lasting if lasting else fault.until
        known = replace(fault, id=fault.id or new_id("F"), until=until)
        self._active[known.id] = known
        return known.id

    def clear(self, fault: str = "") -> None:
        """Switch one failure mode off, or all of them."""
        if fault:
            self._active.pop(fault, None)
        else:
            self._active.clear()

    def active(self) -> list[Fault]:
        """Those that can still strike."""
        now = self._clock.now()
        return [f for f in self._active.values() if f.until is None or now < f.until]

    def strike(self, kinds: tuple[FaultKind, ...], method: str, channel: str = "") -> Fault | None:
        """The first failure mode that this call runs into; it is used up by one."""
        if not self._active:
            return None
        for fault in self.active():
            if fault.kind in kinds and fnmatchcase(method, fault.method) and fault.channel in ("", channel):
                self._use(fault)
                return fault
        return None

    def on(self, kind: FaultKind) -> Fault | None:
        """A failure mode that is simply on; nothing is used up."""
        return next((f for f in self.active() if f.kind is kind), None) if self._active else None

    def _use(self, fault: Fault) -> None:
        if fault.times is None:
            return
        if fault.times <= 1:
            del self._active[fault.id]
        else:
            self._active[fault.id] = replace(fault, times=fault.times - 1)
