"""The shrinker: from a night that went wrong to the least of it that still does."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from tests.simulation.fates import Fate
from tests.simulation.scenario import Cut, Scenario

T = TypeVar("T")
Fails = Callable[[Cut], bool]


def shrunk(scenario: Scenario, fails: Fails, tries: int = 200) -> Cut:
    """Leave out affairs, then ordeals and spells, then kinds of faults, as long as it still goes wrong."""
    left = iter(range(tries))

    def still(cut: Cut) -> bool:
        return next(left, None) is not None and fails(cut)

    cut = Cut()
    affairs = _least(
        [each.name for each in scenario.affairs],
        lambda kept: still(replace(cut, affairs=frozenset(kept))),
    )
    cut = replace(cut, affairs=frozenset(affairs))
    ordeals = _least(range(len(scenario.ordeals)), lambda kept: still(replace(cut, ordeals=frozenset(kept))))
    cut = replace(cut, ordeals=frozenset(ordeals))
    spells = _least(range(len(scenario.spells)), lambda kept: still(replace(cut, spells=frozenset(kept))))
    cut = replace(cut, spells=frozenset(spells))
    for fate in Fate:
        less = replace(cut, without=cut.without | {fate.value})
        if fate is not Fate.FINE and still(less):
            cut = less
    return cut


def _least(things: Sequence[T], fails: Callable[[Sequence[T]], bool]) -> Sequence[T]:
    """A part that still fails, and of which no piece that was tried can be left out."""
    kept, pieces = list(things), 2
    if fails([]):
        return []
    while len(kept) > 1:
        size = max(len(kept) // pieces, 1)
        for begin in range(0, len(kept), size):
            less = kept[:begin] + kept[begin + size :]
            if fails(less):
                kept, pieces = less, max(pieces - 1, 2)
                break
        else:
            if size == 1:
                break
            pieces = min(pieces * 2, len(kept))
    return kept
