"""Settings: secrets and addresses from the environment, `.env` and secret files; built once, passed down."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, model_validator
from pydantic_settings import (
    BaseSettings,
    NestedSecretsSettingsSource,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
)

from bot.domain.people import MethodKind
from bot.settings.intake import IntakeSettings, MailSettings
from bot.settings.values import (
    CLOUD_HOSTS,
    LOOPBACK,
    GuardedWeb,
    Part,
    Port,
    Span,
    Web,
    database,
    existing,
    listed,
    mailbox,
    mailboxes,
    ping_urls,
    prefixed,
    signing,
    slack_ids,
)

__all__ = [
    "PREFIX",
    "AlarmSettings",
    "BackupSettings",
    "CanarySettings",
    "HeartbeatSettings",
    "HttpSettings",
    "IntakeSettings",
    "JiraSettings",
    "MailSettings",
    "Settings",
    "SlackSettings",
    "SmtpSettings",
    "WebhookSettings",
]

PREFIX = "TOCSIN_"


class SlackSettings(Part):
    """How Slack is reached."""

    bot_token: Annotated[SecretStr, prefixed("xoxb-", "the bot user's token")] = Field(
        description="The bot user's token, `xoxb-…` (OAuth & Permissions)."
    )
    mode: Literal["socket", "http"] = Field(
        default="socket",
        description="`socket` needs no inbound port; `http` needs an address that Slack reaches.",
    )
    app_token: Annotated[SecretStr, prefixed("xapp-", "an app-level token")] | None = Field(
        default=None,
        description="The app-level token, `xapp-…`, with `connections:write`; for mode `socket`.",
    )
    signing_secret: SecretStr | None = Field(
        default=None, description="The signing secret (Basic Information); for mode `http`."
    )
    api_url: GuardedWeb = Field(default="https://slack.com/api", description="Where Slack's Web API is.")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.mode == "socket" and self.app_token is None:
            raise ValueError("mode socket needs app_token (or set mode to http)")
        if self.mode == "http" and self.signing_secret is None:
            raise ValueError("mode http needs signing_secret")
        return self


class JiraSettings(Part):
    """How Jira is reached."""

    url: GuardedWeb = Field(description="The site, `https://example.atlassian.net`, or the base URL.")
    email: str | None = Field(default=None, description="The account of the API token; Cloud needs it.")
    token: SecretStr = Field(description="An API token (Cloud) or a personal access token (Data Center).")
    flavour: Literal["auto", "cloud", "datacenter"] = Field(
        default="auto", description="What it is; `auto` asks the server."
    )
    browse_url: Web | None = Field(
        default=None, description="Where people open tickets, when it is not `url` (tokens with scopes)."
    )
    ca_file: Annotated[Path, AfterValidator(existing)] | None = Field(
        default=None, description="Certificates to trust, as a PEM file, for a private authority."
    )

    @model_validator(mode="after")
    def _complete(self) -> Self:
        cloud = self.flavour == "cloud" or (
            self.flavour == "auto" and (urlsplit(self.url).hostname or "").endswith(CLOUD_HOSTS)
        )
        if cloud and not self.email:
            raise ValueError("Jira Cloud needs email, the account that the token belongs to")
        return self


class SmtpSettings(Part):
    """How e-mail is sent."""

    host: str = Field(min_length=1, description="The mail server.")
    port: Port | None = Field(
        default=None, description="Its port; without it 587 for `starttls`, 465 for `tls`, 25 for `none`."
    )
    tls: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="How the connection is encrypted."
    )
    user: str | None = Field(default=None, description="The user, when the server wants one.")
    password: SecretStr | None = Field(default=None, description="The user's password.")
    sender: Annotated[str, AfterValidator(mailbox)] = Field(description="The address that pages come from.")

    @property
    def number(self) -> int:
        """The port to connect to."""
        return self.port or {"starttls": 587, "tls": 465, "none": 25}[self.tls]

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.user is None) != (self.password is None):
            raise ValueError("user and password go together")
        if self.password and self.tls == "none" and self.host not in LOOPBACK:
            raise ValueError("tls none would send the password readable; use starttls or tls")
        return self


class HttpSettings(Part):
    """Where the bot itself listens: health, metrics, Slack over HTTP."""

    host: str = Field(default="127.0.0.1", description="The address to listen on; `0.0.0.0` in a container.")
    port: Annotated[int, Field(ge=0, le=65535)] = Field(default=8080, description="The port to listen on.")


class AlarmSettings(Part):
    """Who is told when Tocsin itself is in trouble, without its database. Several are parted by commas."""

    slack: Annotated[str, AfterValidator(slack_ids)] = Field(
        default="",
        description="Ids of channels and people in Slack, `C024BE91L, U0ANNLEE001`; without it the channel "
        "of the default service.",
    )
    email: Annotated[str, AfterValidator(mailboxes)] = Field(
        default="",
        description="E-mail addresses; without it those of the admins in the file. They need SMTP.",
    )

    @property
    def slack_ids(self) -> tuple[str, ...]:
        """The ids, one by one."""
        return listed(self.slack)

    @property
    def addresses(self) -> tuple[str, ...]:
        """The addresses, one by one."""
        return listed(self.email)


class HeartbeatSettings(Part):
    """Who outside expects a sign of life, and raises the alarm when none comes."""

    urls: Annotated[SecretStr, AfterValidator(ping_urls)] = Field(
        default=SecretStr(""),
        description="Addresses that are asked with POST while all is well, parted by commas "
        "(healthchecks.io, Dead Man's Snitch, an Uptime Kuma of your own).",
    )
    every: Annotated[int, Field(ge=5, le=3600)] = Field(
        default=60, description="Seconds between two signs of life."
    )
    report_failures: bool = Field(
        default=False,
        description="Whether `<address>/fail` is asked, once, when something begins to be wrong.",
    )

    @property
    def addresses(self) -> tuple[str, ...]:
        """The addresses, one by one; they are secrets."""
        return listed(self.urls.get_secret_value())


class WebhookSettings(Part):
    """How webhooks of the file are signed, and which of them may be inside the network."""

    secret: Annotated[SecretStr, AfterValidator(signing)] | None = Field(
        default=None,
        description="Signs what webhooks are sent: at least 24 characters, or `whsec_` and Base64.",
    )
    secrets: dict[str, Annotated[SecretStr, AfterValidator(signing)]] = Field(
        default_factory=dict,
        description="The same for one webhook alone, by its name: `TOCSIN_WEBHOOK__SECRETS__PAGER`, with `_` "
        "for whatever is neither a letter nor a digit.",
    )
    inside: str = Field(
        default="",
        description="Hosts of webhooks that may be inside the network, parted by commas: "
        "`10.0.0.7, pager.internal`.",
    )


class BackupSettings(Part):
    """Backups of a SQLite file by the bot itself, into `backups` in the data folder."""

    every: Annotated[Span, Field(le=timedelta(days=30))] = Field(
        default=timedelta(days=1), description="How often one is made, `6h` or `1d`; `0` for never."
    )
    keep: Annotated[int, Field(ge=1, le=1000)] = Field(default=7, description="How many are kept.")


class CanarySettings(Part):
    """How the road from an alert to a page is tried while nothing happens."""

    channel: Annotated[str, AfterValidator(slack_ids)] = Field(
        default="",
        description="The id of a channel of Slack that nobody has to read: the canary's page is posted "
        "there, so that Slack itself is part of the road.",
    )
    every: Annotated[int, Field(ge=30, le=86_400)] = Field(
        default=300, description="Seconds between two canaries."
    )

    @property
    def channels(self) -> tuple[str, ...]:
        """The channel, if there is one."""
        return listed(self.channel)


class Settings(BaseSettings):
    """Everything that the environment says. Slack, Jira and SMTP may each be missing as a whole."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        env_ignore_empty=True,
        dotenv_filtering="match_prefix",
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
    )

    slack: SlackSettings | None = Field(default=None, description="Slack.")
    jira: JiraSettings | None = Field(default=None, description="Jira.")
    smtp: SmtpSettings | None = Field(default=None, description="e-mail.")
    http: HttpSettings = Field(default=HttpSettings(), description="The bot's own server.")
    heartbeat: HeartbeatSettings = Field(
        default=HeartbeatSettings(), description="Signs of life to somebody outside."
    )
    canary: CanarySettings = Field(default=CanarySettings(), description="The canary.")
    webhook: WebhookSettings = Field(default=WebhookSettings(), description="Webhooks of ladders.")
    intake: IntakeSettings = Field(default=IntakeSettings(), description="Alerts that are posted.")
    mail: MailSettings | None = Field(default=None, description="Alerts by e-mail.")
    alarm: AlarmSettings = Field(default=AlarmSettings(), description="Alarms about Tocsin itself.")
    backup: BackupSettings = Field(default=BackupSettings(), description="Backups.")
    retention: Annotated[Span, Field(ge=timedelta(days=30), le=timedelta(days=36_500))] = Field(
        default=timedelta(days=400),
        description="How long resolved incidents and their timelines are kept, at least `30d`.",
    )
    config: Path = Field(default=Path("tocsin.yaml"), description="The configuration file.")
    data_dir: Path = Field(
        default=Path("data"), description="Where the SQLite file and the last good configuration are kept."
    )
    database_url: Annotated[SecretStr, AfterValidator(database)] | None = Field(
        default=None,
        description="`postgresql://…` or `sqlite:///…`; without it `tocsin.db` in the data folder.",
    )
    public_url: Web | None = Field(
        default=None, description="Where people, calendars and Slack (mode `http`) reach it: `https://…`."
    )
    secret_key: Annotated[SecretStr, Field(min_length=32)] | None = Field(
        default=None, description="Seals buttons and links; without it a key is derived from the Slack token."
    )
    calendars_inside: str = Field(default="", description="Calendars' hosts inside the network, by commas.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least severe events that are logged."
    )
    log_format: Literal["auto", "console", "json"] = Field(
        default="auto", description="`auto`: readable on a terminal, JSON elsewhere."
    )

    @property
    def database(self) -> str:
        """The database's address for SQLAlchemy; holds a password, so never log it."""
        if self.database_url is None:
            return f"sqlite:///{self.data_dir / 'tocsin.db'}"
        return self.database_url.get_secret_value()

    @property
    def backups(self) -> Path:
        """Where backups are kept."""
        return self.data_dir / "backups"

    @property
    def paging(self) -> frozenset[MethodKind]:
        """The ways to reach people that are configured; without any the bot must not start."""
        ways = {MethodKind.SLACK: self.slack, MethodKind.EMAIL: self.smtp}
        return frozenset(kind for kind, part in ways.items() if part is not None)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Secret files may be named like the variables, also for parts: `TOCSIN_SLACK__BOT_TOKEN`."""
        assert isinstance(file_secret_settings, SecretsSettingsSource)
        nested = NestedSecretsSettingsSource(
            file_secret_settings,
            secrets_nested_delimiter="__",
            secrets_prefix=PREFIX,
            secrets_dir_missing="ok",
        )
        return init_settings, env_settings, dotenv_settings, nested
