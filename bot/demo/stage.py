"""The stage: a local Slack, a local Jira, a mail server, and the bot between them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from pydantic import SecretStr

from bot.clock import SystemClock
from bot.config.in_force import ConfigurationInForce
from bot.runtime import Runtime
from bot.sandbox.jira.seed import BOT_EMAIL, BOT_TOKEN
from bot.sandbox.jira.server import JiraServer
from bot.sandbox.mail import MailServer
from bot.sandbox.slack import seed as slack_seed
from bot.sandbox.slack.journal import Kind
from bot.sandbox.slack.server import SlackServer
from bot.sandbox.web.pages import Pages, to_the_board
from bot.settings import HttpSettings, JiraSettings, Settings, SlackSettings, SmtpSettings
from bot.wiring import build
from handlers.alerts import PARSERS
from handlers.manifest import manifest

CONNECTED_WITHIN = 10.0
"""Seconds that the bot gets to reach the local Slack."""


@dataclass(kw_only=True)
class Stage:
    """Everything that plays. `saw` waits for a claim about what the sandbox was told."""

    slack: SlackServer
    jira: JiraServer
    mail: MailServer
    started: datetime
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def saw(self, claim: Callable[[], object], seconds: float) -> bool:
        """Whether the claim came true within that time."""
        try:
            async with asyncio.timeout(seconds):
                while not claim():
                    self.news.clear()
                    await self.news.wait()
        except TimeoutError:
            return False
        return True


@asynccontextmanager
async def stage(
    port: int = 0, *, wait: str = "10s", mode: Literal["socket", "http"] = "socket"
) -> AsyncIterator[Stage]:
    """Set everything up in a temporary folder, and clear it away afterwards. `wait` is that of the rungs."""
    clock = SystemClock()
    with TemporaryDirectory(prefix="tocsin-demo-") as folder:
        slack = SlackServer(slack_seed.seed(manifest(mode)), clock, port=port)
        mail = MailServer(clock)
        jira = JiraServer(clock, pages=to_the_board(slack))
        async with jira, _in_the_browser(slack, jira, mail, clock):
            play = Stage(slack=slack, jira=jira, mail=mail, started=clock.now())
            slack.journal.listen(lambda _: play.news.set())
            jira.site.subscribe(lambda _: play.news.set())
            mail.on_mail = lambda _: play.news.set()
            settings = _settings(Path(folder), play, wait)
            async with _running(settings, clock):
                await play.saw(lambda: slack.journal.entries(Kind.SOCKET), CONNECTED_WITHIN)
                yield play


@asynccontextmanager
async def _in_the_browser(
    slack: SlackServer, jira: JiraServer, mail: MailServer, clock: SystemClock
) -> AsyncIterator[None]:
    await mail.start()
    await slack.start(*Pages(slack, jira, mail, clock).routes())
    try:
        yield
    finally:
        await slack.stop()
        await mail.stop()


@asynccontextmanager
async def _running(settings: Settings, clock: SystemClock) -> AsyncIterator[None]:
    runtime = Runtime(build(settings, ConfigurationInForce(settings.config, settings, PARSERS), clock))
    async with asyncio.TaskGroup() as group:
        group.create_task(runtime.run())
        await runtime.started()
        try:
            yield
        finally:
            runtime.stop()


def _settings(folder: Path, play: Stage, wait: str) -> Settings:
    config = folder / "tocsin.yaml"
    text = files("bot.demo").joinpath("tocsin.yaml").read_text(encoding="utf-8")
    config.write_text(text.replace("wait: 10s", f"wait: {wait}"), encoding="utf-8")
    return Settings(
        slack=SlackSettings(
            bot_token=SecretStr(slack_seed.BOT_TOKEN),
            app_token=SecretStr(slack_seed.APP_TOKEN),
            api_url=play.slack.api_url,
        ),
        jira=JiraSettings(url=play.jira.url, email=BOT_EMAIL, token=SecretStr(BOT_TOKEN), flavour="cloud"),
        smtp=SmtpSettings(host="127.0.0.1", port=play.mail.port, tls="none", sender="tocsin@example.com"),
        http=HttpSettings(port=0),
        config=config,
        data_dir=folder,
    )
