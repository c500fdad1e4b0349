"""What the general reader makes of labelled messages, counted as precision and recall."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from bot.domain.alert import Alert
from handlers.alerts import generic
from tests.reader.labelled import NONE, Labelled

SURE = 0.5
"""From this confidence on a reading counts as sure."""


@dataclass(frozen=True, kw_only=True)
class Read:
    """A message, its label, and what was read; `state` is none where nothing was."""

    labelled: Labelled
    alert: Alert | None

    @property
    def state(self) -> str:
        return self.alert.state.value if self.alert else NONE

    @property
    def sure(self) -> bool:
        return self.alert is not None and self.alert.confidence >= SURE

    @property
    def severity(self) -> str | None:
        return self.alert.severity.value if self.alert and self.alert.severity else None


@dataclass(frozen=True, kw_only=True)
class Tally:
    """How often something was said rightly, how often it was said, and how often it should have been."""

    right: int
    said: int
    true: int

    @property
    def precision(self) -> float | None:
        return self.right / self.said if self.said else None

    @property
    def recall(self) -> float | None:
        return self.right / self.true if self.true else None


@dataclass(frozen=True, kw_only=True)
class Score:
    """The figures of one source, or of all. `firing` is what pages; `surely` leaves out what was a guess."""

    messages: int
    firing: Tally
    surely: Tally
    cleared: Tally
    severity: Tally
    same: Tally


def read(messages: Iterable[Labelled]) -> list[Read]:
    """Read by the general reader alone, whatever the exact parsers know."""
    return [Read(labelled=each, alert=next(iter(generic.parse(each.message)), None)) for each in messages]


def score(found: Sequence[Read]) -> Score:
    """Count. Pairs for same or different are made within a source, of messages that are alerts."""
    return Score(
        messages=len(found),
        firing=_state(found, "firing", sure=False),
        surely=_state(found, "firing", sure=True),
        cleared=_state(found, "cleared", sure=False),
        severity=_severity(found),
        same=_same(found),
    )


def wrong(found: Sequence[Read]) -> list[str]:
    """What was read otherwise than its label says, in a line each."""
    lines = []
    for each in found:
        label = each.labelled
        if each.state != label.state and not (label.state == NONE and not each.sure):
            lines.append(f"{label.name}: {label.state} was read as {each.state}")
        elif label.state != NONE and label.severity not in ("", each.severity):
            lines.append(f"{label.name}: severity {label.severity} was read as {each.severity}")
    for one, other, true, said in _pairs(found):
        if true != said:
            lines.append(f"{one.labelled.name} and {other.labelled.name}: {'same' if true else 'different'}")
    return lines


def _state(found: Sequence[Read], state: str, *, sure: bool) -> Tally:
    said = [each for each in found if each.state == state and (each.sure or not sure)]
    return Tally(
        right=sum(each.labelled.state == state for each in said),
        said=len(said),
        true=sum(each.labelled.state == state for each in found),
    )


def _severity(found: Sequence[Read]) -> Tally:
    asked = [each for each in found if each.labelled.state != NONE and each.labelled.severity != ""]
    return Tally(
        right=sum(each.severity is not None and each.severity == each.labelled.severity for each in asked),
        said=sum(each.severity is not None for each in asked),
        true=sum(each.labelled.severity is not None for each in asked),
    )


def _same(found: Sequence[Read]) -> Tally:
    pairs = _pairs(found)
    return Tally(
        right=sum(true and said for _, _, true, said in pairs),
        said=sum(said for _, _, _, said in pairs),
        true=sum(true for _, _, true, _ in pairs),
    )


def _pairs(found: Sequence[Read]) -> list[tuple[Read, Read, bool, bool]]:
    """Both messages, whether they are of one thing, and whether they were read so."""
    asked = [each for each in found if each.alert and each.labelled.thing and each.labelled.state != NONE]
    return [
        (one, other, one.labelled.thing == other.labelled.thing, _key(one) == _key(other))
        for one, other in combinations(asked, 2)
        if one.labelled.source == other.labelled.source
    ]


def _key(each: Read) -> str:
    return each.alert.fingerprint if each.alert else ""
