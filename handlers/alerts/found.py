"""What an exact parser finds in a message: words that know their place, and the alert made of them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.domain.alert import Alert, AlertState, Link, Severity
from bot.domain.members import Members
from handlers.alerts.identity import MAX_DESCRIPTION, MAX_LABEL, digest, moment, shortened, titled
from handlers.alerts.markup import merged
from handlers.alerts.reading import SlackMessage
from handlers.alerts.severities import severity_of

MANY_LABELS = 60
LONGEST = 20_000

Placed = tuple[Link, str]
"""A link and the place where it stood."""


@dataclass(frozen=True, slots=True)
class Told:
    """Some words of a message, and where they stand in it: `attachments[0].title`, `text line 2`."""

    text: str = ""
    place: str = ""

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self.text.strip())

    @property
    def word(self) -> str:
        """The words in small letters, without marks and spaces around, for comparing."""
        return self.bare.text.casefold()

    @property
    def bare(self) -> "Told":
        """Without the marks of bold and code."""
        return Told(self.text.replace("`", "").replace("*", "").strip(), self.place)

    @property
    def lines(self) -> list["Told"]:
        """Line by line, counted from 1; empty lines are counted and left out."""
        numbered = enumerate(self.text[:LONGEST].split("\n"), 1)
        return [Told(line, f"{self.place} line {number}") for number, line in numbered if line.strip()]

    @property
    def first(self) -> "Told":
        """The first line, as it is."""
        return Told(self.text[:LONGEST].split("\n", 1)[0], f"{self.place} line 1")

    def cut(self, text: str | None) -> "Told":
        """A part of it."""
        return Told((text or "").strip(), self.place if text else "")

    def match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """How its beginning follows a pattern."""
        return pattern.match(self.text[:LONGEST])


NOTHING = Told()


@dataclass(kw_only=True, slots=True)
class Finding:
    """One alert as it is being found.

    `key` is what stays the same as long as it is the same alert, whatever its state. `severity` is looked
    for in the words of `severity_from`, unless it is given. A `test` is sev4 and labelled so. `members` is
    what is told of a group whose alerts do not stand by themselves.
    """

    source: str
    message: SlackMessage
    state: AlertState
    state_from: Told = NOTHING
    key: Sequence[Told | str]
    title: Told | Sequence[Told]
    severity: Severity | None = None
    severity_from: Told = NOTHING
    description: Told | Sequence[Told] = ()
    labels: Mapping[str, Told | str] = field(default_factory=dict)
    links: Sequence[Placed] = ()
    test: Told = NOTHING
    members: Members | None = None

    def alert(self) -> Alert:
        """The alert, with the place of everything that was read."""
        labels = self._labels()
        severity = self.severity or severity_of(self.severity_from.text)
        severity = Severity.SEV4 if self.test else severity
        known = {link.url: place for link, place in reversed(self.links)}
        linked = merged(tuple(link for link, _ in self.links))
        return Alert(
            source=self.source,
            fingerprint=digest(self.source, *(_words(part) for part in self.key)),
            state=self.state,
            title=titled(_joined(self.title, " ")) or f"Alert from {self.source}",
            severity=severity,
            description=shortened(_joined(self.description, "\n"), MAX_DESCRIPTION),
            labels={name: shortened(_words(part), MAX_LABEL) for name, part in labels.items()},
            links=linked,
            at=moment(self.message),
            origin=self.message.ref,
            parser=self.source,
            members=self.members,
            places=self._places(severity, labels) | {f"links.{x.label}": known[x.url] for x in linked},
        )

    def _labels(self) -> dict[str, Told | str]:
        told = [(name, part) for name, part in self.labels.items() if name and _words(part).strip()]
        return dict(told[:MANY_LABELS]) | ({"test": Told("true", self.test.place)} if self.test else {})

    def _places(self, severity: Severity | None, labels: Mapping[str, Told | str]) -> dict[str, str]:
        told: dict[str, Told | Sequence[Told | str] | str] = {
            "fingerprint": self.key,
            "state": self.state_from,
            "title": self.title,
            "severity": (self.test or self.severity_from) if severity else "",
            "description": self.description,
            **{f"labels.{name}": part for name, part in labels.items()},
            "at": "edited.ts" if self.message.edited else "ts",
        }
        places = {name: _place(part) for name, part in told.items() if name != "at"}
        return {name: place for name, place in places.items() if place} | {"at": str(told["at"])}


def _words(part: Told | str) -> str:
    return part.text if isinstance(part, Told) else part


def _joined(told: Told | Sequence[Told], between: str) -> str:
    if isinstance(told, Told):
        return told.text
    return between.join(part.text for part in told if part)


def _place(told: Told | Sequence[Told | str] | str) -> str:
    if isinstance(told, Told):
        return told.place if told else ""
    if isinstance(told, str):
        return ""
    return ", ".join(
        dict.fromkeys(part.place for part in told if isinstance(part, Told) and part and part.place)
    )
