"""Accounts: what the world knows of each incident, from what it asked for and what it was told."""

from dataclasses import dataclass, field, replace

from bot.domain.alert import Severity
from bot.domain.incident import Status

SKEW = 3.2
"""By how many seconds two replicas disagree at most: skews and jumps of 1.5 s to either side."""


@dataclass(kw_only=True, slots=True)
class Climb:
    """A time in which the incident certainly wants somebody to be paged, at the earliest from `began` on.

    `fresh`: it begins with the first rung. `resumed`: the next rung is due whenever it was due before.
    `nudges` tell when the next rung was asked for, and when that was answered.
    """

    began: float
    since: float
    severity: Severity
    fresh: bool
    until: float | None = None
    nudges: list[tuple[float, float]] = field(default_factory=list)
    declined: bool = False
    resumed: bool = False


@dataclass(kw_only=True, slots=True)
class Peace:
    """A time in which certainly nobody is to be paged."""

    since: float
    until: float | None = None


@dataclass(kw_only=True, slots=True)
class Asked:
    """A person who was asked by hand, and is to be paged."""

    began: float
    since: float
    person: str
    until: float | None = None


@dataclass(kw_only=True, slots=True)
class Account:
    """One incident as the world knows it.

    Between a question and its answer nothing is certain: there is neither a climb nor peace then.
    """

    name: str
    service: int
    severity: Severity
    status: Status | None = None
    wake: float | None = None
    resolved: float = 0.0
    climbs: list[Climb] = field(default_factory=list)
    peaces: list[Peace] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    doubted: float = 0.0
    lost_track: bool = False
    """Something happened of which the world cannot know what it means; nothing is judged."""

    def doubt(self, at: float) -> None:
        """Something is asked now that may change what is wanted."""
        self.pass_time(at)
        self._end(at)
        self.doubted = at

    def climbs_from(self, at: float, *, fresh: bool = True) -> None:
        """By then it has begun to climb."""
        self._end(at)
        self.status, self.wake = Status.TRIGGERED, None
        declined = not fresh and self.climbs[-1].declined
        self.climbs.append(
            Climb(began=self.doubted, since=at, severity=self.severity, fresh=fresh, declined=declined)
        )

    def rests_from(self, at: float, status: Status, wake: float | None = None) -> None:
        """By then somebody has it, or it is over."""
        self._end(at)
        if status is Status.RESOLVED and self.status is not Status.RESOLVED:
            self.resolved = at
        self.status, self.wake = status, wake
        self.peaces.append(Peace(since=at))

    def as_before(self, at: float) -> None:
        """What was asked has changed nothing."""
        if self.status is Status.TRIGGERED:
            self.climbs.append(
                replace(self.climbs[-1], since=at, until=None, fresh=False, nudges=[], resumed=True)
            )
        elif self.status is not None:
            self.peaces.append(Peace(since=at))

    def pass_time(self, now: float) -> None:
        """Whoever had it is asked again at the time that was agreed."""
        if self.wake is None or self.status is not Status.ACKNOWLEDGED or now < self.wake - SKEW:
            return
        self._end(self.wake - SKEW)
        self.doubted = self.wake - SKEW
        if now > self.wake + SKEW:
            self.climbs_from(self.wake + SKEW)

    @property
    def climb(self) -> Climb | None:
        """The climb that goes on now."""
        return self.climbs[-1] if self.climbs and self.climbs[-1].until is None else None

    def _end(self, at: float) -> None:
        parts: tuple[Climb | Peace | Asked, ...] = (*self.climbs[-1:], *self.peaces[-1:], *self.asked)
        for part in parts:
            if part.until is None:
                part.until = max(at, part.since)
