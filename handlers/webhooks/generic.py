"""The form of our own, for scripts and for whatever lets one write what it posts: docs/alerts.md has it.

One alert, a list of them, or a list under `alerts`. Other usual names for the same are understood, and make
it less sure. The key is `key`; without it the title, the labels as they were sent, and whatever else names
a host or the like, so that two hosts are two alerts. What does not say that it is over fires: better one
page too many.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from bot.domain.alert import Alert, AlertState
from handlers.alerts.markup import words
from handlers.alerts.severities import NAMES
from handlers.webhooks.delivery import Delivery
from handlers.webhooks.document import Node
from handlers.webhooks.fields import listed
from handlers.webhooks.finding import Finding, Part, spread
from handlers.webhooks.several import several
from handlers.webhooks.spoken import severity_in_field, state_of

SOURCE = "generic"
_NAMES = {
    "title": ("title", "summary", "subject", "name", "alertname", "alert", "message", "text"),
    "status": ("status", "state", "event_action", "action", "alert_status", "event_type", "event"),
    "severity": ("severity", "priority", "level", "urgency", "sev"),
    "key": ("key", "dedup_key", "dedupKey", "fingerprint", "incident_key", "alias", "alert_id", "id"),
    "description": ("description", "details", "body", "message", "text", "msg", "reason"),
    "labels": ("labels", "tags", "attributes", "custom_details", "details", "metadata"),
    "links": ("links", "urls"),
    "link": ("url", "link", "href", "source_url", "generatorURL"),
    "at": ("at", "timestamp", "time", "date", "occurred_at", "created_at"),
    "test": ("test",),
}
_OBJECTS = ("labels", "links")
_PLAIN = ("status", "severity", "key", "description", "at")
_IDENTIFYING = words(
    "host hostname instance service check resource device node pod cluster namespace region environment env "
    "app application component job queue database server monitor entity target"
)
_KNOWN = frozenset(name for names in _NAMES.values() for name in names)


@dataclass(slots=True)
class _Reading:
    """One alert as it is read; whatever had to be guessed makes it less sure."""

    root: Node
    sure: float = 1.0
    used: set[str] = field(default_factory=set)

    def find(self, what: str) -> Node:
        """What stands under a name, or under another name for the same that nothing else has taken."""
        there = self.root.value if isinstance(self.root.value, dict) else {}
        name = ""
        for each in _NAMES[what]:
            if each in there and each not in self.used and self._fits(what, each):
                name = each
                break
        self.used.add(name)
        if name and name != what and what not in ("link", "test"):
            self.doubt(0.95)
        return self.root[name or what]

    def _fits(self, what: str, name: str) -> bool:
        found = self.root[name]
        return bool(found) and (what in _OBJECTS) == (found.is_object or found.is_list)

    def wordless(self, names: Collection[str]) -> Iterator[Node]:
        """What stands under these names and has no words."""
        there = self.root.value if isinstance(self.root.value, dict) else {}
        return (self.root[name] for name in names if isinstance(there.get(name), list | dict))

    def doubt(self, factor: float) -> None:
        """So much less sure."""
        self.sure = round(self.sure * factor, 2)


def parse(delivery: Delivery) -> list[Alert]:
    """The alerts of a document. Raises Malformed, or Partly, where one has no title."""
    root = delivery.body
    alerts = root if root.is_list else root.object()["alerts"]
    if alerts.is_list:
        return several(alerts.items, lambda each: [_alert(_Reading(each))])
    return [_alert(_Reading(root))]


def _alert(reading: _Reading) -> Alert:
    title, status, key = reading.find("title").filled(), reading.find("status"), reading.find("key")
    labels, description = reading.find("labels"), reading.find("description")
    severity = reading.find("severity") or labels.first("severity", "priority", "level")
    state, state_from = _state(reading, status)
    told = state_of(state_from.text) or isinstance(state_from.value, bool)
    if not key.text:
        reading.doubt(0.8)
    return Finding(
        source=SOURCE,
        state=state,
        state_from=state_from,
        key=[key] if key.text else [title, *_identity(reading, labels)],
        title=title,
        severity=severity_in_field(severity),
        severity_from=severity,
        description=description,
        links=_links(reading),
        at=reading.find("at"),
        labels=_labels(reading, labels),
        trial=reading.find("test").word == "true",
        confidence=reading.sure,
        objects=[labels or reading.root["labels"]] if not labels.is_list else (),
        plain=list(reading.wordless(_PLAIN)),
        unknown=not told,
    ).alert()


def _state(reading: _Reading, status: Node) -> tuple[AlertState, Node]:
    if state := state_of(status.text):
        return state, status
    for name, ends in (("resolved", True), ("firing", False)):
        told = reading.root[name]
        if isinstance(told.value, bool):
            reading.used.add(name)
            reading.doubt(0.95)
            return AlertState.CLEARED if told.value is ends else AlertState.FIRING, told
    reading.doubt(0.7)
    return AlertState.FIRING, status


def _identity(reading: _Reading, labels: Node) -> list[Part]:
    named = {name: part for name, part in spread(reading.root).items() if name.casefold() in _IDENTIFYING}
    told = {name: part for name, part in spread(labels).items() if name.casefold() not in NAMES}
    pairs = sorted({**named, **told}.items(), key=lambda pair: pair[0])
    return [part for name, value in pairs for part in (name, value)]


def _labels(reading: _Reading, labels: Node) -> dict[str, Part]:
    """The labels, and whatever else is a word or a number."""
    known = _KNOWN | reading.used
    rest = spread(reading.root, but=known)
    return {**rest, **spread(labels), **({"tags": listed(labels)} if labels.is_list else {})}


def _links(reading: _Reading) -> list[tuple[str, Part]]:
    """A list of addresses, or of names and addresses; and one address by itself."""
    links = reading.find("links")
    told: list[tuple[str, Part]] = [("Link", reading.find("link"))]
    told += spread(links).items()
    for each in links.items:
        address = each.first("url", "href", "link") if each.is_object else each
        told.append((each.first("label", "title", "text", "name").text or "Link", address))
    return told
