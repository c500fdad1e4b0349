"""Fates: what happens to a call to a provider, drawn from the seed, the call's name and its number alone."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Fate(StrEnum):
    """What a provider does with a call; but for the first they are faults."""

    FINE = "fine"
    SLOW = "slow answer"
    SWALLOWED = "accepted, never answered"
    BLACK_HOLE = "never answered"
    THROTTLED = "429"
    PUT_OFF = "429 with Retry-After"
    FAILED = "5xx, not delivered"
    DELIVERED = "5xx, but delivered"
    RESET = "reset before it was taken"
    TAKEN_AND_RESET = "reset after it was taken"
    UNREACHED = "connection refused"
    LIE = "429, but delivered"
    LATE = "accepted long after the time-out"
    REJECTED = "rejected for good"
    BLIND = "look-up finds nothing, wrongly"
    LOOK_UP_FAILED = "look-up fails"
    LOOK_UP_REFUSED = "look-up refused for good"


class Mode(StrEnum):
    """How a provider is for a while."""

    SLUGGISH = "sluggish"
    HANGING = "hanging"
    THROTTLING = "throttling"
    FAILING = "failing"
    LYING = "lying"
    GONE = "gone"
    REFUSING = "refusing"
    MIXED = "mixed"


F = Fate
_HONEST: Mapping[Fate, int] = {
    F.SLOW: 4,
    F.SWALLOWED: 3,
    F.BLACK_HOLE: 1,
    F.THROTTLED: 4,
    F.PUT_OFF: 3,
    F.FAILED: 4,
    F.DELIVERED: 4,
    F.RESET: 3,
    F.TAKEN_AND_RESET: 3,
    F.UNREACHED: 4,
}
CALLS: Mapping[Mode, Mapping[Fate, int]] = {
    Mode.SLUGGISH: {F.SLOW: 9, F.SWALLOWED: 1},
    Mode.HANGING: {F.SWALLOWED: 2, F.BLACK_HOLE: 1, F.SLOW: 1},
    Mode.THROTTLING: {F.THROTTLED: 2, F.PUT_OFF: 1},
    Mode.FAILING: {F.FAILED: 2, F.DELIVERED: 2, F.RESET: 1, F.TAKEN_AND_RESET: 1},
    Mode.LYING: {F.LIE: 1, F.LATE: 1, F.DELIVERED: 2, F.SWALLOWED: 1},
    Mode.GONE: {F.BLACK_HOLE: 1, F.UNREACHED: 5},
    Mode.REFUSING: {F.REJECTED: 1, F.UNREACHED: 3},
    Mode.MIXED: _HONEST,
}
LOOK_UPS: Mapping[Mode, Mapping[Fate, int]] = {
    Mode.SLUGGISH: {F.SLOW: 1},
    Mode.HANGING: {F.BLACK_HOLE: 1},
    Mode.THROTTLING: {F.LOOK_UP_FAILED: 1, F.PUT_OFF: 1},
    Mode.FAILING: {F.LOOK_UP_FAILED: 1},
    Mode.LYING: {F.BLIND: 1},
    Mode.GONE: {F.BLACK_HOLE: 1, F.LOOK_UP_FAILED: 5},
    Mode.REFUSING: {F.LOOK_UP_REFUSED: 1, F.LOOK_UP_FAILED: 3},
    Mode.MIXED: {F.SLOW: 1, F.LOOK_UP_FAILED: 3, F.BLACK_HOLE: 1},
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Spell:
    """From `begin` to `end` a provider is in that mode: so many of its calls (0 to 1) meet a fault."""

    begin: float
    end: float
    provider: str
    mode: Mode
    share: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Doom:
    """A fate with its particulars: seconds until the answer, and the wish to be left alone for a while."""

    fate: Fate
    delay: float
    retry_after: float = 0.0


class Fates:
    """Draws fates. The same call of the same seed meets the same fate, whatever else happens."""

    def __init__(self, seed: int, spells: Sequence[Spell], without: frozenset[str]) -> None:
        self._seed = seed
        self._without = without
        self._spells: dict[str, list[Spell]] = {}
        for spell in spells:
            self._spells.setdefault(spell.provider, []).append(spell)

    def call(self, provider: str, name: str, number: int, now: float) -> Doom:
        """What becomes of a send."""
        return self._drawn(CALLS, provider, name, number, now)

    def look_up(self, provider: str, name: str, number: int, now: float) -> Doom:
        """What becomes of a look-up."""
        return self._drawn(LOOK_UPS, provider, f"?{name}", number, now)

    def _drawn(
        self,
        table: Mapping[Mode, Mapping[Fate, int]],
        provider: str,
        name: str,
        number: int,
        now: float,
    ) -> Doom:
        drawn = hashlib.blake2b(f"{self._seed}/{provider}/{name}/{number}".encode(), digest_size=12).digest()
        whether, which, chance = (int.from_bytes(drawn[at : at + 4]) / 2**32 for at in (0, 4, 8))
        mode = self._mode(provider, now, whether)
        if mode is not None:
            fate = _weighed(table[mode], which)
            if fate.value not in self._without:
                slow = fate is Fate.SLOW
                wish = _wish(chance) if fate is Fate.PUT_OFF else 0.0
                return Doom(fate=fate, delay=1 + 4.7 * chance if slow else 0.05, retry_after=wish)
        return Doom(fate=Fate.FINE, delay=0.02 + 0.08 * chance)

    def _mode(self, provider: str, now: float, chance: float) -> Mode | None:
        for spell in self._spells.get(provider, ()):
            if spell.begin <= now < spell.end and chance < spell.share:
                return spell.mode
        return None


def _weighed(table: Mapping[Fate, int], chance: float) -> Fate:
    left = chance * sum(table.values())
    for fate, weight in table.items():
        left -= weight
        if left < 0:
            return fate
    return Fate.FINE


def _wish(chance: float) -> float:
    """How long a throttled caller is to stay away: mostly seconds, now and then a minute."""
    return 1 + 8 * chance if chance < 0.9 else 60.0
