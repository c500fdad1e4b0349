"""Grafana's messages in Slack: unified alerting (one alert for each that the message lists) and legacy.

https://grafana.com/docs/grafana/latest/alerting/configure-notifications/: the default text lists each
alert with its labels, so each is an alert of its own, and its labels and the installation are its key. Where
a custom template hides the list, the group in the title is the alert. Legacy titles are `[Alerting] name`.
The button "Test" of a contact point sends an alert that is called TestAlert, of an instance Grafana.
"""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from bot.domain.alert import Alert, AlertState
from handlers.alerts.bracketed import PREFIX, from_grafana, hidden, split_title, state_of
from handlers.alerts.found import NOTHING, Finding, Told
from handlers.alerts.identity import home
from handlers.alerts.listing import Member, members, titled_by, unlisted
from handlers.alerts.places import Part, parts
from handlers.alerts.reading import Attachment, SlackMessage
from handlers.alerts.severities import NAMES

SOURCE = "grafana"
LEGACY = re.compile(r"\[(Alerting|OK|No Data|Unknown)\] ?(.*)", re.IGNORECASE)
# What tells nothing of which alert it is, or is shown elsewhere.
UNTOLD = frozenset({"alertname", "rulename", "grafana_folder", "datasource_uid", "ref_id", *NAMES})


def parse(message: SlackMessage) -> list[Alert]:
    """Every alert that is listed; where none is, the group or the legacy rule; maybe nothing."""
    alerts: dict[str, Alert] = {}
    whole = Part(Attachment(title=message.text, text=message.text), "")
    for part in parts(message) or [whole]:
        for alert in _alerts(message, part):
            known = alerts.get(alert.fingerprint)
            if known is None or known.state is AlertState.CLEARED:
                alerts[alert.fingerprint] = alert
    return list(alerts.values())


def recognise(message: SlackMessage) -> bool:
    """Whether it bears Grafana's footer, icon or addresses and can be read."""
    return any(from_grafana(part.of) and _readable(part) for part in parts(message))


def _readable(part: Part) -> bool:
    title = part.of.title.strip()
    return bool(PREFIX.match(title) or LEGACY.match(title) or members(part.text, title, counts_resolved=True))


def _alerts(message: SlackMessage, part: Part) -> Iterator[Alert]:
    title = part.title.cut(part.of.title.strip().split("\n", 1)[0])
    listed = members(part.text, title.text, counts_resolved=True)
    if listed:
        yield from (_member(message, part, member) for member in listed)
        if unlisted(listed, title.text):
            yield _group(message, part, title)
    elif PREFIX.match(title.text):
        yield _group(message, part, title)
    elif found := LEGACY.match(title.text):
        yield _legacy(message, part, title, found)


def _member(message: SlackMessage, part: Part, member: Member) -> Alert:
    name, instance = member.labels.get("alertname", NOTHING), member.labels.get("instance", NOTHING)
    test = name.text == "TestAlert" and instance.text == "Grafana"
    return Finding(
        source=SOURCE,
        message=message,
        state=member.state,
        state_from=member.section,
        key=[*member.key, _home(message, part)],
        title=titled_by(member.labels, UNTOLD, "Grafana alert"),
        severity_from=member.severity,
        description=member.description,
        labels=member.labels,
        links=[*member.links, *member.runbook, *part.links("Grafana")[:1]],
        test=name if test else NOTHING,
    ).alert()


def _group(message: SlackMessage, part: Part, title: Told) -> Alert:
    found = PREFIX.match(title.text)
    group, common = split_title(title.text[found.end() :].strip() if found else title.text)
    return Finding(
        source=SOURCE,
        message=message,
        state=state_of(found) if found else AlertState.FIRING,
        state_from=title.cut(found.group() if found else None),
        key=["group", title.cut(group.casefold()), _home(message, part)],
        title=title.cut(f"{group} ({common})" if group and common else group or common or "Grafana alert"),
        severity_from=part.named(*NAMES),
        description=part.text,
        labels={"group": title.cut(group)},
        links=part.links("Grafana"),
        members=hidden(title.text),
    ).alert()


def _legacy(message: SlackMessage, part: Part, title: Told, found: re.Match[str]) -> Alert:
    """One rule of a panel. Of its link only the path counts: the query has the view."""
    word, name = title.cut(found.group(1)), title.cut(found.group(2))
    values = [told.cut(f"{label}: {told.text}") for label, told in part.fields]
    return Finding(
        source=SOURCE,
        message=message,
        state=AlertState.CLEARED if word.word == "ok" else AlertState.FIRING,
        state_from=word,
        key=["rule", name.cut(name.word), _home(message, part), part.title_link.cut(_path(part))],
        title=name,
        description=[part.text, *values],
        labels={"alertname": name, "grafana_state": word.cut(word.word)},
        links=part.links("Grafana"),
        test=name if name.text == "Test notification" else NOTHING,
    ).alert()


def _home(message: SlackMessage, part: Part) -> Told:
    return part.title_link.cut(home(message.channel, part.of.title_link))


def _path(part: Part) -> str:
    return urlsplit(part.of.title_link).path if part.of.title_link else ""
