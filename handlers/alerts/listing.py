"""Lists of alerts as the default templates of Grafana and Alertmanager write them, each with its labels.

`**Firing**` or `Alerts Firing:`, then for each alert its value (Grafana's), labels, annotations and addresses
(grafana/alerting, templates/default_template.go; prometheus/alertmanager, template/default.tmpl).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from bot.domain.alert import AlertState
from handlers.alerts.bracketed import FIRING_COUNT, RESOLVED_COUNT, counted
from handlers.alerts.found import NOTHING, Placed, Told
from handlers.alerts.identity import MAX_DESCRIPTION
from handlers.alerts.markup import safe_link
from handlers.alerts.severities import NAMES

MAX_MEMBERS = 200
SECTION = re.compile(r"\s*\*{0,2}(?:Alerts )?(Firing|Resolved):?\*{0,2}:?\s*")
PAIR = re.compile(r" ?- ([^\n=]{1,200}?) = (.*)")
ADDRESS = re.compile(r"(Source|Silence|Dashboard|Panel): (\S+)")
TOLD = ("summary", "description", "message")


@dataclass(kw_only=True, slots=True)
class Member:
    """One alert of the list, while it is read; `place` is its first line's."""

    state: AlertState
    section: Told
    place: str
    value: Told = NOTHING
    labels: dict[str, Told] = field(default_factory=dict)
    annotations: dict[str, Told] = field(default_factory=dict)
    links: list[Placed] = field(default_factory=list)

    @property
    def key(self) -> list[Told]:
        """Its labels in the order of their names."""
        told = sorted(self.labels.items())
        return [part for name, value in told for part in (value.cut(name), value)]

    @property
    def severity(self) -> Told:
        """The label that is named for a severity."""
        return next((told for name, told in self.labels.items() if name.casefold() in NAMES), NOTHING)

    @property
    def description(self) -> list[Told]:
        """What its annotations say, and its value."""
        value = self.value.text if self.value.text not in ("", "[no value]") else ""
        told = [self.annotations.get(name, NOTHING) for name in TOLD]
        return [*told, self.value.cut(f"Value: {value}" if value else None)]

    @property
    def runbook(self) -> list[Placed]:
        """The runbook's address, if an annotation has one."""
        told = self.annotations.get("runbook_url", NOTHING)
        link = safe_link("Runbook", told.text)
        return [(link, told.place)] if link else []


def members(text: Told, title: str, *, counts_resolved: bool) -> list[Member]:
    """The alerts that the text lists.

    An annotation must not pretend that others are over: where the title counts the resolved ones, not more
    than it says are believed; where it counts only those that fire, they must all be there.
    """
    found = list(_members(text))
    cleared = sum(member.state is AlertState.CLEARED for member in found)
    if not cleared or not title.upper().startswith("[FIRING:"):
        return found
    believed = cleared <= counted(RESOLVED_COUNT, title) if counts_resolved else not unlisted(found, title)
    return found if believed else [member for member in found if member.state is AlertState.FIRING]


def unlisted(found: list[Member], title: str) -> bool:
    """Whether the title counts more firing alerts than are listed."""
    return counted(FIRING_COUNT, title) > sum(member.state is AlertState.FIRING for member in found)


def titled_by(labels: Mapping[str, Told], untold: frozenset[str], otherwise: str) -> list[Told]:
    """The rule's name and what tells this instance of it from the others."""
    name, rule = labels.get("alertname", NOTHING), labels.get("rulename", NOTHING)
    told = [value for label, value in labels.items() if label not in untold and "__" not in label]
    others = [name, *told] if rule else told  # DatasourceNoData and its like name the rule besides
    first = rule or name or Told(otherwise)
    if not others:
        return [first]
    shown = " ".join(each.text for each in others)
    return [first, Told(f"({shown})", ", ".join(each.place for each in others))]


def _members(text: Told) -> Iterator[Member]:
    lines = text.text.split("\n")
    valued = "\nValue:" in text.text  # Grafana before 8.3 and Alertmanager write none: labels begin an alert
    section: tuple[AlertState, Told] | None = None
    found: list[tuple[Member, list[Told]]] = []
    for number, (line, following) in enumerate(zip(lines, [*lines[1:], ""], strict=True), 1):
        told = Told(line, f"{text.place} line {number}")
        if heading := SECTION.fullmatch(line):
            firing = heading.group(1) == "Firing"
            section = AlertState.FIRING if firing else AlertState.CLEARED, told
        elif section and _begins(line, following, valued=valued):
            if len(found) == MAX_MEMBERS:
                break
            value = told.cut(line.partition("Value:")[2])
            found.append((Member(state=section[0], section=section[1], place=told.place, value=value), []))
        elif found:
            found[-1][1].append(told)
    for member, told_of_it in found:
        _fill(member, told_of_it)
        if member.labels:
            yield member


def _begins(line: str, following: str, *, valued: bool) -> bool:
    """Whether an alert begins here. An annotation can have a line with a value too, but no labels follow."""
    if valued:
        return line.startswith("Value:") and following.strip() == "Labels:"
    return line.strip() == "Labels:"


def _fill(member: Member, lines: list[Told]) -> None:
    """Labels first, then annotations. A value goes on over lines until the next line that has a form."""
    pairs, last = member.labels, ""
    for line in lines:
        if line.text.strip() in ("Labels:", "Annotations:"):
            pairs, last = member.labels if line.text.startswith("L") else member.annotations, ""
        elif (found := ADDRESS.fullmatch(line.text.strip())) and (link := safe_link(found[1], found[2])):
            member.links.append((link, line.place))
        elif found := PAIR.fullmatch(line.text):
            last = found[1]
            pairs[last] = line.cut(found[2])
        elif last and line and len(pairs[last].text) < MAX_DESCRIPTION:
            pairs[last] = Told(f"{pairs[last].text}\n{line.text}", pairs[last].place or line.place)
