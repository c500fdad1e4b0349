"""Scenarios: everything that will be asked and everything that will go wrong, drawn from a seed."""

import random
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar

from bot.domain.alert import Severity
from bot.failpoints import Point
from tests.simulation.company import NAMES, PLACES, SLOW, TURNS, service
from tests.simulation.fates import Mode, Spell

T = TypeVar("T")

DAY = 86_400.0
CALM = 900.0
"""So long nothing goes wrong at the end, so that everything can come to rest."""


class Want(StrEnum):
    """What somebody does."""

    ACKNOWLEDGE = "acknowledge"
    UNACKNOWLEDGE = "unacknowledge"
    DECLINE = "decline"
    SNOOZE = "snooze"
    ESCALATE = "escalate"
    RAISE = "raise the severity"
    NOTE = "note"
    PAGE = "page by hand"
    UNDO = "take it back"
    EXTEND = "keep it for longer"
    RESOLVE = "resolve"
    CLEAR = "the alert clears"
    FIRE = "the alert fires again"


class Trial(StrEnum):
    """What happens to the machinery."""

    KILL = "killed between two steps"
    KILL_AT_POINT = "killed at a failpoint"
    KILL_AT_COMMIT = "killed around a commit"
    BREAK = "an exception at a failpoint"
    PAUSE = "stood still"
    PAUSE_AT_POINT = "stood still from a failpoint on"
    RESTART = "restarted in order"
    DISK_FAILS = "commit failed"
    DISK_LIES = "commit of unknown outcome"
    DISK_SLOW = "slow disk"
    CLOCK = "clock set wrong"


@dataclass(frozen=True, kw_only=True, slots=True)
class Act:
    """So many seconds after the incident was opened somebody does something; `twin`: two at once."""

    at: float
    want: Want
    by: str
    minutes: float = 0.0
    twin: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Affair:
    """One alert and what comes of it. `again` are deliveries of the very same request."""

    name: str
    at: float
    service: int
    severity: Severity
    again: tuple[float, ...]
    acts: tuple[Act, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Stint:
    """Somebody is put on call: instead of all, of one, or besides; perhaps withdrawn after a while."""

    at: float
    schedule: str
    person: str
    instead_of: str | None
    besides: bool
    after: float
    length: float
    withdrawn_after: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Ordeal:
    """Something that happens to one replica's machinery at a moment; `length` in seconds or steps."""

    at: float
    trial: Trial
    replica: int
    length: float
    back_after: float
    point: str = ""
    """A failpoint, when it has to be that one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Scenario:
    """A whole simulation."""

    seed: int
    replicas: int
    seconds: float
    skews: tuple[float, ...]
    affairs: tuple[Affair, ...]
    spells: tuple[Spell, ...]
    ordeals: tuple[Ordeal, ...]
    stints: tuple[Stint, ...] = ()
    copies: int = 1
    """So often every command arrives once more."""
    without: frozenset[str] = frozenset()
    """Kinds of faults that are left out, to find out which ones matter."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Size:
    """How much a scenario has of everything."""

    days: float = 19.5
    storms: int = 8
    affairs: int = 80
    again: int = 400
    """At most so many copies of every alert, and half as many of every command."""


def draw(seed: int, size: Size) -> Scenario:
    """The scenario of a seed."""
    chance = random.Random(seed)
    seconds = size.days * DAY
    replicas = chance.choice((1, 1, 2, 3))
    storms = _storms(chance, size, seconds - 6 * CALM)
    affairs = [_affair(chance, index, storms, size, seconds) for index in range(size.affairs)]
    return Scenario(
        seed=seed,
        replicas=replicas,
        seconds=seconds,
        skews=tuple(round(chance.uniform(-1.5, 1.5), 3) if replicas > 1 else 0.0 for _ in range(replicas)),
        affairs=tuple(sorted(affairs, key=lambda affair: affair.at)),
        copies=size.again // 2,
        spells=tuple(spell for storm in storms for spell in _spells(chance, storm)),
        ordeals=tuple(ordeal for storm in storms for ordeal in _ordeals(chance, storm, replicas)),
        stints=tuple(stint for storm in storms for stint in _stints(chance, storm)),
    )


def _storms(chance: random.Random, size: Size, until: float) -> list[tuple[float, float]]:
    """When things go wrong: minutes to an hour each."""
    starts = sorted(chance.uniform(0, until - 4000) for _ in range(size.storms))
    return [(start, start + chance.choice((240, 600, 1200, 3000))) for start in starts]


def _affair(
    chance: random.Random, index: int, storms: list[tuple[float, float]], size: Size, seconds: float
) -> Affair:
    """Most incidents fall into storms: that is where they are tried."""
    begin, end = chance.choice(storms)
    at = chance.uniform(begin - 400, end) if chance.random() < 0.85 else chance.uniform(0, seconds - 6 * CALM)
    number = chance.choice(PLACES)
    again = [chance.expovariate(1 / 40) for _ in range(chance.randrange(size.again))]
    return Affair(
        name=f"affair {index}",
        at=max(at, 1.0),
        service=number,
        severity=chance.choice((Severity.SEV1, Severity.SEV2, Severity.SEV3)),
        again=tuple(round(each, 3) for each in again),
        acts=_acts(
            chance,
            left_open=at > seconds - DAY and chance.random() < 0.3,
            slow=str(service(number).id) in SLOW,
        ),
    )


_INSTANTS = (180.0, 300.0, 420.0, 600.0, 720.0, 1200.0)
"""Seconds after the opening at which rungs are due: the most interesting moments to act."""


def _moment(chance: random.Random, after: float, pace: float) -> float:
    later = [instant for instant in _INSTANTS if instant > after]
    if later and chance.random() < 0.4:
        return chance.choice(later) + chance.uniform(-0.06, 0.06)
    return after + pace * chance.expovariate(1 / 240)


_FIRST = (
    *(Want.ACKNOWLEDGE,) * 6,
    *(Want.SNOOZE, Want.DECLINE, Want.ESCALATE, Want.RAISE, Want.NOTE, Want.PAGE),
    *(Want.CLEAR, Want.RESOLVE),
)
_THEN = (
    *(Want.UNACKNOWLEDGE, Want.UNACKNOWLEDGE, Want.ESCALATE, Want.SNOOZE, Want.ACKNOWLEDGE, Want.DECLINE),
    *(Want.CLEAR, Want.FIRE, Want.FIRE, Want.RESOLVE, Want.RAISE, Want.NOTE, Want.PAGE),
    *(Want.EXTEND, Want.ACKNOWLEDGE, Want.ACKNOWLEDGE),
)
_UNDOABLE = {Want.ACKNOWLEDGE, Want.SNOOZE, Want.RESOLVE}


def _acts(chance: random.Random, *, left_open: bool, slow: bool) -> tuple[Act, ...]:
    """A few things that people do, and in the end, but for some of the last day, somebody resolves it.

    `slow`: they have all the time of the world, a day or more of it.
    """
    acts, at = list[Act](), chance.choice((0.0, 0.0, 5.0, 60.0, 290.0))
    pace = chance.choice((1.0, 4.0, 16.0)) if slow else 1.0
    for index in range(chance.choice((0, 1, 1, 2, 2, 3, 4, 6))):
        at = _moment(chance, at, pace)
        act = _act(chance, at, chance.choice(_FIRST if index == 0 else _THEN))
        acts.append(act)
        if act.want in _UNDOABLE and chance.random() < 0.3:
            at += chance.choice((2.0, 10.0, 25.0, 45.0)) * chance.random()
            acts.append(replace(act, at=round(at, 3), want=Want.UNDO, twin=False))
    if not left_open:
        acts.append(_act(chance, at + pace * chance.uniform(30, 5400), Want.RESOLVE))
    return tuple(acts)


def _act(chance: random.Random, at: float, want: Want) -> Act:
    twin = want is Want.ACKNOWLEDGE and chance.random() < 0.2
    minutes = chance.choice((1.0, 5.0, 15.0, 30.0))
    return Act(at=round(at, 3), want=want, by=chance.choice(NAMES), minutes=minutes, twin=twin)


_STAND_INS = {"first": ("bob", "boss", "ann"), "second": ("bob", "eve", "fred")}


def _stints(chance: random.Random, storm: tuple[float, float]) -> list[Stint]:
    """Overrides are made while things go wrong, some of them for later, some of them withdrawn."""
    begin, end = storm
    stints = []
    for _ in range(chance.choice((0, 1, 2, 3))):
        schedule = chance.choice(tuple(TURNS))
        how = chance.choice(("all", "all", "one", "besides"))
        stints.append(
            Stint(
                at=round(chance.uniform(begin - 300, end), 3),
                schedule=schedule,
                person=chance.choice(_STAND_INS[schedule]),
                instead_of=chance.choice(TURNS[schedule].people) if how == "one" else None,
                besides=how == "besides",
                after=chance.choice((0.0, 0.0, 120.0, 600.0)),
                length=chance.choice((300.0, 1800.0, 7200.0)),
                withdrawn_after=chance.choice((None, None, 60.0, 600.0)),
            )
        )
    return stints


def _spells(chance: random.Random, storm: tuple[float, float]) -> list[Spell]:
    begin, end = storm
    spells = []
    for provider, likely in (("slack", 0.85), ("mail", 0.4), ("jira", 0.6)):
        at = begin
        while chance.random() < likely and at < end:
            length = chance.choice((20, 60, 180, 600))
            share = chance.choice((0.2, 0.5, 0.9, 1.0))
            mode = chance.choice(tuple(Mode))
            spells.append(
                Spell(begin=at, end=min(at + length, end), provider=provider, mode=mode, share=share)
            )
            at += length * chance.choice((1, 1, 2))
    return spells


_TRIALS = (
    *(Trial.KILL, Trial.KILL_AT_POINT, Trial.KILL_AT_POINT, Trial.KILL_AT_COMMIT),
    *(Trial.BREAK, Trial.BREAK, Trial.PAUSE, Trial.PAUSE_AT_POINT, Trial.RESTART),
    *(Trial.DISK_FAILS, Trial.DISK_LIES, Trial.DISK_SLOW, Trial.CLOCK),
)


def _ordeals(chance: random.Random, storm: tuple[float, float], replicas: int) -> list[Ordeal]:
    begin, end = storm
    if chance.random() < 0.2:
        return []
    at, pace, ordeals = begin, chance.choice((5, 15, 40, 120)), []
    while (at := at + chance.expovariate(1 / pace)) < end:
        trial = chance.choice(_TRIALS)
        ordeals.append(
            Ordeal(
                at=round(at, 3),
                trial=trial,
                replica=chance.randrange(replicas),
                length=_length(chance, trial),
                back_after=round(chance.choice((0.3, 1.0, 3.0, 3.0, 10.0, 40.0)), 3),
                point=_point(chance, trial),
            )
        )
    return ordeals


def _point(chance: random.Random, trial: Trial) -> str:
    """Where it is to happen; nowhere in particular: at whatever failpoint comes."""
    if trial is Trial.PAUSE_AT_POINT:
        return Point.AFTER_CLAIM  # the one between a claim and its sends
    return chance.choice(tuple(Point)) if chance.random() < 0.4 else ""


def _length(chance: random.Random, trial: Trial) -> float:
    match trial:
        case Trial.PAUSE | Trial.PAUSE_AT_POINT:
            return chance.choice((2.0, 8.0, 16.0, 25.0, 50.0))
        case Trial.CLOCK:
            return round(chance.uniform(-1.5, 1.5), 3)
        case Trial.DISK_FAILS | Trial.DISK_LIES | Trial.DISK_SLOW:
            return chance.choice((1.0, 3.0, 10.0))
        case _:
            return float(chance.choice((1, 2, 5, 10, 30, 60, 120)))


@dataclass(frozen=True, kw_only=True, slots=True)
class Cut:
    """What is left of a scenario: some of its affairs, ordeals, spells, and kinds of faults."""

    affairs: frozenset[str] | None = None
    ordeals: frozenset[int] | None = None
    spells: frozenset[int] | None = None
    without: frozenset[str] = frozenset()

    def of(self, scenario: Scenario) -> Scenario:
        """The smaller scenario. What is left happens as it did, as far as the rest had no part in it."""
        return replace(
            scenario,
            affairs=tuple(a for a in scenario.affairs if self.affairs is None or a.name in self.affairs),
            ordeals=_kept(scenario.ordeals, self.ordeals),
            spells=_kept(scenario.spells, self.spells),
            without=scenario.without | self.without,
        )


def _kept(things: tuple[T, ...], wanted: frozenset[int] | None) -> tuple[T, ...]:
    return tuple(thing for index, thing in enumerate(things) if wanted is None or index in wanted)
