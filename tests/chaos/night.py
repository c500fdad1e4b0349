"""A night: the local Slack, Jira and mail server here, the bot in processes that come and go."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from bot.demo import alerts
from bot.sandbox.jira.seed import BOT_EMAIL, BOT_TOKEN
from bot.sandbox.jira.server import JiraServer
from bot.sandbox.mail import MailServer
from bot.sandbox.slack import seed
from bot.sandbox.slack.journal import Kind
from bot.sandbox.slack.server import SlackServer
from bot.sandbox.slack.workspace import Message, User
from bot.store.schema import migrate
from handlers.manifest import manifest
from tests.chaos.child import CLOCK, LEASE, Child

HASTY = tuple(timedelta(seconds=0.5) for _ in range(240))
"""A Slack that brings an event again twice a second for two minutes: what is lost then was lost by us."""

SERVICES = 4


def configuration(
    *, wait: str = "60s", methods: str = "[{slack: 0s}, {email: 60s}]", services: int = 1
) -> str:
    """Ann is paged first, then Bob; with more services, each has its own first person and channels."""
    people = "".join(
        f"  p{n}: {{name: Person {n}, slack: {person_id(n)}, methods: [{{slack: 0s}}]}}\n"
        for n in range(1, services)
    )
    ladders = "".join(
        f"  l{n}:\n    rounds: 3\n    rungs:\n      - {{targets: [{{person: p{n}}}], wait: {wait}}}\n"
        for n in range(1, services)
    )
    more = "".join(
        f'  s{n}: {{name: Service {n}, channel: "#incidents-{n}", ladder: l{n}, catch_all: everybody}}\n'
        for n in range(1, services)
    )
    channels = "".join(f'  - {{channel: "#alerts-{n}", service: s{n}}}\n' for n in range(1, services))
    return f"""
allow_short_waits: true
people:
  ann: {{name: Ann Lee, slack: U0ANNLEE001, email: ann@example.com, methods: {methods}}}
  bob: {{name: Bob Ray, slack: U0BOBRAY001, email: bob@example.com, methods: [{{slack: 0s}}]}}
  cleo: {{name: Cleo Diaz, slack: U0CLEODIAZ1, email: cleo@example.com, methods: [{{slack: 0s}}]}}
{people}
ladders:
  payments:
    rounds: 2
    rungs:
      - {{targets: [{{person: ann}}], wait: {wait}}}
      - {{targets: [{{person: bob}}], wait: {wait}}}
  everybody:
    rungs:
      - {{targets: [{{person: cleo}}], wait: 10m}}
{ladders}
services:
  checkout:
    name: Checkout
    channel: "#incidents"
    ladder: payments
    catch_all: everybody
    ticket: {{project: OPS, type: Incident}}
{more}
channels:
  - channel: "#alerts"
{channels}
defaults: {{service: checkout, severity: sev2, limit: none, limits: {{slack: none, email: none}}}}
"""


def person_id(number: int) -> str:
    """The Slack id of a person who is the first of service `number`."""
    return f"U0PERSON{number:03d}"


@dataclass(kw_only=True)
class Night:
    """What happens in the world. The journals of Slack, Jira and mail are the only witnesses."""

    slack: SlackServer
    jira: JiraServer
    mail: MailServer
    folder: Path
    environment: dict[str, str]
    lease: float = LEASE
    replicated: bool = False
    children: list[Child] = field(default_factory=list)
    spawned: int = 0
    read: dict[tuple[str, str], str] = field(default_factory=dict)
    limits: float = 1.0
    sabotage: str = ""
    posted: dict[str, datetime] = field(default_factory=dict)
    ticketed: int = 0

    def spawn(self, faults: str = "", **more: str) -> Child:
        """Start a process, with these failpoints armed."""
        armed = {"TOCSIN_FAULTS": faults} if faults else {}
        log = self.folder / f"bot-{self.spawned}.log"
        self.spawned += 1
        child = Child(
            {**self.environment, **armed, **more},
            log,
            lease=self.lease,
            limits=self.limits,
            sabotage=self.sabotage,
        )
        self.children.append(child)
        return child

    async def start(self, faults: str = "") -> Child:
        """Start a process and wait until Slack can reach it."""
        child, before = self.spawn(faults), len(self.slack.journal.entries(Kind.SOCKET, "open"))
        await child.started()
        await self.until(lambda: len(self.slack.journal.entries(Kind.SOCKET, "open")) > before, 15)
        return child

    def alert(self, name: str = "ApiErrorRateHigh", *, service: int = 0) -> None:
        """Alertmanager posts."""
        self.posted[name] = CLOCK.now()
        self.ticketed += service == 0
        channel = f"#alerts-{service}" if service else "#alerts"
        self.slack.integration("Alertmanager").post(channel, alerts.firing(name, f"s{service}"))

    def cleared(self, name: str) -> None:
        """It says that an alert of checkout is over."""
        self.slack.integration("Alertmanager").post("#alerts", alerts.cleared(name, "s0"))

    @property
    def database(self) -> str:
        """Its address."""
        return self.environment["TOCSIN_DATABASE_URL"]

    async def until(self, claim: Callable[[], object], seconds: float) -> None:
        """Wait until a claim about the world comes true; fails with what the bot said last."""
        end = CLOCK.monotonic() + seconds
        while not claim():
            assert CLOCK.monotonic() < end, f"not within {seconds} s. {self.told()}"
            await CLOCK.sleep(0.02)

    async def calm(self, seconds: float) -> None:
        """Let the world go on for a while."""
        await CLOCK.sleep(seconds)

    def told(self) -> str:
        """What was seen, and the end of the last log."""
        log = self.children[-1].told() if self.children else ""
        return f"Seen: {dict(self.accepted())}\nTickets: {self.tickets()}\n{log}"

    # the witnesses

    def messages(self) -> list[Message]:
        """Every message of the bot's that carries an effect's key."""
        return [
            message
            for channel in self.slack.world.channels.values()
            for message in channel.messages.values()
            if key_of(message)
        ]

    def accepted(self) -> Counter[str]:
        """How often each effect was accepted: by Slack under its key, by mail under its Message-ID."""
        mails = (f"mail:{mail.message['Message-ID']}" for mail in self.mail.inbox)
        return Counter([*(key_of(message) for message in self.messages()), *mails])

    def pages(self, name: str = "") -> list[Message]:
        """Pages by Slack, of all incidents or of one."""
        return [
            message
            for message in self.messages()
            if key_of(message).startswith("page:") and name in self._words(message)
        ]

    def _words(self, message: Message) -> str:
        """What it said at first: that it names its incident never changes."""
        place = (message.channel, message.ts)
        if place not in self.read:
            self.read[place] = message.words
        return self.read[place]

    def paged(self, person: str) -> int:
        """How many pages a person has by direct message."""
        return sum(key_of(message).startswith("page:") for message in self.slack.dms(person))

    def cards(self) -> list[Message]:
        """All cards."""
        return [message for message in self.messages() if key_of(message).startswith("card:")]

    def tickets(self) -> Counter[str]:
        """Tickets by their summary."""
        return Counter(issue.summary for issue in self.jira.issues("OPS"))

    def page_time(self, name: str) -> datetime:
        """When the first page of an incident was accepted."""
        return min(time_of(message) for message in self.pages(name))

    def lateness(self) -> list[float]:
        """Seconds between each alert's post and its first page, in order."""
        return sorted((self.page_time(name) - at).total_seconds() for name, at in self.posted.items())

    def lost(self) -> list[str]:
        """Alerts for which nobody was paged."""
        told = "\n".join(self._words(message) for message in self.pages())
        return [name for name in self.posted if name not in told]

    def doubled(self) -> dict[str, int]:
        """Effects that were accepted more than once."""
        return {key: count for key, count in self.accepted().items() if count > 1}

    def missed(self, wait: float, *, within: float) -> dict[str, int]:
        """Incidents that have fewer pages than their ladders' first steps, so far apart, should by now."""
        now, found = CLOCK.now(), {}
        for name, at in self.posted.items():
            due = 1 + int(max(0.0, (now - at).total_seconds() - within) // wait)
            told = len(self.pages(name))
            if told < min(due, 3):
                found[name] = told
        return found

    def report(self) -> str:
        """The figures, in one line."""
        late = self.lateness()
        figures = {"p50": late[len(late) // 2], "p99": late[int(len(late) * 0.99)], "max": late[-1]}
        seconds = ", ".join(f"{name} {figure:.2f} s" for name, figure in figures.items())
        return (
            f"{len(self.posted)} alerts, {len(self.pages())} pages, {len(self.lost())} lost, "
            f"{len(self.doubled())} doubled; first page after {seconds}"
        )

    def whole(self) -> bool:
        """Whether each alert has its page and its card, and those of checkout their ticket."""
        told = not self.lost() and len(self.cards()) >= len(self.posted)
        return told and self.tickets().total() >= self.ticketed

    def assert_once(self) -> None:
        """Nothing was lost and nothing came twice: pages, cards, replies, mails and tickets."""
        assert self.lost() == [], self.told()
        assert self.doubled() == {}, self.told()
        assert len(self.cards()) == len(self.posted), self.told()
        assert [title for title, count in self.tickets().items() if count > 1] == [], self.told()


class Nights(Protocol):
    """Plays a story on every database."""

    async def __call__(
        self,
        story: Callable[[Night], Awaitable[None]],
        *,
        config: str | None = None,
        services: int = 1,
        lease: float = LEASE,
    ) -> None:
        """All of them succeed, or it fails."""
        ...


def key_of(message: Message) -> str:
    """The key of the effect that a message tells; nothing for messages of others."""
    payload: Mapping[str, object] = (message.metadata or {}).get("event_payload") or {}
    return str(payload.get("key") or "")


def time_of(message: Message) -> datetime:
    """When Slack took it: a message's `ts` is its time."""
    return datetime.fromtimestamp(float(message.ts), UTC)


@asynccontextmanager
async def night(
    folder: Path,
    database: str | None,
    *,
    config: str | None = None,
    services: int = 1,
    lease: float = LEASE,
) -> AsyncIterator[Night]:
    """The world without a bot; whatever was started is ended afterwards."""
    world = seed.seed(manifest("socket"))
    for number in range(1, services):
        who = person_id(number)
        world.users[who] = User(id=who, name=f"p{number}", real_name=f"Person {number}", team_id=world.id)
        for name in (f"alerts-{number}", f"incidents-{number}"):
            room = seed.add_channel(world, name, "ann")
            room.members |= {app.user_id for app in world.apps.values()} | {world.app.user_id, who}
    slack = SlackServer(world, CLOCK, limits=float("inf"), redeliveries=HASTY)
    mail = MailServer(CLOCK)
    async with slack, JiraServer(CLOCK) as jira:
        await mail.start()
        (folder / "tocsin.yaml").write_text(config or configuration(services=services), encoding="utf-8")
        play = Night(
            slack=slack,
            jira=jira,
            mail=mail,
            folder=folder,
            environment=environment(folder, slack, jira, mail, database),
            lease=lease,
            replicated=database is not None,
        )
        if database is not None:  # on SQLite the bot does that by itself
            await asyncio.to_thread(migrate, database)
        try:
            yield play
        finally:
            for child in play.children:
                child.clear()
            await mail.stop()


def environment(
    folder: Path, slack: SlackServer, jira: JiraServer, mail: MailServer, database: str | None
) -> dict[str, str]:
    """The settings of every process of the night."""
    return {
        "TOCSIN_SLACK__BOT_TOKEN": seed.BOT_TOKEN,
        "TOCSIN_SLACK__APP_TOKEN": seed.APP_TOKEN,
        "TOCSIN_SLACK__API_URL": slack.api_url,
        "TOCSIN_JIRA__URL": jira.url,
        "TOCSIN_JIRA__EMAIL": BOT_EMAIL,
        "TOCSIN_JIRA__TOKEN": BOT_TOKEN,
        "TOCSIN_JIRA__FLAVOUR": "cloud",
        "TOCSIN_SMTP__HOST": "127.0.0.1",
        "TOCSIN_SMTP__PORT": str(mail.port),
        "TOCSIN_SMTP__TLS": "none",
        "TOCSIN_SMTP__SENDER": "tocsin@example.com",
        "TOCSIN_HTTP__PORT": "0",
        "TOCSIN_CONFIG": str(folder / "tocsin.yaml"),
        "TOCSIN_DATA_DIR": str(folder),
        "TOCSIN_DATABASE_URL": database or f"sqlite:///{folder / 'tocsin.db'}",
        "TOCSIN_LOG_FORMAT": "json",
    }
