"""The witness: writes down what Slack, Jira and the mail server took and showed, and asks the bot nothing."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.sandbox.jira.model import Event
from bot.sandbox.jira.server import JiraServer
from bot.sandbox.mail import Mail, MailServer
from bot.sandbox.slack.journal import Entry, Kind
from bot.sandbox.slack.server import SlackServer
from bot.sandbox.slack.workspace import ChannelKind
from tests.chaos.plan import Way

NAME = re.compile(r"\b(?:Alert|Typed)[0-9]{5}\b")
NUMBER = re.compile(r"\bINC-[0-9]+\b")
OVER = ("ACKNOWLEDGED", "RESOLVED", "No action needed")


@dataclass(frozen=True, kw_only=True)
class Raised:
    """Something that somebody must be paged for. Not `sure`: nobody was told that it was taken in."""

    name: str
    service: int
    at: datetime
    sure: bool = True


@dataclass(frozen=True, kw_only=True)
class Taken:
    """A page that a provider took. `key` is what the sender calls it, `ts` Slack's name of the message."""

    name: str
    way: Way
    to: str
    at: datetime
    key: str
    ts: str = ""


@dataclass(kw_only=True)
class Witness:
    """What was raised, what was taken, and what people could see. Times are those of the providers."""

    slack: SlackServer
    jira: JiraServer
    mail: MailServer
    raised: dict[str, Raised] = field(default_factory=dict)
    ends: dict[str, datetime] = field(default_factory=dict)
    """When somebody first tried to end it: acknowledged it, or its source said that it is over."""
    cleared: set[str] = field(default_factory=set)
    posted: dict[tuple[str, str], str] = field(default_factory=dict)
    """Which alert the message with that channel and timestamp fires."""
    heard: dict[str, datetime] = field(default_factory=dict)
    """When a process first answered Slack that it has taken in that the alert fires."""
    over: dict[str, datetime] = field(default_factory=dict)
    """When it was first seen that nobody is needed any more."""
    pages: defaultdict[str, list[Taken]] = field(default_factory=lambda: defaultdict(list))
    copies: int = 0
    """E-mails that came again under the same Message-ID: mail programs show them once."""
    keys: Counter[str] = field(default_factory=Counter)
    cards: defaultdict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))
    tickets: defaultdict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))
    numbers: dict[str, str] = field(default_factory=dict)

    def watch(self) -> None:
        """Write everything down from now on."""
        self.slack.journal.listen(self._heard)
        self.jira.site.subscribe(self._filed)
        self.mail.subscribe(self._posted)

    def _heard(self, entry: Entry) -> None:
        if entry.kind is Kind.DELIVERY and entry.outcome == "ok":
            if (name := self.posted.get((entry.channel, entry.ts))) is not None:
                self.heard.setdefault(name, entry.at)
            return
        if entry.kind not in (Kind.MESSAGE, Kind.EDIT) or entry.actor != self.slack.world.app.id:
            return
        text = str(entry.payload.get("text", ""))
        found = NAME.search(text)
        if found is None or entry.name == "ephemeral":
            return
        self._number(found[0], text)
        if any(word in text for word in OVER):
            self.over.setdefault(found[0], entry.at)
        if entry.kind is Kind.MESSAGE:
            self._accepted(found[0], text, entry)

    def _accepted(self, name: str, text: str, entry: Entry) -> None:
        key = key_of(entry.payload)
        self.keys[key] += 1
        if entry.payload.get("thread_ts"):
            return
        if "PAGE " in text:
            way, to = self._where(entry.channel)
            self.pages[name].append(Taken(name=name, way=way, to=to, at=entry.at, key=key, ts=entry.ts))
        elif key.startswith("card:"):
            self.cards[name].append(entry.at)

    def _where(self, channel: str) -> tuple[Way, str]:
        world = self.slack.world
        room = world.channels[channel]
        if room.kind is ChannelKind.DM:
            return Way.DIRECT, next(iter(room.members - {world.app.user_id}))
        return Way.CHANNEL, room.name

    def _posted(self, mail: Mail) -> None:
        found = NAME.search(mail.subject)
        if found is None:
            return
        key, to = str(mail.message["Message-ID"]), mail.recipients[0]
        if any(page.key == key for page in self.pages[found[0]]):
            self.copies += 1
            return
        self._number(found[0], mail.subject)
        self.pages[found[0]].append(Taken(name=found[0], way=Way.EMAIL, to=to, at=mail.at, key=key))

    def _filed(self, event: Event) -> None:
        found = NAME.search(event.issue.summary)
        if found is not None and event.kind == "jira:issue_created":
            self.tickets[found[0]].append(event.at)

    def _number(self, name: str, text: str) -> None:
        if (number := NUMBER.search(text)) is not None:
            self.numbers.setdefault(name, number[0])


def key_of(body: Mapping[str, object]) -> str:
    """The key of the effect that a message tells; nothing for messages without one."""
    metadata = body.get("metadata")
    payload = metadata.get("event_payload") if isinstance(metadata, Mapping) else None
    return str(payload.get("key") or "") if isinstance(payload, Mapping) else ""
