"""Routes: which service an alert belongs to, and how bad it is."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from typing import Literal, Protocol

from bot.domain.alert import Alert, Severity
from bot.domain.ids import ServiceId
from bot.domain.ladder import Ladder
from bot.domain.service import Service, TicketPlan

SEVERITY = "severity"
SAID = "severity, as its source said it"
"""No condition can name this: one on `severity` looks at both."""

OWN = "labels."
"""Before a label's name it means the alert's own label, also where something else has that name."""

SEVERITIES = frozenset(each.value for each in Severity)


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
        hit = self._hits(_looked_at(self.label, labels))
        if not hit and self.label == SEVERITY and (said := labels.get(SAID)):
            hit = self._hits(said)
        return hit is self.op.startswith("=")

    def _hits(self, text: str) -> bool:
        return text == self.value if self.pattern is None else self.pattern.fullmatch(text) is not None


@dataclass(frozen=True, kw_only=True, slots=True)
class TicketChange:
    """What is different about a ticket; what is None is as in the service's plan."""

    wanted: bool = True
    project: str | None = None
    issue_type: str | None = None
    labels: tuple[str, ...] | None = None
    components: tuple[str, ...] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Limit:
    """More new alerts than `most` within `per` are a storm; 0: nothing is. `route` tells whose it is."""

    most: int
    per: timedelta
    route: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Handling:
    """How alerts of a route are handled; None is what it does not say.

    `group_by`: alerts with the same values of these labels share an incident; None: each has its own.
    `group_wait` delays the first page of a group, for sev1 only `group_wait_sev1` does. What clears within
    `pause` pages nobody; what was not told again for `resolve_after` counts as cleared.
    """

    ladder: Ladder | None = None
    ticket: TicketChange | None = None
    group_by: tuple[str, ...] | None = None
    group_wait: timedelta | None = None
    group_wait_sev1: timedelta | None = None
    group_interval: timedelta | None = None
    repeat_interval: timedelta | None = None
    pause: timedelta | None = None
    limit: Limit | None = None
    resolve_after: timedelta | None = None

    def then(self, later: "Handling") -> "Handling":
        """What is said later counts; what is not said then is as it was."""
        said = ((each.name, getattr(later, each.name)) for each in fields(later))
        changes = {name: value for name, value in said if value is not None}
        return replace(self, **changes)

    def wait(self, severity: Severity) -> timedelta:
        """How long the first page waits for other alerts of its group."""
        own = self.group_wait_sev1 if severity is Severity.SEV1 else self.group_wait
        return own or timedelta()

    def group(self, alert: Alert, service: ServiceId) -> str | None:
        """What the alert's group is called; None when it goes alone."""
        if self.group_by is None:
            return None
        labels = routing_labels(alert)
        values = json.dumps([[name, labels.get(name, "")] for name in self.group_by], ensure_ascii=False)
        if len(values) > LONGEST_KEY:
            values = hashlib.sha256(values.encode(errors="replace")).hexdigest()
        return f"group|{service}|{values}"

    def serving(self, service: Service) -> Service:
        """The service, with the ladder and the tickets that are said here."""
        if self.ladder is not None:
            service = replace(service, ladder=self.ladder, ladders={})
        return service if self.ticket is None else replace(service, ticket=_plan(self.ticket, service.ticket))


DEFAULT = Handling()
"""How alerts are handled of which no route says more."""

PLACED = ("service", SEVERITY)
"""What a route gives, and what labels of alerts are called as well."""

LONGEST_KEY = 400
"""Longer names of groups are told by their hash: an index takes no text of any length."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Route:
    """All matchers must hold. `severity` None keeps the alert's own.

    `goes_on`: routes after it are looked at as well. `service` None, then, is for them to say.
    """

    matchers: tuple[Matcher, ...]
    service: ServiceId | None
    severity: Severity | None = None
    handling: Handling = DEFAULT
    goes_on: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Placement:
    """Where an alert goes; `route` and `severity_by` say in words why, `handling` what is done with it."""

    service: ServiceId
    severity: Severity
    route: str = ""
    severity_by: str = ""
    handling: Handling = DEFAULT


def place(alert: Alert, routes: tuple[Route, ...], otherwise: ServiceId, unknown: Severity) -> Placement:
    """The first route that matches, with what those before it said that go on; or the default service.

    `unknown` is the severity of a silent source.
    """
    labels = condition_labels(alert)
    told = alert.severity or unknown
    by = "the alert's own" if alert.severity else "the source tells none, so the default counts"
    passed: list[str] = []
    service, severity, handling = None, told, DEFAULT
    for number, route in enumerate(routes, 1):
        if not all(matcher.matches(labels) for matcher in route.matchers):
            continue
        passed.append(f"route {number} ({', '.join(map(str, route.matchers)) or 'every alert'})")
        service = route.service or service
        handling = handling.then(route.handling) if handling is not DEFAULT else route.handling
        if route.severity is not None:
            severity, by = route.severity, f"set by route {number}"
        if not route.goes_on:
            break
    words = ", then ".join(passed) or "no route matched"
    return Placement(
        service=service or otherwise,
        severity=severity,
        route=words if service else f"{words}: the default service",
        severity_by=by,
        handling=handling,
    )


def routing_labels(alert: Alert) -> Mapping[str, str]:
    """The alert's labels and, unless a label has the same name, what is known of it besides."""
    return dict(_known(alert)) | dict(alert.labels)


def condition_labels(
    alert: Alert, service: ServiceId | None = None, severity: Severity | None = None
) -> Mapping[str, str]:
    """What conditions look at: routing labels, and over them `severity` and `service` as Tocsin has them.

    Before an alert is placed it has no service, and its severity is that which was read. The source's own
    word for it counts besides, unless it is one of Tocsin's, or a route has said that it is as bad as that.
    """
    said = alert.labels.get(SEVERITY, "")
    known = severity or alert.severity
    labels = {f"{OWN}{name}": alert.labels.get(name, "") for name in PLACED} | dict(routing_labels(alert))
    if known is not None:
        labels[SEVERITY] = known.value
        if said not in SEVERITIES and (severity is None or alert.severity in (None, severity)):
            labels[SAID] = said
    if service is not None:
        labels["service"] = service
    return labels


def _looked_at(label: str, labels: Mapping[str, str]) -> str:
    found = labels.get(label)
    if found is None and label.startswith(OWN):
        found = labels.get(label.removeprefix(OWN))
    return found or ""


def _known(alert: Alert) -> Iterator[tuple[str, str]]:
    yield "source", alert.source
    yield "title", alert.title
    if alert.severity:
        yield "severity", alert.severity.value
    if alert.origin:
        yield "channel", alert.origin.channel


def _plan(change: TicketChange, plan: TicketPlan | None) -> TicketPlan | None:
    """The plan as it is for this route; None: there is no ticket. One without a project cannot be made."""
    if not change.wanted or (plan is None and change.project is None):
        return None
    base = plan or TicketPlan(project=change.project or "", issue_type="Task")
    return replace(
        base,
        project=change.project or base.project,
        issue_type=change.issue_type or base.issue_type,
        labels=base.labels if change.labels is None else change.labels,
        components=base.components if change.components is None else change.components,
    )
