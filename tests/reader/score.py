"""What the general reader makes of labelled messages, counted as precision and recall."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, groupby

from bot.domain.alert import Alert
from handlers.alerts import generic
from tests.reader.labelled import NONE, Labelled

SURE = 0.5
"""From this confidence on a reading counts as sure."""


@dataclass(frozen=True, kw_only=True)
class Read:
    """A label, and the alert that was read for it; `state` is none where nothing was.

    An alert that nobody labelled stands beside the label of its message, as one that should be none.
    """

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
    """The figures of one source, or of all, by alerts. `firing` pages, `surely` without what was a guess."""

    messages: int
    alerts: int
    firing: Tally
    surely: Tally
    cleared: Tally
    severity: Tally
    same: Tally


def read(labels: Iterable[Labelled]) -> list[Read]:
    """Read by the general reader alone, whatever the exact parsers know."""
    return [each for _, group in groupby(labels, lambda each: each.name) for each in _paired(list(group))]


def _paired(labels: Sequence[Labelled]) -> list[Read]:
    """Each label with the alert that fits it best, by its name and its state; what is left fits none."""
    left = generic.parse(labels[0].message)
    found: dict[int, Alert] = {}
    for number, label in sorted(enumerate(labels), key=lambda each: -_fit(each[1], left)):
        if left and label.state != NONE:
            found[number] = max(left, key=lambda alert: _fit(label, [alert]))
            left.remove(found[number])
    pairs = [Read(labelled=label, alert=found.get(number)) for number, label in enumerate(labels)]
    nobodys = replace(labels[0], state=NONE, severity="", thing="")
    others = [Read(labelled=nobodys, alert=alert) for alert in left]
    return others if others and labels[0].state == NONE else pairs + others


def _fit(label: Labelled, alerts: Iterable[Alert]) -> int:
    named = re.compile(rf"\b{re.escape(label.thing)}\b", re.IGNORECASE)
    return max(
        (
            2 * bool(label.thing and named.search(alert.title)) + (alert.state.value == label.state)
            for alert in alerts
        ),
        default=0,
    )


def score(found: Sequence[Read]) -> Score:
    """Count. Pairs for same or different are made within a source, of messages that are alerts."""
    return Score(
        messages=len({each.labelled.name for each in found}),
        alerts=sum(each.labelled.state != NONE for each in found),
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
