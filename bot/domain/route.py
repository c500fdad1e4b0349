"""Routes: which service an alert belongs to, and how bad it is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from bot.domain.alert import Alert, Severity
from bot.domain.ids import ServiceId


class Pattern(Protocol):
    """A compiled pattern that takes linear time."""

    def fullmatch(self, text: str) -> object | None:
        """Whether the whole text matches."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Matcher:
    """A condition on one label; a label that is missing counts as empty. `pattern` is for `=~` and `!~`."""

    label: str
    op: Literal["=", "!=", "=~", "!~"]
    value: str
    pattern: Pattern | None = None

    def __str__(self) -> str:
        """As it is written: `team="payments"`."""
        return f'{self.label}{self.op}"{self.value}"'

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether it holds."""
        text = labels.get(self.label, "")
        hit = text == self.value if self.pattern is None else self.pattern.fullmatch(text) is not None
        return hit is self.op.startswith("=")


@dataclass(frozen=True, kw_only=True, slots=True)
class Route:
    """All matchers must hold. `severity` None keeps the alert's own."""

    matchers: tuple[Matcher, ...]
    service: ServiceId
    severity: Severity | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Placement:
    """Where an alert goes; `route` and `severity_by` say in words why."""

    service: ServiceId
    severity: Severity
    route: str = ""
    severity_by: str = ""


def place(alert: Alert, routes: tuple[Route, ...], otherwise: ServiceId, unknown: Severity) -> Placement:
    """The first route that matches, or the default service. `unknown` is the severity of a silent source."""
    labels = routing_labels(alert)
    told = alert.severity or unknown
    by = "the alert's own" if alert.severity else "the source tells none, so the default counts"
    for number, route in enumerate(routes, 1):
        if all(matcher.matches(labels) for matcher in route.matchers):
            words = f"route {number} ({', '.join(map(str, route.matchers)) or 'every alert'})"
            return Placement(
                service=route.service,
                severity=route.severity or told,
                route=words,
                severity_by=f"set by route {number}" if route.severity else by,
            )
    return Placement(
        service=otherwise, severity=told, route="no route matched: the default service", severity_by=by
    )


def routing_labels(alert: Alert) -> Mapping[str, str]:
    """The alert's labels and, unless a label has the same name, what is known of it besides."""
    return dict(_known(alert)) | dict(alert.labels)


def _known(alert: Alert) -> Iterator[tuple[str, str]]:
    yield "source", alert.source
    yield "title", alert.title
    if alert.severity:
        yield "severity", alert.severity.value
    if alert.origin:
        yield "channel", alert.origin.channel
