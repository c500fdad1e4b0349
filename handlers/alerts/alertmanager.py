"""Prometheus Alertmanager's messages in Slack: one alert for each group that it notifies about.

A message tells of a group, not of its members: Alertmanager posts it again (or edits it, with
`update_message`) while members come and go, and posts RESOLVED when none is left.
The default title is `[FIRING:n] <group labels' values> (<other common labels' values>)`
(prometheus/alertmanager, template/default.tmpl). What is in parentheses changes with the members,
so the identity is what stands before them, and the receiver and the installation in the title's link.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from bot.domain.alert import Alert, AlertState, Severity
from handlers.alerts.blocks import Field
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
from handlers.alerts.markup import merged
from handlers.alerts.reading import Attachment, SlackMessage
from handlers.alerts.severities import NAMES, OUTSPOKEN, SEVERITIES, severity_of, worst

SOURCE = "alertmanager"
PREFIX = re.compile(r"\[(FIRING|RESOLVED)(?::\s?[0-9]{1,6})?(?:,\s?RESOLVED:\s?[0-9]{1,6})?\]", re.IGNORECASE)
BEFORE_PREFIX = 40  # an emoji or a word that a custom template puts in front
DETAIL = re.compile(
    r"(?:^[ \t]*(?:[•\-]|\*(?=[ \t]))|[ \t]•)[ \t]*"
    r"\*?([a-zA-Z_]\w{0,80}):?\*?:?[ \t]*`?([^`\n]{0,500})`?[ \t]*$",
    re.MULTILINE,
)
IDENTIFIER = re.compile(r"[A-Za-z_][\w:.-]*")


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """One title with the convention's prefix, and the attachment below it."""

    state: AlertState
    rest: str
    part: Attachment


def parse(message: SlackMessage) -> list[Alert]:
    """One alert for each title that begins with `[FIRING:n]` or `[RESOLVED]`; maybe none."""
    alerts = {alert.fingerprint: alert for alert in (_alert(message, found) for found in _notices(message))}
    return list(alerts.values())


def recognise(message: SlackMessage) -> bool:
    """Whether a title follows the convention."""
    return next(_notices(message), None) is not None


def _notices(message: SlackMessage) -> Iterator[Notice]:
    """The titles of attachments; without any, the first that other texts begin with."""
    titles = [(part.title, part) for part in message.attachments]
    found = [notice for text, part in titles if (notice := _notice(text, part))]
    if found:
        yield from found
        return
    whole = Attachment(text=message.text, links=message.all_links)
    others = [
        (text, part) for part in message.attachments for text in (part.pretext, part.fallback, part.text)
    ]
    others += [(message.blocks.header, whole), (message.text, whole), (message.blocks.text, whole)]
    yield from [notice for text, part in others if (notice := _notice(text, part))][:1]


def _notice(text: str, part: Attachment) -> Notice | None:
    line = text.strip().split("\n", 1)[0][:2_000].replace("*", "")
    found = PREFIX.search(line)
    if found is None or found.start() > BEFORE_PREFIX:
        return None
    state = AlertState.FIRING if found.group(1).upper() == "FIRING" else AlertState.CLEARED
    rest = line[found.end() :].split(" | http", 1)[0].strip()  # the default fallback ends with the link
    return Notice(state=state, rest=rest, part=part)


def _alert(message: SlackMessage, notice: Notice) -> Alert:
    group, common = split_title(notice.rest)
    subject = _subject(notice.part) or group
    receiver, host = _sender(notice.part)
    details = _details(notice.part)
    labels = _labels(notice.part.fields, details, group, receiver)
    title = titled(f"{group} ({common})" if group and common else group or common)
    return Alert(
        source=SOURCE,
        fingerprint=digest(SOURCE, subject.casefold(), receiver, host or f"#{message.channel}"),
        state=notice.state,
        title=title or "Alertmanager: all alerts",
        severity=_severity(notice.part.fields, details, common),
        description=shortened(notice.part.text or notice.part.blocks.text, MAX_DESCRIPTION),
        labels=labels,
        links=relabelled(merged(notice.part.links, notice.part.blocks.links), notice.part, "Alertmanager"),
        at=moment(message),
        origin=message.ref,
    )


def split_title(rest: str) -> tuple[str, str]:
    """The group's values and the other common values, which are the last thing in parentheses.

    Parentheses inside are matched from the end; a title that was cut off has no end, so its first one counts.
    """
    depth, opened = 0, -1
    if rest.endswith(")"):
        for index in range(len(rest) - 1, -1, -1):
            depth += {")": 1, "(": -1}.get(rest[index], 0)
            if depth == 0:
                opened = index
                break
    elif rest.endswith(("…", "...")):
        opened = rest.find(" (") + 1 or -1
    if opened < 0 or (opened > 0 and rest[opened - 1] != " "):
        return rest, ""
    return rest[:opened].strip(), rest[opened + 1 :].removesuffix(")").strip()


def _subject(part: Attachment) -> str:
    """The group as the fallback names it: there most custom templates leave the default title.

    A custom title may be the same for several groups, such as the alert's name alone.
    """
    found = _notice(part.fallback, part)
    return split_title(found.rest)[0] if found else ""


def _sender(part: Attachment) -> tuple[str, str]:
    """Receiver and installation, out of `<external url>/#/alerts?receiver=<name>`."""
    address = urlsplit(part.title_link)
    named = parse_qs(address.fragment.partition("?")[2]).get("receiver", [""])[0]
    return named[:MAX_LABEL], installation(address.hostname or "")


def _details(part: Attachment) -> Mapping[str, frozenset[str]]:
    """Values by label, of lists such as ` • *cluster:* `eu``, which many custom templates write."""
    found: dict[str, set[str]] = {}
    for name, value in DETAIL.findall(f"{part.text}\n{part.blocks.text}"[:20_000]):
        if len(found) < 60 or name in found:
            found.setdefault(name, set()).add(value.strip())
    return {name: frozenset(values) for name, values in found.items()}


def _labels(
    fields: tuple[Field, ...], details: Mapping[str, frozenset[str]], group: str, receiver: str
) -> dict[str, str]:
    """What holds for the whole group; its first word counts as its name."""
    labels = {name: next(iter(values)) for name, values in details.items() if len(values) == 1}
    for entry in fields:
        name = "_".join(entry.name.casefold().split())
        if name and entry.value:
            labels.setdefault(name, entry.value)
    first = group.split(" ", 1)[0]
    if "alertname" not in details and IDENTIFIER.fullmatch(first):
        labels["alertname"] = first
    labels |= {name: value for name, value in (("group", group), ("receiver", receiver)) if value}
    return {name[:80]: shortened(value, MAX_LABEL) for name, value in labels.items()}


def _severity(
    fields: tuple[Field, ...], details: Mapping[str, frozenset[str]], common: str
) -> Severity | None:
    """The worst that fields or details name; else a value of the title that is a severity."""
    told = [severity_of(entry.value) for entry in fields if entry.name.casefold() in NAMES]
    told += [severity_of(value) for name in NAMES for value in details.get(name, ())]
    if known := worst(told):
        return known
    values = (word.casefold() for word in common.split(" "))
    return worst(
        SEVERITIES[word] for word in values if word in OUTSPOKEN or word in ("page", "info", "error")
    )
