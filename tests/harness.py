"""The whole bot against the sandbox: say, click, alert, fast-forward, and ask the sandbox what happened."""

import asyncio
import math
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

import aiohttp
from pydantic import SecretStr
from sqlalchemy import create_engine

from bot.clock import Clock, ShiftedClock
from bot.config.in_force import ConfigurationInForce
from bot.delivery.names import Names
from bot.demo import alerts
from bot.domain.effects import Lane
from bot.ports import Tx
from bot.render.escape import flatten
from bot.runtime import Runtime
from bot.sandbox.jira.model import Flavour, Issue
from bot.sandbox.jira.seed import BOT_EMAIL, BOT_TOKEN
from bot.sandbox.jira.server import JiraServer
from bot.sandbox.mail import MailServer
from bot.sandbox.slack import seed as slack_seed
from bot.sandbox.slack.people import Outcome
from bot.sandbox.slack.server import SlackServer
from bot.sandbox.slack.shapes import Json
from bot.sandbox.slack.workspace import Message, View
from bot.settings import HttpSettings, JiraSettings, Settings, SlackSettings, SmtpSettings
from bot.wiring import Bot, build
from handlers.alerts import PARSERS
from handlers.manifest import manifest
from handlers.webhooks.sources import SOURCES
from tests.error_log import ErrorLog, watched_errors
from tests.migrated import ready

Transport = Literal["socket", "http"]
PATIENCE = 8.0

CONFIGURATION = """
people:
  ann: {name: Ann Lee, slack: U0ANNLEE001, email: ann@example.com, zone: Europe/London}
  bob: {name: Bob Ray, slack: U0BOBRAY001, email: bob@example.com, zone: America/New_York}
  cleo: {name: Cleo Diaz, slack: U0CLEODIAZ1, email: cleo@example.com, zone: Asia/Tokyo}
schedules:
  primary:
    zone: Europe/London
    layers: [{people: [ann], start: 2026-01-05, handoff: 09:00, shift: 7d}]
ladders:
  payments:
    rounds: 2
    rungs:
      - {targets: [{schedule: primary}], wait: 5m}
      - {targets: [{person: bob}], wait: 10m}
  everybody:
    rungs:
      - {targets: [{person: cleo}], wait: 30m}
services:
  checkout:
    name: Checkout
    channel: "#incidents"
    ladder: payments
    catch_all: everybody
    ticket: {project: OPS, type: Incident, priorities: {sev1: Highest, sev2: High, sev3: Medium, sev4: Low}}
channels:
  - channel: "#alerts"
defaults: {service: checkout, severity: sev2, limit: none, limits: {slack: none, email: none}}
"""


@dataclass(kw_only=True)
class BotHarness:
    """A running bot and its world. Whatever was sent to people and not expected fails the test at its end."""

    clock: ShiftedClock
    slack: SlackServer
    jira: JiraServer
    mail: MailServer
    bot: Bot
    runtime: Runtime
    settings: Settings
    errors: ErrorLog
    read: set[tuple[str, str]] = field(default_factory=set)
    mails: int = 0

    async def alert(
        self, payload: Json | None = None, *, by: str = "Alertmanager", channel: str = "#alerts"
    ) -> Message:
        """An integration posts; Alertmanager's firing message by default."""
        message = self.slack.integration(by).post(channel, payload or alerts.firing())
        await self.quiet()
        return message

    async def cleared(self, payload: Json | None = None) -> None:
        """Alertmanager says that it is over."""
        self.slack.integration("Alertmanager").post("#alerts", payload or alerts.cleared())
        await self.quiet()

    async def slash(
        self, text: str, *, by: str = "ann", channel: str = "#general", command: str = "/incident"
    ) -> str:
        """A person types a command; answers the words of the reply, as they are shown."""
        outcome = await self.slack.person(by).slash(command, text, channel=channel)
        await self.quiet()
        return flatten(outcome.reply.words) if outcome.reply else outcome.error

    async def mention(
        self, text: str, *, by: str = "ann", channel: str = "#general", thread: Message | None = None
    ) -> str:
        """A person writes `@tocsin …` in a channel; the words of the answer, which they alone see."""
        person = self.slack.person(by)
        before = len(person.ephemerals())
        person.say(channel, f"@tocsin {text}", thread=thread or "")
        await self.slack.until(lambda: len(person.ephemerals()) > before)
        await self.quiet()
        return flatten(person.ephemerals()[-1].words)

    async def direct(self, text: str, *, by: str = "ann", thread: Message | None = None) -> str:
        """A person writes to the bot in private; the words of its answer."""
        asked = self.slack.person(by).dm(text, thread=thread or "")
        await self.slack.until(lambda: self._since(by, asked))
        answer = self._since(by, asked)[0]
        self.read.add((answer.channel, answer.ts))
        await self.quiet()
        return flatten(answer.words)

    async def click(self, target: Message | View, button: str, *, by: str, value: object = None) -> Outcome:
        """A person presses a button, or chooses `value` in a menu."""
        outcome = await self.slack.person(by).click(target, button, value)
        await self.quiet()
        return outcome

    async def whispered(self, target: Message | View, button: str, *, by: str) -> str:
        """A person presses a button; the words of the answer, which they alone see."""
        person = self.slack.person(by)
        before = len(person.ephemerals())
        await person.click(target, button)
        await self.slack.until(lambda: len(person.ephemerals()) > before)
        await self.quiet()
        return flatten(person.ephemerals()[-1].words)

    async def submit(self, *, by: str, **values: object) -> Outcome:
        """A person fills in the form that is open, by block id, and submits it."""
        outcome = await self.slack.person(by).submit(values)
        await self.quiet()
        return outcome

    async def fast_forward(self, **span: float) -> None:
        """Let time pass, second by second where something is due, and whatever is due then happen."""
        end = self.clock.now() + timedelta(**span)
        await self.quiet()
        while (due := await self._next_due()) is not None and due < end:
            self.clock.advance(max(due - self.clock.now(), timedelta()))
            await self.quiet()
        self.clock.advance(max(end - self.clock.now(), timedelta()))
        await self.quiet()

    async def quiet(self) -> None:
        """Until nothing is on its way any more, neither in Slack nor in the bot."""
        async with asyncio.timeout(PATIENCE * 8):
            while True:
                await self.slack.settled()
                self.bot.ring()
                await self.runtime.quiet.look()
                await self.bot.climber.tick()
                await self.bot.homes.refresh()
                if await self._idle():
                    await self.slack.settled()
                    if await self._idle():
                        return
                await self.clock.sleep(0.01)

    def card(self, words: str = "INC-") -> Message:
        """The one card with these words."""
        cards = [
            message
            for message in self.slack.messages("#incidents")
            if words in message.words and _is_card(message)
        ]
        assert len(cards) == 1, f"expected one card with {words!r}, not {[card.words for card in cards]}"
        return cards[0]

    def cards(self) -> list[Message]:
        """Every message in the incidents' channel."""
        return self.slack.messages("#incidents")

    def page(self, person: str, words: str = "INC-") -> Message:
        """The next page of a person by direct message; it must have come, and counts as expected now."""
        new = self.unread(person)
        found = next((message for message in new if words in message.words), None)
        assert found, f"{person} was not paged about {words!r}, but told {[each.words for each in new]}"
        self.read.add((found.channel, found.ts))
        return found

    def unread(self, person: str) -> list[Message]:
        """What the bot wrote to a person in private and no test has asked for yet."""
        return [
            message
            for message in self.slack.dms(person)
            if (message.channel, message.ts) not in self.read and message.app_id
        ]

    def mailed(self, address: str) -> str:
        """The next mail; it must have come to that address, and counts as expected now. Its subject."""
        new = self.mail.inbox[self.mails :]
        assert new, f"no mail to {address}"
        assert any(address in each for each in new[0].recipients), f"it went to {new[0].recipients}"
        self.mails += 1
        return new[0].subject

    def silence(self) -> None:
        """Nobody was told anything that was not expected."""
        for user in self.slack.world.users.values():
            extra = [message.words for message in self.unread(user.id)]
            assert not extra, f"{user.name} was told unexpectedly: {extra}"
        extra = [f"{mail.recipients} {mail.subject}" for mail in self.mail.inbox[self.mails :]]
        assert not extra, f"unexpected mail: {extra}"

    def ticket(self) -> Issue:
        """The one ticket."""
        issues = self.jira.issues("OPS")
        assert len(issues) == 1, f"expected one ticket, not {[issue.key for issue in issues]}"
        return issues[0]

    def thread(self) -> str:
        """The words below the one card."""
        return "\n".join(each.words for each in self.slack.messages("#incidents", thread=self.card().ts))

    async def troubles(self) -> set[str]:
        """The kinds of what an audit would find now."""
        found = await self.bot.store.read(lambda tx: tx.audit(self.clock.now()))
        return {trouble.kind for trouble in found}

    async def forget_dead_letters(self) -> None:
        """What was given up belongs to the test: drop it, as an operator would."""
        assert await self.bot.store.write(lambda tx: tx.drop([])), "nothing was given up"

    @asynccontextmanager
    async def database_hangs(self) -> AsyncIterator[None]:
        """Nothing can be written meanwhile: somebody else holds the database."""
        engine = create_engine(self.settings.database)
        with engine.connect() as connection:
            sqlite = connection.dialect.name == "sqlite"
            connection.exec_driver_sql(
                "BEGIN IMMEDIATE" if sqlite else "LOCK TABLE inbox IN ACCESS EXCLUSIVE MODE"
            )
            yield
            connection.exec_driver_sql("ROLLBACK") if sqlite else connection.rollback()
        engine.dispose()

    async def ready(self) -> dict[str, str]:
        """The problems that the address for readiness tells."""
        return (await self._readiness())["problems"]

    async def notes(self) -> dict[str, str]:
        """What that address tells besides: it takes no working bot away."""
        return (await self._readiness())["notes"]

    async def _readiness(self) -> dict[str, dict[str, str]]:
        async with aiohttp.ClientSession() as session, session.get(f"{self.bot.http.url}/readyz") as answer:
            told: dict[str, dict[str, str]] = await answer.json()
            return told

    def refused_calls(self) -> list[str]:
        """What Slack refused of the bot's calls."""
        return [
            f"{entry.name}: {entry.outcome}" for entry in self.slack.journal.calls() if entry.outcome != "ok"
        ]

    def _since(self, person: str, asked: Message) -> list[Message]:
        told = [each for each in self.slack.dms(person) if each.app_id and each.ts > asked.ts]
        return [each for each in told if each.metadata is None]  # pages carry their effect's key

    async def _next_due(self) -> datetime | None:
        def work(tx: Tx) -> list[datetime | None]:
            times = (tx.next_climb(), tx.next_judgement())
            return [*times, *(tx.next_delivery(lane) for lane in Lane)]

        return min((due for due in await self.bot.store.read(work) if due is not None), default=None)

    async def _idle(self) -> bool:
        due = await self._next_due()
        answered = self.bot.edge is None or self.bot.edge.idle
        due_later = due is None or due > self.clock.now()
        return due_later and answered and all(d.idle for d in self.bot.dispatchers)


def _is_card(message: Message) -> bool:
    """Cards alone have the coloured bar with the details; announcements have not."""
    return bool(message.body.get("attachments"))


@asynccontextmanager
async def running(
    folder: Path,
    *,
    database: str | None = None,
    transport: Transport = "socket",
    configuration: str = CONFIGURATION,
    limits: float = math.inf,
    prepare: Callable[[SlackServer, JiraServer], None] = lambda _, __: None,
    make_jira: Callable[[Clock], JiraServer] = JiraServer,
    connected: bool = True,
    alter: Callable[[Settings], Settings] = lambda settings: settings,
    names: Names | None = None,
) -> AsyncIterator[BotHarness]:
    """A bot that runs against a fresh sandbox. An error that it logs and no test expects fails the test.

    `connected`: begin only when Slack can reach the bot. `alter` changes the settings.
    `names` are those that the bot looks up for Slack.
    """
    with watched_errors() as errors:
        world = (folder, database, transport, configuration, limits, prepare, make_jira)
        async with _running(*world, connected, alter, errors, names) as harness:
            yield harness


@asynccontextmanager
async def _running(
    folder: Path,
    database: str | None,
    transport: Transport,
    configuration: str,
    limits: float,
    prepare: Callable[[SlackServer, JiraServer], None],
    make_jira: Callable[[Clock], JiraServer],
    connected: bool,
    alter: Callable[[Settings], Settings],
    errors: ErrorLog,
    names: Names | None,
) -> AsyncIterator[BotHarness]:
    clock = ShiftedClock()
    app = manifest(transport, "https://tocsin.example.com" if transport == "http" else None)
    slack, mail = SlackServer(slack_seed.seed(app), clock, limits=limits), MailServer(clock)
    async with AsyncExitStack() as stack, slack, make_jira(clock) as jira:
        await mail.start()
        stack.push_async_callback(mail.stop)
        prepare(slack, jira)
        settings = alter(_settings(folder, slack, jira, mail, database, transport, configuration))
        await asyncio.to_thread(ready, settings.database)
        in_force = ConfigurationInForce(settings.config, settings, PARSERS, frozenset(SOURCES))
        bot = build(settings, in_force, clock, names=names)
        runtime = Runtime(bot)
        async with asyncio.TaskGroup() as group:
            group.create_task(runtime.run())
            await runtime.started()
            if transport == "http":
                slack.deliver_to(f"{bot.http.url}/slack/events")
            async with asyncio.timeout(PATIENCE):
                while connected and bot.edge is not None and not bot.edge.connected:
                    await clock.sleep(0.01)
            yield BotHarness(
                clock=clock,
                slack=slack,
                jira=jira,
                mail=mail,
                bot=bot,
                runtime=runtime,
                settings=settings,
                errors=errors,
            )
            runtime.stop()


def _settings(
    folder: Path,
    slack: SlackServer,
    jira: JiraServer,
    mail: MailServer,
    database: str | None,
    transport: Transport,
    configuration: str,
) -> Settings:
    config = folder / "tocsin.yaml"
    config.write_text(configuration, encoding="utf-8")
    return Settings(
        slack=SlackSettings(
            bot_token=SecretStr(slack_seed.BOT_TOKEN),
            app_token=SecretStr(slack_seed.APP_TOKEN),
            signing_secret=SecretStr(slack_seed.SIGNING_SECRET),
            mode=transport,
            api_url=slack.api_url,
        ),
        jira=JiraSettings(
            url=jira.url,
            email=BOT_EMAIL if jira.site.flavour is Flavour.CLOUD else None,
            token=SecretStr(BOT_TOKEN),
            flavour="cloud" if jira.site.flavour is Flavour.CLOUD else "datacenter",
        ),
        smtp=SmtpSettings(host="127.0.0.1", port=mail.port, tls="none", sender="tocsin@example.com"),
        http=HttpSettings(port=0),
        database_url=SecretStr(database) if database else None,
        config=config,
        data_dir=folder,
    )
