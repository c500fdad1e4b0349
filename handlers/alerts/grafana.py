"""Grafana's messages in Slack: unified alerting (one alert for each that the message lists) and legacy.

Unified alerting's default text lists each alert with its labels, so each is an alert of its own and its
labels are its identity (grafana/alerting, templates/default_template.go). Where a custom template hides
the list, the group in the title is the alert. Legacy titles are `[Alerting] name`, `[OK] name`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from bot.domain.alert import Alert, AlertState, Link
from handlers.alerts.alertmanager import PREFIX, split_title
from handlers.alerts.identity import (
    MAX_DESCRIPTION,
    MAX_LABEL,
    digest,
    installation,
    moment,
    relabelled,
    shortened,
    titled,
)
from handlers.alerts.markup import merged, safe_link
from handlers.alerts.reading import Attachment, SlackMessage
from handlers.alerts.severities import NAMES, severity_of, worst

SOURCE = "grafana"
MAX_MEMBERS = 200
LEGACY = re.compile(r"\[(Alerting|OK|No Data|Unknown)\] ?(.*)", re.IGNORECASE)
FIRING_COUNT = re.compile(r"\[FIRING:([0-9]{1,6})", re.IGNORECASE)
RESOLVED_COUNT = re.compile(r"[\[ ]RESOLVED:([0-9]{1,6})\]", re.IGNORECASE)
SECTION = {"**Firing**": AlertState.FIRING, "**Resolved**": AlertState.CLEARED}
PAIR = re.compile(r" ?- ([^\n=]{1,200}?) = (.*)")
ADDRESS = re.compile(r"(Source|Silence|Dashboard|Panel): (\S+)")
# What tells nothing of which alert it is, or is shown elsewhere.
UNTOLD = frozenset({"alertname", "rulename", "grafana_folder", "datasource_uid", "ref_id", *NAMES})
MARKS = ("/alerting/list", "/alerting/silence/new?", "/alerting/grafana/", "alertmanager=grafana")


@dataclass(kw_only=True, slots=True)
class Member:
    """One alert of the list, while it is read."""

    state: AlertState
    value: str = ""
    labels: dict[str, str] = field(default_factory=dict)
    annotations: dict[str, str] = field(default_factory=dict)
    links: list[Link] = field(default_factory=list)


def parse(message: SlackMessage) -> list[Alert]:
    """Every alert that is listed; where none is, the group or the legacy rule; maybe nothing."""
    alerts: dict[str, Alert] = {}
    for part in message.attachments or (Attachment(title=message.text, text=message.text),):
        for alert in _alerts(message, part):
            known = alerts.get(alert.fingerprint)
            if known is None or known.state is AlertState.CLEARED:
                alerts[alert.fingerprint] = alert
    return list(alerts.values())


def recognise(message: SlackMessage) -> bool:
    """Whether it bears Grafana's footer, icon or addresses and can be read."""
    return any(_marked(part) and _readable(part) for part in message.attachments)


def _marked(part: Attachment) -> bool:
    addresses = part.title_link + "\n" + part.text
    return (
        part.footer.startswith("Grafana")
        or "grafana.com/" in part.footer_icon
        or any(mark in addresses for mark in MARKS)
    )


def _readable(part: Attachment) -> bool:
    title = part.title.strip()
    return bool(PREFIX.match(title) or LEGACY.match(title)) or any(True for _ in _members(part.text))


def _alerts(message: SlackMessage, part: Attachment) -> Iterator[Alert]:
    title = part.title.strip().split("\n", 1)[0]
    members = _trusted(list(_members(part.text)), title)
    if members:
        yield from (_member_alert(message, part, member) for member in members)
        if _told(FIRING_COUNT, title, 0) > sum(member.state is AlertState.FIRING for member in members):
            yield _group_alert(message, part, title)
    elif PREFIX.match(title):
        yield _group_alert(message, part, title)
    elif found := LEGACY.match(title):
        yield _legacy_alert(message, part, found.group(1), found.group(2))


def _trusted(members: list[Member], title: str) -> list[Member]:
    """An annotation could pretend more resolved alerts than the title counts: then nothing clears."""
    cleared = sum(member.state is AlertState.CLEARED for member in members)
    counted = title.upper().startswith("[FIRING:")
    if counted and cleared > _told(RESOLVED_COUNT, title, 0):
        return [member for member in members if member.state is AlertState.FIRING]
    return members


def _told(count: re.Pattern[str], title: str, otherwise: int) -> int:
    found = count.search(title)
    return int(found.group(1)) if found else otherwise


def _members(text: str) -> Iterator[Member]:
    """The alerts of the default message, each with its labels."""
    lines = text.split("\n")
    valued = "\nValue:" in text  # Grafana before 8.3 wrote no values: there the labels begin an alert
    state: AlertState | None = None
    members: list[tuple[Member, list[str]]] = []
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if line.strip() in SECTION:
            state = SECTION[line.strip()]
        elif state and _begins(line, following, valued=valued):
            if len(members) == MAX_MEMBERS:
                break
            members.append((Member(state=state, value=line.partition("Value:")[2].strip()), []))
        elif members:
            members[-1][1].append(line)
    for member, told in members:
        _fill(member, told)
        if member.labels:
            yield member


def _begins(line: str, following: str, *, valued: bool) -> bool:
    """Whether an alert begins here. An annotation can have a line with a value too, but no labels follow."""
    if valued:
        return line.startswith("Value:") and following.strip() == "Labels:"
    return line.strip() == "Labels:"


def _fill(member: Member, lines: list[str]) -> None:
    """Labels first, then annotations. A value goes on over lines until the next line that has a form."""
    pairs, last = member.labels, ""
    for line in lines:
        if line.strip() in ("Labels:", "Annotations:"):
            pairs, last = member.labels if line.startswith("L") else member.annotations, ""
        elif (found := ADDRESS.fullmatch(line.strip())) and (link := safe_link(found[1], found[2])):
            member.links.append(link)
        elif found := PAIR.fullmatch(line):
            last = found[1]
            pairs[last] = found[2].strip()
        elif last and line.strip() and len(pairs[last]) < MAX_DESCRIPTION:
            pairs[last] += "\n" + line


def _member_alert(message: SlackMessage, part: Attachment, member: Member) -> Alert:
    labels, notes = member.labels, member.annotations
    value = "" if member.value in ("", "[no value]") else f"Value: {member.value}"
    texts = (notes.get("summary", ""), notes.get("description", ""), notes.get("message", ""), value)
    runbook = safe_link("Runbook", notes.get("runbook_url", ""))
    return Alert(
        source=SOURCE,
        fingerprint=digest(SOURCE, sorted(labels.items()), _host(part)),
        state=member.state,
        title=_member_title(labels),
        severity=worst(severity_of(text) for name, text in labels.items() if name.casefold() in NAMES),
        description=shortened("\n".join(text for text in texts if text), MAX_DESCRIPTION),
        labels={name[:80]: shortened(text, MAX_LABEL) for name, text in labels.items()},
        links=merged(
            tuple(member.links), (runbook,) if runbook else (), relabelled(part.links[:1], part, "Grafana")
        ),
        at=moment(message),
        origin=message.ref,
    )


def _member_title(labels: Mapping[str, str]) -> str:
    """The rule's name and what tells this instance of it from the others."""
    name, rule = labels.get("alertname", ""), labels.get("rulename", "")
    told = [value for label, value in labels.items() if label not in UNTOLD and "__" not in label]
    others = " ".join([name, *told] if rule else told)  # DatasourceNoData and its like name the rule besides
    name = rule or name or "Grafana alert"
    return titled(f"{name} ({others})" if others else name)


def _group_alert(message: SlackMessage, part: Attachment, title: str) -> Alert:
    found = PREFIX.match(title)
    group, common = split_title(title[found.end() :].strip() if found else title)
    firing = found is None or found.group(1).upper() == "FIRING"
    return Alert(
        source=SOURCE,
        fingerprint=digest(SOURCE, "group", group.casefold(), _host(part) or f"#{message.channel}"),
        state=AlertState.FIRING if firing else AlertState.CLEARED,
        title=titled(f"{group} ({common})" if group and common else group or common) or "Grafana alert",
        severity=worst(severity_of(entry.value) for entry in part.fields if entry.name.casefold() in NAMES),
        description=shortened(part.text, MAX_DESCRIPTION),
        labels={"group": shortened(group, MAX_LABEL)} if group else {},
        links=relabelled(part.links, part, "Grafana"),
        at=moment(message),
        origin=message.ref,
    )


def _legacy_alert(message: SlackMessage, part: Attachment, word: str, name: str) -> Alert:
    """One rule of a panel. Of its link only the path counts: the query has the view."""
    cleared = word.casefold() == "ok"
    values = "\n".join(f"{entry.name}: {entry.value}" for entry in part.fields)
    return Alert(
        source=SOURCE,
        fingerprint=digest(SOURCE, "rule", name.strip().casefold(), _host(part), _path(part)),
        state=AlertState.CLEARED if cleared else AlertState.FIRING,
        title=titled(name) or "Grafana alert",
        description=shortened(f"{part.text}\n{values}", MAX_DESCRIPTION),
        labels={"alertname": shortened(name, MAX_LABEL), "grafana_state": word.casefold()},
        links=relabelled(part.links, part, "Grafana"),
        at=moment(message),
        origin=message.ref,
    )


def _host(part: Attachment) -> str:
    return installation(urlsplit(part.title_link).hostname or "") if part.title_link else ""


def _path(part: Attachment) -> str:
    return urlsplit(part.title_link).path if part.title_link else ""
