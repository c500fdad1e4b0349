"""Stays: who would be on call, and who is when overrides have been applied."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from bot.domain.ids import PersonId
from bot.domain.override import Override, OverrideKind


class Stay(NamedTuple):
    """Somebody's time on call before overrides cut it; equal stays are one shift."""

    person: PersonId
    layer: int
    override: Override | None
    since: datetime
    until: datetime


class Scene(NamedTuple):
    """Who would be on call without overrides, and for how long exactly these."""

    stays: tuple[Stay, ...]
    since: datetime
    until: datetime


def once(stays: Iterable[Stay]) -> tuple[Stay, ...]:
    """Nobody is on call twice: the first stay of each person."""
    found: dict[PersonId, Stay] = {}
    for stay in stays:
        found.setdefault(stay.person, stay)
    return tuple(found.values())


def active(overrides: Sequence[Override], at: datetime) -> list[Override]:
    """Those overrides that hold then, in the order in which they were made."""
    found = [one for one in overrides if one.since <= at < one.until]
    if len(found) > 1:
        found.sort(key=_made)
    return found


def _made(override: Override) -> tuple[datetime, str]:
    return override.made_at, override.id


def decided(stays: tuple[Stay, ...], overrides: Sequence[Override]) -> tuple[Stay, ...]:
    """Apply overrides, one after the other."""
    if not overrides:
        return stays
    found = {stay.person: stay for stay in stays}
    for one in overrides:
        _apply(one, found)
    return tuple(found.values())


def _apply(override: Override, found: dict[PersonId, Stay]) -> None:
    person, since, until = override.person, override.since, override.until
    if override.kind is OverrideKind.REPLACE and override.instead_of is not None:
        if (left := found.pop(override.instead_of, None)) is not None:
            since, until = max(since, left.since), min(until, left.until)
            found.setdefault(person, Stay(person, 0, override, since, until))
        return
    if override.kind is OverrideKind.REPLACE:
        found.clear()
    found.pop(person, None)
    if override.kind is not OverrideKind.REMOVE:
        found[person] = Stay(person, 0, override, since, until)


def cuts(override: Override, stay: Stay) -> bool:
    """Whether a stay that does not depend on anybody else's ends where that override holds."""
    if override.until <= override.since:
        return False
    if stay.override is not None and _made(override) <= _made(stay.override):
        return False
    if override.kind is not OverrideKind.REPLACE:
        return override.person == stay.person
    return override.instead_of is None or override.instead_of == stay.person
