"""Prospects: what follows when a rung is due. Asked by the climb itself and by whoever shows who is next."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from functools import partial

from bot.domain.aim import Aim, Aiming
from bot.domain.condition import for_severity, holds_from, in_time, words
from bot.domain.incident import Incident
from bot.domain.ladder import LONGEST_HOLD, Escalation, Hold, Otherwise, Step, moved, step_after
from bot.domain.roster import Roster


class Fit(StrEnum):
    """What a rung's condition says."""

    FIRES = "fires"
    SKIPPED = "skipped"
    HELD = "held"


@dataclass(kw_only=True, slots=True)
class Prospect:
    """What happens when the next rung is due.

    `place` is the rung that fires, or is held, or was tried last; `aim` is whom it pages, None when it
    pages nobody. `tried` is the last rung at which somebody was looked for. `skipped` are rungs whose
    conditions did not hold; `nobody` is for whom nobody was there; `exhausted` is where the last round ended.
    `kept`: the rung waits for the end of quiet hours. `passed` are the rungs that reach nobody.
    """

    place: Escalation
    tried: Escalation
    aim: Aim | None = None
    hold: Hold | None = None
    skipped: list[Escalation] = field(default_factory=list)
    nobody: list[str] = field(default_factory=list)
    exhausted: Escalation | None = None
    kept: bool = False
    passed: list[tuple[Escalation, Aim]] = field(default_factory=list)


def prospect(incident: Incident, escalation: Escalation, roster: Roster, at: datetime) -> Prospect:
    """The rung that is due and, as long as nobody is reached, those after it.

    An exhausted ladder is gone through once. When that reaches nobody although there is somebody, it is
    gone through once more, and nobody is spared.
    """
    found = Prospect(place=escalation, tried=escalation)
    spared = False
    for each in map(partial(_waited, at=at), _places(escalation, at)):
        place = each
        if place.exhausted_at is not None and escalation.exhausted_at is None and found.exhausted is None:
            found.exhausted, incident = place, replace(incident, declined=())
        aim = Aiming(incident=incident, place=place, roster=roster, at=at).aim()
        fit = _fit(incident, place, aim, at)
        if fit is Fit.HELD and escalation.hurried:
            place = replace(place, forced=True)
            aim, fit = Aiming(incident=incident, place=place, roster=roster, at=at).aim(), Fit.FIRES
        found.place = place
        if fit is Fit.HELD:
            found.hold = _held(place, aim, at)
            return found
        if fit is Fit.FIRES and aim.reached:
            return _fired(found, place, aim)
        _passed(found, place, aim, fit)
        spared = spared or aim.spared or fit is Fit.SKIPPED
    return _last_resort(found, incident, roster, at) if spared else found


def _places(escalation: Escalation, at: datetime) -> Iterator[Escalation]:
    """The rung that is due and those after it, until an exhausted ladder was gone through once."""
    place, seen = escalation, 0
    while True:
        if place.over:
            place = replace(place, exhausted_at=at, step=Step(round=place.step.round, rung=1))
        if place.exhausted_at is not None:
            seen += 1
            if seen > len(place.climbed.rungs):
                return
        yield place
        place = _after(place)


def _after(place: Escalation) -> Escalation:
    """The rung after one that pages nobody; those who are paged together with that come along."""
    return replace(moved(place, step_after(place.climbed, place.step)), also=place.also)


def _waited(place: Escalation, at: datetime) -> Escalation:
    """Nothing is held for ever."""
    long = place.hold is not None and at >= place.hold.since + LONGEST_HOLD
    return replace(place, forced=True) if long else place


def _fit(incident: Incident, place: Escalation, aim: Aim, at: datetime) -> Fit:
    """Whether the rung fires. An exhausted ladder holds nothing: it must go on."""
    condition = place.rung.when
    if condition is None or place.forced:
        return Fit.FIRES
    if not for_severity(condition, incident.severity):
        return Fit.SKIPPED
    if in_time(condition, at) and not (aim.asleep and not aim.reached):
        return Fit.FIRES
    if place.rung.otherwise is Otherwise.SKIP or place.exhausted_at is not None:
        return Fit.SKIPPED
    return Fit.HELD


def _held(place: Escalation, aim: Aim, at: datetime) -> Hold:
    condition = place.rung.when
    assert condition is not None
    since = place.hold.since if place.hold else at
    until = holds_from(condition, aim.asleep, at, since + LONGEST_HOLD)
    return Hold(since=since, until=until, why=words(condition))


def _fired(found: Prospect, place: Escalation, aim: Aim) -> Prospect:
    found.tried, found.aim = place, aim
    found.nobody += aim.nobody
    return found


def _passed(found: Prospect, place: Escalation, aim: Aim, fit: Fit) -> None:
    if fit is Fit.SKIPPED:
        found.skipped.append(place)
        return
    found.tried = place
    found.nobody += aim.nobody
    found.passed.append((place, aim))


def _last_resort(found: Prospect, incident: Incident, roster: Roster, at: datetime) -> Prospect:
    """Better somebody who sleeps, or has answered, than nobody."""
    place = found.place
    for _ in place.climbed.rungs:
        found.place = place = _after(place)
        aim = Aiming(incident=incident, place=place, roster=roster, at=at, anyone=True).aim()
        if aim.reached:
            aim.nobody.clear()  # they were named already
            return _fired(found, place, aim)
    return found
