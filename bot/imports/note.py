"""Notes: what somebody must know about a translation; where it stood, what became of it, what to do."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from bot.config.problem import printable

LONGEST = 400


class Weight(StrEnum):
    """How much a note matters, the most important first."""

    FILL = "fill in"
    LOST = "not translated"
    CHANGED = "translated differently"
    LATER = "to do in Slack"
    INFO = "good to know"


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where something stood in the export: the file, and the way to it inside.

    `id` is that of the object which stands there, or around there: it is quicker to look for.
    """

    file: str = ""
    path: str = ""
    id: str = ""

    def below(self, *steps: str | int) -> "Place":
        """A place inside this one."""
        path = self.path
        for step in steps:
            path += f"[{step}]" if isinstance(step, int) else f".{step}" if path else step
        return Place(file=self.file, path=path, id=self.id)

    def __str__(self) -> str:
        where = f"{self.file}: {self.path}" if self.path else self.file
        return printable(f"{where} (id {self.id})" if self.id else where, 200)


NOWHERE = Place()


@dataclass(frozen=True, kw_only=True, slots=True)
class Note:
    """`subject` is what it is about, such as schedule `primary`; `what` and `remedy` are sentences."""

    weight: Weight
    subject: str
    what: str
    remedy: str = ""
    place: Place = NOWHERE


@dataclass(kw_only=True)
class Notes:
    """The notes of one import, in the order in which they were made."""

    found: list[Note] = field(default_factory=list)

    def fill(self, subject: str, what: str, remedy: str, place: Place = NOWHERE) -> None:
        """Somebody must write something before this works."""
        self._add(Weight.FILL, subject, what, remedy, place)

    def lost(self, subject: str, what: str, remedy: str, place: Place = NOWHERE) -> None:
        """It was not translated: what it did is not done."""
        self._add(Weight.LOST, subject, what, remedy, place)

    def changed(self, subject: str, what: str, remedy: str = "", place: Place = NOWHERE) -> None:
        """It was translated into the nearest that there is."""
        self._add(Weight.CHANGED, subject, what, remedy, place)

    def later(self, subject: str, what: str, remedy: str, place: Place = NOWHERE) -> None:
        """It does not stand in the file: it is done in Slack, once the bot runs."""
        self._add(Weight.LATER, subject, what, remedy, place)

    def info(self, subject: str, what: str, remedy: str = "", place: Place = NOWHERE) -> None:
        """Nothing to do about it."""
        self._add(Weight.INFO, subject, what, remedy, place)

    def of(self, weight: Weight) -> list[Note]:
        """Those of one weight."""
        return [note for note in self.found if note.weight is weight]

    def _add(self, weight: Weight, subject: str, what: str, remedy: str, place: Place) -> None:
        self.found.append(
            Note(
                weight=weight,
                subject=printable(subject, 160),
                what=printable(what, LONGEST),
                remedy=printable(remedy, LONGEST),
                place=place,
            )
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Same:
    """Notes that say the same about several things."""

    weight: Weight
    what: str
    remedy: str
    subjects: tuple[str, ...]
    places: tuple[Place, ...]


def together(notes: Iterable[Note]) -> list[Same]:
    """Notes that say the same, as one; in the order of their weights."""
    groups: dict[tuple[Weight, str, str], list[Note]] = {}
    for note in notes:
        groups.setdefault((note.weight, note.what, note.remedy), []).append(note)
    order = list(Weight)
    return [
        Same(
            weight=weight,
            what=what,
            remedy=remedy,
            subjects=tuple(dict.fromkeys(note.subject for note in group)),
            places=tuple(dict.fromkeys(note.place for note in group)),
        )
        for (weight, what, remedy), group in sorted(groups.items(), key=lambda one: order.index(one[0][0]))
    ]
