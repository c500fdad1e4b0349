"""Prometheus Alertmanager's messages in Slack.

https://prometheus.io/docs/alerting/latest/notification_examples/: a message tells of a group. Alertmanager
posts it again (or edits it, with `update_message`) while members come and go, and RESOLVED when none is left.
Where the text lists the alerts below `Alerts Firing:` and `Alerts Resolved:`, each is an alert of its own and
its labels are its key. Lists without these headings mix members that fire with those that are over (a group
of two of which one is over is `[FIRING:1]` with two listed), and the message that ends the group names but
the last of them; so there the group is the alert.
The default title is `[FIRING:n] <group labels' values> (<other common labels' values>)`
(prometheus/alertmanager, template/default.tmpl). What is in parentheses changes with the members, so the
group's key is what stands before them, and the receiver and the installation in the title's link.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from bot.domain.alert import Alert, AlertState, Severity
from bot.domain.members import Members
from handlers.alerts.bracketed import PREFIX, from_grafana, hidden, split_title, state_of
from handlers.alerts.found import NOTHING, Finding, Told
from handlers.alerts.identity import MAX_LABEL, home
from handlers.alerts.listing import Member, members, titled_by, unlisted
from handlers.alerts.places import Part, links, parts, spread, text
from handlers.alerts.reading import Attachment, SlackMessage
from handlers.alerts.severities import NAMES, OUTSPOKEN, SEVERITIES, severity_of, worst
from handlers.alerts.subject import IDENTIFYING

SOURCE = "alertmanager"
# What may stand before the prefix: emoji and marks. Words may not, or whoever writes a mail's subject ends
# alerts; a custom template's may where the address below the title is Alertmanager's own.
BEFORE_PREFIX = re.compile(r"(?::[a-z0-9_+'-]{1,60}:|[^\w\[\]:\"'“]){0,40}")
BEFORE_OWN = re.compile(r"(?::[a-z0-9_+'-]{1,60}:|[^\[\]:\"'“]){0,40}")
DETAIL = re.compile(
    r"(?:^[ \t]*(?:[•\-]|\*(?=[ \t]))|[ \t]•)[ \t]*"
    r"\*?([a-zA-Z_]\w{0,80}):?\*?:?[ \t]*`?([^`\n]{0,500})`?[ \t]*$",
    re.MULTILINE,
)
IDENTIFIER = re.compile(r"[A-Za-z_][\w:.-]*")
TELLING = IDENTIFYING | {"alertname"}
UNTOLD = frozenset({"alertname", *NAMES})


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """One title with the convention's prefix, and the attachment below it."""

    state: AlertState
    prefix: Told
    rest: Told
    part: Part


def parse(message: SlackMessage) -> list[Alert]:
    """The alerts that are listed; else one for each title that begins with `[FIRING:n]` or `[RESOLVED]`."""
    alerts: dict[str, Alert] = {}
    for alert in (each for notice in _notices(message) for each in _alerts(message, notice)):
        known = alerts.get(alert.fingerprint)
        if known is None or known.state is AlertState.CLEARED:
            alerts[alert.fingerprint] = alert
    return list(alerts.values())


def recognise(message: SlackMessage) -> bool:
    """Whether a title follows the convention, and is not Grafana's."""
    if any(from_grafana(part.of) for part in parts(message)):
        return False
    return next(_notices(message), None) is not None


def _notices(message: SlackMessage) -> Iterator[Notice]:
    """The titles of attachments; without any, the first that other texts begin with."""
    found = [notice for part in parts(message) if (notice := _notice(part.title, part))]
    if found:
        yield from found
        return
    whole = Part(Attachment(text=message.text or message.blocks.text, links=message.all_links), "text")
    others = [(told, part) for part in parts(message) for told in (part.pretext, part.fallback, part.text)]
    header = Told(message.blocks.header, "blocks header")
    others += [(header, whole), (text(message), whole), (Told(message.blocks.text, "blocks"), whole)]
    yield from [notice for told, part in others if (notice := _notice(told, part))][:1]


def _notice(told: Told, part: Part) -> Notice | None:
    line = told.text.strip().split("\n", 1)[0][:2_000].replace("*", "")
    found = PREFIX.search(line)
    before = BEFORE_OWN if parse_qs(_page(part)).get("receiver") else BEFORE_PREFIX
    if found is None or not before.fullmatch(line, 0, found.start()):
        return None
    rest = line[found.end() :].split(" | http", 1)[0]  # the default fallback ends with the link
    return Notice(state=state_of(found), prefix=told.cut(found.group()), rest=told.cut(rest), part=part)


def _alerts(message: SlackMessage, notice: Notice) -> Iterator[Alert]:
    listed = members(notice.part.text, notice.prefix.text, counts_resolved=False)
    yield from (_member(message, notice, member) for member in listed)
    if not listed or (notice.state is AlertState.FIRING and unlisted(listed, notice.prefix.text)):
        yield _group(message, notice)


def _member(message: SlackMessage, notice: Notice, member: Member) -> Alert:
    own = notice.part.title_link
    return Finding(
        source=SOURCE,
        message=message,
        state=member.state,
        state_from=member.section,
        key=[*member.key, own.cut(home(message.channel, own.text))],
        title=titled_by(member.labels, UNTOLD, "Alertmanager alert"),
        severity_from=member.severity,
        description=member.description,
        labels=member.labels,
        links=[*member.links, *member.runbook, *notice.part.links("Alertmanager")[:1]],
    ).alert()


def _group(message: SlackMessage, notice: Notice) -> Alert:
    part, rest = notice.part, notice.rest
    group, common = split_title(rest.text)
    subject, receiver, details = _subject(part) or rest.cut(group), _receiver(part), _details(part)
    severity, severity_from = _severity(part, details, rest.cut(common))
    whole = f"{group} ({common})" if group and common else group or common
    return Finding(
        source=SOURCE,
        message=message,
        state=notice.state,
        state_from=notice.prefix,
        key=[subject.cut(subject.text.casefold()), receiver, _home(message, part)],
        title=rest.cut(whole) if whole else notice.prefix.cut("Alertmanager: all alerts"),
        severity=severity,
        severity_from=severity_from,
        description=part.text or Told(part.of.blocks.text, f"{part.place}.blocks"),
        labels=_labels(part, details, rest.cut(group), receiver),
        links=part.links("Alertmanager") or links(message),
        members=_members(part, f"{notice.prefix.text} {rest.text}", details),
    ).alert()


def _members(part: Part, title: str, details: Mapping[str, frozenset[str]]) -> Members:
    """What the title and the fallback say of the group, and which things a list without headings names."""
    below = _notice(part.fallback, part)
    things = [value for name in details if name in TELLING for value in details[name]]
    told = [title, f"{below.prefix.text} {below.rest.text}"] if below else [title]
    return hidden(*told, things=things)


def _subject(part: Part) -> Told:
    """The group as the fallback names it: there most custom templates leave the default title.

    A custom title may be the same for several groups, such as the alert's name alone.
    """
    found = _notice(part.fallback, part)
    return found.rest.cut(split_title(found.rest.text)[0]) if found else NOTHING


def _receiver(part: Part) -> Told:
    """The receiver, out of `<external url>/#/alerts?receiver=<name>`."""
    return part.title_link.cut(parse_qs(_page(part)).get("receiver", [""])[0][:MAX_LABEL])


def _page(part: Part) -> str:
    """What the title's address asks for behind `/#/alerts?`."""
    return urlsplit(part.of.title_link).fragment.partition("?")[2]


def _home(message: SlackMessage, part: Part) -> Told:
    return part.title_link.cut(home(message.channel, part.of.title_link))


def _details(part: Part) -> Mapping[str, frozenset[str]]:
    """Values by label, of lists such as ` • *cluster:* `eu``, which many custom templates write."""
    found: dict[str, set[str]] = {}
    for name, value in DETAIL.findall(f"{part.of.text}\n{part.of.blocks.text}"[:20_000]):
        if len(found) < 60 or name in found:
            found.setdefault(name, set()).add(value.strip())
    return {name: frozenset(values) for name, values in found.items()}


def _labels(
    part: Part, details: Mapping[str, frozenset[str]], group: Told, receiver: Told
) -> dict[str, Told]:
    """What holds for the whole group; its first word counts as its name."""
    labels = {name: part.text.cut(next(iter(values))) for name, values in details.items() if len(values) == 1}
    labels = spread(part.fields) | labels
    first = group.text.split(" ", 1)[0]
    if "alertname" not in details and IDENTIFIER.fullmatch(first):
        labels["alertname"] = group.cut(first)
    return labels | {"group": group, "receiver": receiver}


def _severity(
    part: Part, details: Mapping[str, frozenset[str]], common: Told
) -> tuple[Severity | None, Told]:
    """The worst that fields or details name; else a value of the title that is a severity."""
    told = [(severity_of(value.text), value) for name, value in part.fields if name.casefold() in NAMES]
    told += [(severity_of(value), part.text.cut(value)) for name in NAMES for value in details.get(name, ())]
    values = (word.casefold() for word in common.text.split(" "))
    if not any(known for known, _ in told):
        known = (word for word in values if word in OUTSPOKEN or word in ("page", "info", "error"))
        told = [(SEVERITIES[word], common) for word in known]
    bad = worst(severity for severity, _ in told)
    return bad, next((place for severity, place in told if bad and severity is bad), NOTHING)
