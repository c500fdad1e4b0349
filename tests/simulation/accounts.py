"""Accounts: what the world knows of each incident, from what it asked for and what it was told."""

from dataclasses import dataclass, field, replace

from bot.domain.alert import Severity
from bot.domain.incident import Status

SKEW = 3.2
"""By how many seconds two replicas disagree at most: skews and jumps of 1.5 s to either side."""

UNDO = 30.0
"""So long something can be taken back."""


@dataclass(kw_only=True, slots=True)
class Climb:
    """A time in which the incident certainly wants somebody to be paged, at the earliest from `began` on.

    `fresh`: it begins with the first rung; `delayed`: after the ladder's delay. `resumed`: the next rung is
    due whenever it was due before. `nudges` tell when the next rung was asked for, and when that was
    answered. `also` had it before, and are paged with the first rung. `answered` have acknowledged while
    others are needed as well.
    """

    began: float
    since: float
    severity: Severity
    fresh: bool
    until: float | None = None
    nudges: list[tuple[float, float]] = field(default_factory=list)
    declined: bool = False
    gone: frozenset[str] = frozenset()
    """Who said "I can't"."""
    resumed: bool = False
    undone: bool = False
    delayed: bool = False
    also: frozenset[str] = frozenset()
    answered: frozenset[str] = frozenset()


@dataclass(kw_only=True, slots=True)
class Peace:
    """A time in which certainly nobody is to be paged: none at all, or, with `person`, not that one.

    With `wake`, those who have it are asked before it whether they still do.
    """

    since: float
    until: float | None = None
    person: str | None = None
    wake: float | None = None
    holders: frozenset[str] = frozenset()


@dataclass(kw_only=True, slots=True)
class Asked:
    """A person who was asked by hand, and is paged again and again until they answer, or it is resolved.

    `over`: from then on certainly not any more. `again`: an answer was taken back, and so they are asked
    as if they had never given it.
    """

    began: float
    since: float
    person: str
    until: float | None = None
    over: float | None = None
    again: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Before:
    """What was true before somebody did what they can take back."""

    by: str
    began: float
    told: float
    status: Status
    wake: float | None
    snoozed: bool
    holders: frozenset[str]


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
    snoozed: bool = False
    resolved: float = 0.0
    holders: frozenset[str] = frozenset()
    """Who has it, or has acknowledged while others are needed as well."""
    climbs: list[Climb] = field(default_factory=list)
    peaces: list[Peace] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    before: Before | None = None
    doubted: float = 0.0
    wrongs: list[tuple[float, str]] = field(default_factory=list)
    """Answers that cannot be right."""
    early: list[tuple[float, float]] = field(default_factory=list)
    """When, and since when it climbed, somebody was told that it was enough although others were missing."""
    lost_track: bool = False
    """Something happened of which the world cannot know what it means; nothing is judged."""

    def doubt(self, at: float) -> None:
        """Something is asked now that may change what is wanted."""
        self.pass_time(at)
        self._end(at)
        self.doubted = at

    def climbs_from(
        self,
        at: float,
        *,
        fresh: bool = True,
        delayed: bool = False,
        also: frozenset[str] = frozenset(),
    ) -> None:
        """By then it has begun to climb."""
        self._end(at)
        self.status, self.wake, self.snoozed, self.holders = Status.TRIGGERED, None, False, frozenset()
        gone = frozenset() if fresh else self.climbs[-1].gone
        self.climbs.append(
            Climb(
                began=self.doubted,
                since=at,
                severity=self.severity,
                fresh=fresh,
                declined=bool(gone),
                gone=gone,
                delayed=delayed,
                also=also,
            )
        )

    def rests_from(
        self,
        at: float,
        status: Status,
        wake: float | None = None,
        *,
        holders: frozenset[str] = frozenset(),
        snoozed: bool = False,
    ) -> None:
        """By then somebody has it, or it is over."""
        self._end(at)
        if status is Status.RESOLVED:
            self.resolved = at if self.status is not Status.RESOLVED else self.resolved
            self._nobody_is_asked(at)
        self.status, self.wake, self.snoozed, self.holders = status, wake, snoozed, holders
        asks = wake is not None and not snoozed
        self.peaces.append(Peace(since=at, wake=wake if asks else None, holders=holders))

    def goes_on(self, at: float, *, undone: bool = False) -> None:
        """It climbs as it did, and spares those who have answered."""
        last = self.climbs[-1]
        self.climbs.append(
            replace(
                last,
                since=at,
                until=None,
                fresh=False,
                nudges=[],
                resumed=True,
                undone=undone,
                answered=self.holders,
            )
        )
        for person in sorted(self.holders):
            self.peaces.append(Peace(since=at, person=person))

    def as_before(self, at: float) -> None:
        """What was asked has changed nothing."""
        if self.status is Status.TRIGGERED:
            self.goes_on(at)
        elif self.status is not None:
            self.rests_from(at, self.status, self.wake, holders=self.holders, snoozed=self.snoozed)

    # what can be taken back

    def may_be_undone(self, by: str, at: float, was: "Account") -> None:
        """Somebody has done something that they can take back."""
        if was.status is None:
            return
        self.before = Before(
            by=by,
            began=self.doubted,
            told=at,
            status=was.status,
            wake=was.wake,
            snoozed=was.snoozed,
            holders=was.holders,
        )

    def is_undone(self, at: float) -> None:
        """It is as it was before, and whoever was asked is asked as before."""
        before = self.before
        assert before is not None
        self.status, self.wake, self.snoozed = before.status, before.wake, before.snoozed
        self.holders, self.before = before.holders, None
        if before.status is Status.TRIGGERED:
            self.goes_on(at, undone=True)
        else:
            self.rests_from(at, before.status, before.wake, holders=before.holders, snoozed=before.snoozed)
        for asked in [each for each in self.asked if each.over == before.told]:
            self.asked.append(Asked(began=self.doubted, since=at, person=asked.person, again=True))

    # those who were asked besides

    def asks(self, person: str, at: float) -> None:
        """They are asked from then on."""
        self.may_answer(person, self.doubted)
        self.asked.append(Asked(began=self.doubted, since=at, person=person))

    def may_answer(self, person: str, at: float) -> None:
        """They may have answered from then on."""
        for asked in self.asked:
            if asked.person == person and asked.until is None:
                asked.until = at

    def has_answered(self, person: str, at: float) -> None:
        """They are not asked any more."""
        for asked in self.asked:
            if asked.person == person and asked.over is None:
                asked.over = at

    def _nobody_is_asked(self, at: float) -> None:
        for asked in self.asked:
            asked.until = asked.until if asked.until is not None else self.doubted
            asked.over = asked.over if asked.over is not None else at

    # time

    def pass_time(self, now: float) -> None:
        """Whoever had it is asked again at the time that was agreed."""
        if self.wake is None or self.status is not Status.ACKNOWLEDGED or now < self.wake - SKEW:
            return
        holders, wake = self.holders, max(self.wake, self.peaces[-1].since)
        self._end(wake - SKEW)
        self.doubted = wake - SKEW
        if now > wake + SKEW:
            self.climbs_from(wake + SKEW, also=holders)

    def unsure(self, since: float, until: float) -> bool:
        """Whether it may have woken in that time."""
        return self.wake is not None and since - SKEW <= self.wake <= until + SKEW

    @property
    def climb(self) -> Climb | None:
        """The climb that goes on now."""
        return self.climbs[-1] if self.climbs and self.climbs[-1].until is None else None

    def _end(self, at: float) -> None:
        parts: tuple[Climb | Peace, ...] = (*self.climbs[-1:], *self.peaces)
        for part in parts:
            if part.until is None:
                part.until = max(at, part.since)
