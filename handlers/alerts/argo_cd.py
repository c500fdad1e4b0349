"""Argo CD's messages in Slack, by the templates of its catalogue (argoproj/argo-cd, notifications_catalog).

https://argo-cd.readthedocs.io/en/stable/operator-manual/notifications/catalog/
An application has three independent alerts: its health is degraded, its sync failed, its sync's status is
unknown; the key is which of them, and the application with the address of Argo CD. A sync that succeeded
clears the two of the sync; a new version that runs well, and the end of the application, clear all three.
That a sync has begun, or an application was created, is nothing.
"""

import re
from collections.abc import Mapping

from bot.domain.alert import Alert, AlertState
from handlers.alerts.found import Finding, Placed, Told
from handlers.alerts.identity import home
from handlers.alerts.places import fields as fields_of
from handlers.alerts.places import links, named, text
from handlers.alerts.reading import SlackMessage

SOURCE = "argo_cd"
HEALTH, SYNC, STATUS = "health", "sync", "sync status"
NAME = r"(?P<name>[^\s]{1,300})"
SIGN = r"\s{0,3}(?::[a-z_]{1,40}:|[\u2190-\u2bff\ufe0f\U0001f000-\U0001faff])?\s{0,3}"

Says = tuple[AlertState | None, tuple[str, ...], str]
SENTENCES: Mapping[str, Says] = {
    rf"Application {NAME} has degraded": (AlertState.FIRING, (HEALTH,), "is degraded"),
    rf"The sync operation of application {NAME} has failed": (AlertState.FIRING, (SYNC,), "failed to sync"),
    rf"Application {NAME} sync is 'Unknown'": (AlertState.FIRING, (STATUS,), "has an unknown sync status"),
    rf"Application {NAME} has been successfully synced": (AlertState.CLEARED, (SYNC, STATUS), "is synced"),
    rf"Application {NAME} is now running new version": (
        AlertState.CLEARED,
        (HEALTH, SYNC, STATUS),
        "runs a new version",
    ),
    rf"Application {NAME} has been deleted": (AlertState.CLEARED, (HEALTH, SYNC, STATUS), "is deleted"),
    rf"The sync operation of application {NAME} has started": (None, (), ""),
    rf"Application {NAME} has been created": (None, (), ""),
}
PATTERNS = [(re.compile(SIGN + sentence + r"(?=[\s.]|$)"), says) for sentence, says in SENTENCES.items()]
MARKS = {"health status", "sync status"}


def recognise(message: SlackMessage) -> bool:
    """Whether the text is one of the sentences, and a link or a field is Argo CD's."""
    return _sentence(message) is not None and _marked(message)


def parse(message: SlackMessage) -> list[Alert]:
    """What the sentence fires or clears: one alert, several, or nothing."""
    sentence = _sentence(message)
    if sentence is None:
        return []
    found, (state, kinds, says) = sentence
    return [_alert(message, found, state, kind, says) for kind in kinds if state]


def _sentence(message: SlackMessage) -> tuple[re.Match[str], Says] | None:
    matches = ((text(message).match(pattern), says) for pattern, says in PATTERNS)
    return next(((found, says) for found, says in matches if found), None)


def _marked(message: SlackMessage) -> bool:
    at_home = any("/applications/" in link.url for link, _ in links(message))
    return at_home or any(name.casefold() in MARKS for name, _ in fields_of(message))


def _alert(message: SlackMessage, found: re.Match[str], state: AlertState, kind: str, says: str) -> Alert:
    told, all_links = text(message), links(message, "Argo CD")
    line, name = told.lines[0], told.cut(found["name"])
    return Finding(
        source=SOURCE,
        message=message,
        state=state,
        state_from=line,
        key=[kind, name, *_home(message, all_links)],
        title=[name, line.cut(says)],
        description=[told, named(fields_of(message), "SyncError", "OperationError", "ComparisonError")],
        labels={"application": name, "kind": line.cut(kind), **_fields(message)},
        links=all_links,
    ).alert()


def _home(message: SlackMessage, all_links: list[Placed]) -> list[Told]:
    """The address of Argo CD; else the channel."""
    own = next(((link.url, place) for link, place in all_links if "/applications/" in link.url), ("", ""))
    return [Told(home(message.channel, own[0]), own[1])]


def _fields(message: SlackMessage) -> dict[str, Told]:
    wanted = {"Health Status": "health_status", "Sync Status": "sync_status", "Repository": "repository"}
    told = {label: named(fields_of(message), name) for name, label in wanted.items()}
    return {
        label: each.cut(each.text.removeprefix(":arrow_heading_up:")) for label, each in told.items() if each
    }
