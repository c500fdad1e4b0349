"""The stage: a local Slack, a local Jira, a mail server, and the bot between them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from pydantic import SecretStr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from bot.clock import SystemClock
from bot.config.in_force import ConfigurationInForce
from bot.config.load import load
from bot.demo.cast import cast, harmless, projects, stage_door
from bot.demo.shell import write_shell
from bot.domain.configuration import Configuration
from bot.runtime import Runtime
from bot.sandbox.jira.seed import BOT_EMAIL, BOT_TOKEN
from bot.sandbox.jira.server import JiraServer
from bot.sandbox.mail import MailServer
from bot.sandbox.slack import seed as slack_seed
from bot.sandbox.slack.journal import Kind
from bot.sandbox.slack.server import SlackServer
from bot.sandbox.web.pages import Pages, to_the_board
from bot.settings import HttpSettings, JiraSettings, Settings, SlackSettings, SmtpSettings, WebhookSettings
from bot.wiring import Bot, build
from handlers.alerts import PARSERS
from handlers.manifest import manifest
from handlers.webhooks.sources import SOURCES

BEGINNING = "2026-01-05"
"""When the turns of the demonstration's file begin, as it stands there."""

SOURCES_SHOWN = ("generic", "alertmanager")
"""Sources that get a token although no integration of the file names them."""

SHELL = "shell"
"""The name of the file for shells, in the folder of the demonstration."""

CONNECTED_WITHIN = 10.0
"""Seconds that the bot gets to reach the local Slack."""


@dataclass(kw_only=True)
class Stage:
    """Everything that plays. `saw` waits for a claim about what the sandbox was told."""

    slack: SlackServer
    jira: JiraServer
    mail: MailServer
    started: datetime
    alerts: str | None = "#alerts"
    """Where an integration may post; None when the file listens to nobody in particular."""
    url: str = ""
    """Where the bot itself listens: alerts are posted to `/alerts/<integration>` behind it."""
    shell: Path = Path()
    """What a shell reads so that the other commands speak of this demonstration."""
    tokens: Mapping[str, str] = field(default_factory=dict)
    """A token for each integration of the file, and for the sources of `SOURCES_SHOWN`."""
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
    port: int = 0,
    *,
    wait: str = "10s",
    mode: Literal["socket", "http"] = "socket",
    config: Path | None = None,
) -> AsyncIterator[Stage]:
    """Set everything up in a temporary folder, and clear it away afterwards.

    `wait` is that of the rungs; with a `config` that file is played, whose waits are its own. Raises
    InvalidConfiguration when it cannot be.
    """
    clock = SystemClock()
    with TemporaryDirectory(prefix="tocsin-demo-") as folder:
        path = config or _script(Path(folder), wait, clock.now())
        configuration = load(path, parsers=PARSERS, sources=frozenset(SOURCES)).configuration
        world = slack_seed.seed(manifest(mode))
        cast(world, configuration)
        slack = SlackServer(world, clock, port=port)
        mail = MailServer(clock)
        jira = JiraServer(clock, projects=projects(configuration), pages=to_the_board(slack))
        async with jira, _in_the_browser(slack, jira, mail, clock):
            play = Stage(
                slack=slack, jira=jira, mail=mail, started=clock.now(), alerts=stage_door(configuration)
            )
            slack.journal.listen(lambda _: play.news.set())
            jira.site.subscribe(lambda _: play.news.set())
            mail.on_mail = lambda _: play.news.set()
            settings = _settings(Path(folder), play, path)
            async with _running(settings, clock) as bot:
                play.url, play.tokens = bot.http.url, await _tokens(bot, configuration)
                play.shell = write_shell(Path(folder) / SHELL, settings, bot.http.url, bot.http.port)
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
async def _running(settings: Settings, clock: SystemClock) -> AsyncIterator[Bot]:
    in_force = ConfigurationInForce(settings.config, settings, PARSERS, frozenset(SOURCES), adapt=harmless)
    bot = build(settings, in_force, clock)
    runtime = Runtime(bot)
    async with asyncio.TaskGroup() as group:
        group.create_task(runtime.run())
        await runtime.started()
        try:
            yield bot
        finally:
            runtime.stop()


async def _tokens(bot: Bot, configuration: Configuration) -> dict[str, str]:
    """They die with the demonstration's database."""
    names = dict.fromkeys([*configuration.integrations, *SOURCES_SHOWN])
    return {name: (await bot.ingress.integrations.add(name, "the demonstration")).text for name in names}


def _script(folder: Path, wait: str, now: datetime) -> Path:
    """The demonstration's own file. The first turns of its schedules began two days ago, for a week."""
    text = files("bot.demo").joinpath("tocsin.yaml").read_text(encoding="utf-8")
    text = text.replace("wait: 10s", f"wait: {wait}").replace(
        BEGINNING, f"{now - timedelta(days=2):%Y-%m-%d}"
    )
    path = folder / "tocsin.yaml"
    path.write_text(text, encoding="utf-8")
    return path


class _Settings(Settings):
    """Nothing of the environment counts: a demonstration must not come near what is in earnest."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What is said here, and nothing else."""
        return (init_settings,)


def _settings(folder: Path, play: Stage, config: Path) -> Settings:
    return _Settings(
        slack=SlackSettings(
            bot_token=SecretStr(slack_seed.BOT_TOKEN),
            app_token=SecretStr(slack_seed.APP_TOKEN),
            api_url=play.slack.api_url,
        ),
        jira=JiraSettings(url=play.jira.url, email=BOT_EMAIL, token=SecretStr(BOT_TOKEN), flavour="cloud"),
        smtp=SmtpSettings(host="127.0.0.1", port=play.mail.port, tls="none", sender="tocsin@example.com"),
        webhook=WebhookSettings(secret=SecretStr("nobody-is-told-in-a-demonstration")),
        http=HttpSettings(port=0),
        config=config,
        data_dir=folder,
    )
