"""Failpoints: named places at which tests end, stop or break the process; unarmed, they do nothing."""

import asyncio
import os
import re
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

VARIABLE = "TOCSIN_FAULTS"
"""Read once, by `tocsin run` and `tocsin demo`: `after_claim.page:kill@3,tick:hang`."""

BLOCKED = 120.0
"""Seconds for which `block` holds its thread: longer than the watchdog waits."""


class Point(StrEnum):
    """Where it can happen: around every commit, look-up and send between an alert and its page."""

    BEFORE_INTAKE_COMMIT = "before_intake_commit"
    AFTER_INTAKE_COMMIT = "after_intake_commit"
    TICK = "tick"
    CLIMB = "climb"
    BEFORE_CLIMB_COMMIT = "before_climb_commit"
    AFTER_CLIMB_COMMIT = "after_climb_commit"
    BEFORE_CLAIM_COMMIT = "before_claim_commit"
    AFTER_CLAIM = "after_claim"
    BEFORE_LOOK_UP = "before_look_up"
    AFTER_LOOK_UP = "after_look_up"
    BEFORE_RELEASE_COMMIT = "before_release_commit"
    AFTER_RELEASE_COMMIT = "after_release_commit"
    BEFORE_SEND = "before_send"
    AFTER_RESPONSE = "after_response"
    BEFORE_RECORD_COMMIT = "before_record_commit"
    AFTER_RECORD_COMMIT = "after_record_commit"
    BEFORE_WISH_COMMIT = "before_wish_commit"
    AFTER_WISH_COMMIT = "after_wish_commit"
    BEFORE_REPAIR_COMMIT = "before_repair_commit"
    AFTER_REPAIR_COMMIT = "after_repair_commit"
    BEFORE_SWEEP_COMMIT = "before_sweep_commit"
    AFTER_SWEEP_COMMIT = "after_sweep_commit"


class Action(StrEnum):
    """What happens: SIGKILL, SIGSTOP, an exception, a blocked thread, or an await without an end."""

    KILL = "kill"
    STOP = "stop"
    RAISE = "raise"
    BLOCK = "block"
    HANG = "hang"


class Injected(RuntimeError):
    """What `raise` raises."""


@dataclass(kw_only=True)
class _Fault:
    point: Point
    place: str
    action: Action
    left: int

    def strikes(self, point: Point, place: str) -> bool:
        """Whether this is the hit that counts; it strikes once."""
        if point is not self.point or self.place not in ("", place):
            return False
        self.left -= 1
        return self.left == 0


_SPEC = re.compile(r"(?P<point>\w+)(?:\.(?P<place>\w+))?:(?P<action>\w+)(?:@(?P<count>[1-9][0-9]{0,5}))?")
_armed: list[_Fault] = []
_watchers: list[Callable[[Point, str], None]] = []


def arm(text: str) -> bool:
    """Arm the faults `POINT[.LANE]:ACTION[@N]`; whether there are any.

    Without a number it is the first hit that counts. Raises ValueError for what it does not know.
    """
    _armed[:] = [_parsed(spec.strip()) for spec in text.split(",") if spec.strip()]
    return bool(_armed)


@contextmanager
def watched(watcher: Callable[[Point, str], None]) -> Iterator[None]:
    """Within, the watcher is told of every point that is reached; what it raises is raised there."""
    _watchers.append(watcher)
    try:
        yield
    finally:
        _watchers.remove(watcher)


def hit(point: Point, place: str = "") -> None:
    """The process is at this point; `place` is the lane, or what is committed, where there are several."""
    if not (_armed or _watchers):
        return
    for watcher in _watchers:
        watcher(point, place)
    for fault in _armed:
        if fault.strikes(point, place):
            _strike(fault.action)


async def reach(point: Point) -> None:
    """Like `hit`, where something can also be awaited without an end."""
    if not (_armed or _watchers):
        return
    for watcher in _watchers:
        watcher(point, "")
    for fault in _armed:
        if fault.strikes(point, ""):
            if fault.action is Action.HANG:
                await asyncio.Event().wait()
            _strike(fault.action)


def _parsed(spec: str) -> _Fault:
    found = _SPEC.fullmatch(spec)
    if found is None:
        raise ValueError(f"{spec!r} is not of the form point[.lane]:action[@number]")
    return _Fault(
        point=Point(found["point"]),
        place=found["place"] or "",
        action=Action(found["action"]),
        left=int(found["count"] or 1),
    )


def _strike(action: Action) -> None:
    match action:
        case Action.KILL:
            os.kill(os.getpid(), signal.SIGKILL)
        case Action.STOP:
            os.kill(os.getpid(), signal.SIGSTOP)
        case Action.RAISE:
            raise Injected("a failpoint")
        case Action.BLOCK | Action.HANG:
            threading.Event().wait(BLOCKED)
