"""Findings: an alert made of parts of a document, which remembers where each part was read."""

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from bot.domain.alert import Alert, AlertState, Link, Severity
from bot.domain.changing import changed
from handlers.alerts.identity import MAX_DESCRIPTION, MAX_LABEL, digest, shortened, titled
from handlers.alerts.markup import merged, safe_link
from handlers.alerts.severities import severity_of
from handlers.webhooks.document import Node
from handlers.webhooks.oddities import (
    memberless,
    no_severity,
    no_state,
    no_time,
    untitled,
    unusable,
    wordless,
)

MANY_LABELS = 60
_LONGEST_NAME = 80
_ALONE = "it was left out"
_NEVER = re.compile(r"0*(1-01-01T.*)?$")

Part = Node | str
"""What was read in the document, or a text that the parser wrote itself."""


@dataclass(kw_only=True, slots=True)
class Finding:
    """One alert as it is being found.

    `key` is what stays the same as long as it is the same alert, whatever its state: with these parts,
    in this order, the fingerprint is made. `severity` is looked for in the words of a part, unless the
    parser gives a Severity itself, with `severity_from` for its place. `at` is when the state began, unless
    the parser knows that it is when it was told (`began`). A `trial` is a message by which
    somebody tries whether the source reaches us: sev4, and labelled `test`. `objects` are those of whose
    members it was made, and `plain` what should be words if it is there at all; `unknown`: the word for the
    state says nothing that the parser knows.
    """

    source: str
    state: AlertState
    title: Part | Sequence[Part]
    key: Sequence[Part]
    state_from: Part = ""
    severity: Part | Severity | None = None
    severity_from: Part = ""
    description: Part | Sequence[Part] = ""
    labels: Mapping[str, Part] = field(default_factory=dict)
    links: Sequence[tuple[str, Part]] = ()
    at: Node | None = None
    began: bool = True
    trial: bool = False
    confidence: float = 1.0
    objects: Sequence[Node] = ()
    plain: Sequence[Node] = ()
    unknown: bool = False

    def alert(self) -> Alert:
        """The alert, with the place of everything that was read."""
        severity = self._severity()
        labels = _labels({"test": "true", **self.labels} if self.trial else self.labels)
        links = [
            (part, link) for label, part in self.links if (url := text(part)) and (link := _link(label, url))
        ]
        at = self.at.moment if self.at is not None else None
        alert = Alert(
            source=self.source,
            fingerprint=digest(self.source, *(text(part) for part in self.key)),
            state=self.state,
            title=titled(_joined(self.title, " ")) or titled(f"Alert from {self.source}"),
            severity=severity,
            description=shortened(_joined(self.description, "\n"), MAX_DESCRIPTION),
            labels={name: shortened(shown, MAX_LABEL) for name, _, shown in labels},
            links=merged(tuple(link for _, link in links)),
            at=at,
            began=self.began,
            confidence=self.confidence,
            parser=self.source,
            places=self._places(severity, labels, links, at),
        )
        return alert if self._usual(alert) else changed(alert, odd=dict(self._odd(alert)))

    def _usual(self, alert: Alert) -> bool:
        """Whether all could surely be used, as nearly always: so much is cheap to tell."""
        return not (
            self.unknown
            or (alert.severity is None and (self.severity or self.severity_from))
            or (alert.at is None and self.at)
            or "title" not in alert.places
            or any(map(wordless, (self.title, self.description, self.state_from, self.severity_from)))
            or any(map(wordless, self.key))
            or any(map(wordless, self.plain))
            or next(memberless(self.objects), None)
        )

    def _odd(self, alert: Alert) -> Iterator[tuple[str, str]]:
        """What could not be used, with its place."""
        title = _nodes(self.title)
        yield from unusable([(node, f"the title is “{alert.title}”") for node in title])
        if title and not any(node.text or node for node in title):
            yield untitled(title[0], alert)
        yield from unusable([(node, _ALONE) for node in _nodes(self.description)])
        yield from unusable([(node, _ALONE) for part in self.key for node in _nodes(part)])
        state, severity = _nodes(self.state_from), _nodes(self.severity_from or _part(self.severity))
        yield from unusable([(node, f"it counts as {self.state.value}") for node in state])
        yield from unusable([(node, "the route says how bad it is") for node in severity])
        if self.unknown and state and state[0].text:
            yield no_state(state[0], self.state)
        if alert.severity is None and alert.state is AlertState.FIRING and severity and severity[0].text:
            yield no_severity(severity[0])
        if self.at is not None and alert.at is None and self.at.text and not _NEVER.match(self.at.text):
            yield no_time(self.at)
        yield from unusable([(node, _ALONE) for node in self.plain])
        yield from memberless(self.objects)

    def _severity(self) -> Severity | None:
        if self.trial:
            return Severity.SEV4
        return severity_of(text(self.severity)) if isinstance(self.severity, Node | str) else self.severity

    def _places(
        self,
        severity: Severity | None,
        labels: "_Labels",
        links: Sequence[tuple[Part, Link]],
        at: datetime | None,
    ) -> dict[str, str]:
        told: dict[str, Part | Sequence[Part] | None] = {
            "fingerprint": self.key,
            "state": self.state_from,
            "title": self.title,
            "severity": (self.severity_from or _part(self.severity)) if severity and not self.trial else "",
            "description": self.description,
        }
        places = {name: place for name, parts in told.items() if (place := _place(parts))}
        places.update((f"labels.{name}", part.place) for name, part, _ in labels if isinstance(part, Node))
        places.update((f"links.{link.label}", part.place) for part, link in links if isinstance(part, Node))
        if self.at is not None and at is not None:
            places["at"] = self.at.place
        return places


def _nodes(parts: Part | Sequence[Part]) -> list[Node]:
    if isinstance(parts, Node | str):
        return [parts] if isinstance(parts, Node) else []
    return [part for part in parts if isinstance(part, Node)]


def text(part: Part) -> str:
    """Its words."""
    return part.text if isinstance(part, Node) else part


def spread(node: Node, prefix: str = "", but: Container[str] = ()) -> dict[str, Part]:
    """The members of an object that are words or numbers, as labels, `but` some."""
    return {f"{prefix}{name}": value for name, value in node.members if name not in but and value.text}


_Labels = Sequence[tuple[str, Part, str]]
"""Names, what was read for them, and its words."""


def _labels(labels: Mapping[str, Part]) -> _Labels:
    told = [(name[:_LONGEST_NAME], part, text(part)) for name, part in labels.items() if name]
    return [label for label in told if label[2]][:MANY_LABELS]


@lru_cache(maxsize=1_000)
def _link(label: str, url: str) -> Link | None:
    """The same few addresses stand in alert after alert."""
    return safe_link(label, url)


def _part(part: Part | Severity | None) -> Part:
    return part if isinstance(part, Node) else ""


def _joined(parts: Part | Sequence[Part], between: str) -> str:
    if isinstance(parts, Node | str):
        return text(parts)
    return between.join(shown for part in parts if (shown := text(part)))


def _place(parts: Part | Sequence[Part] | None) -> str:
    if isinstance(parts, Node):
        return parts.place if parts.text else ""
    if parts is None or isinstance(parts, str):
        return ""
    return ", ".join(place for part in parts if (place := _place(part)))
