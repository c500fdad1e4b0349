"""Settings: secrets and addresses from the environment, `.env` and secret files; built once, passed down."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator
from pydantic_settings import (
    BaseSettings,
    NestedSecretsSettingsSource,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
)

from bot.domain.people import MethodKind

PREFIX = "TOCSIN_"
LOOPBACK = {"127.0.0.1", "::1", "localhost"}
CLOUD_HOSTS = (".atlassian.net", "api.atlassian.com")
SLACK_ID = re.compile(r"[CGUW][A-Z0-9]{5,20}")
UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
SPAN = re.compile(r"(?P<amount>[0-9]{1,6})(?P<unit>[dhms]?)")
BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4}){6,}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
SCHEMES = ("sqlite", "postgresql", "postgresql+psycopg")


def _web(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must be an address such as https://tocsin.example.com")
    if parts.username or parts.password:
        raise ValueError("must not carry a user or a password")
    return value.rstrip("/")


def _guarded(value: str) -> str:
    parts = urlsplit(_web(value))
    if parts.scheme != "https" and parts.hostname not in LOOPBACK:
        raise ValueError("must begin with https://: tokens travel over it")
    return value.rstrip("/")


def _mailbox(value: str) -> str:
    local, at, domain = value.partition("@")
    if not (local and at and domain) or any(c.isspace() or c in "<>,;\"'" or c < " " for c in value):
        raise ValueError("must be a plain address such as tocsin@example.com")
    return value


def _listed(value: str) -> tuple[str, ...]:
    return tuple(each for part in value.split(",") if (each := part.strip()))


def _mailboxes(value: str) -> str:
    for each in _listed(value):
        _mailbox(each)
    return value


def _slack_ids(value: str) -> str:
    for each in _listed(value):
        if not SLACK_ID.fullmatch(each):
            raise ValueError("must be ids of channels or people in Slack, such as C024BE91L, U0ANNLEE001")
    return value


def _ping_urls(value: SecretStr) -> SecretStr:
    for each in _listed(value.get_secret_value()):
        _guarded(each)
    return value


def _signing(value: SecretStr) -> SecretStr:
    secret = value.get_secret_value()
    if len(secret) < 24 or (secret.startswith("whsec_") and not BASE64.fullmatch(secret[6:])):
        raise ValueError("must have at least 24 characters, and be Base64 after `whsec_`")
    return value


def _database(value: SecretStr) -> SecretStr:
    scheme, colon, rest = value.get_secret_value().partition("://")
    if not colon or scheme not in SCHEMES:
        raise ValueError("must begin with sqlite:/// or postgresql://")
    return SecretStr(f"postgresql+psycopg://{rest}") if scheme == "postgresql" else value


def _existing(value: Path) -> Path:
    if not value.is_file():
        raise ValueError(f"there is no file {value}")
    return value


def _prefixed(prefix: str, kind: str) -> AfterValidator:
    def check(value: SecretStr) -> SecretStr:
        if not value.get_secret_value().startswith(prefix):
            raise ValueError(f"must be {kind}, which begins with {prefix}")
        return value

    return AfterValidator(check)


def _span(value: object) -> object:
    """`90m`, `6h`, `7d`, or `0`."""
    if not isinstance(value, str):
        return value
    found = SPAN.fullmatch(value.strip())
    if found is None:
        raise ValueError("must be a duration such as 90m, 6h or 7d")
    return timedelta(**{UNITS[found["unit"] or "s"]: int(found["amount"])})


Span = Annotated[timedelta, BeforeValidator(_span)]
Web = Annotated[str, AfterValidator(_web)]
GuardedWeb = Annotated[str, AfterValidator(_guarded)]
Port = Annotated[int, Field(ge=1, le=65535)]


class Part(BaseModel):
    """A part of the settings: unchangeable, and a name that it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class SlackSettings(Part):
    """How Slack is reached."""

    bot_token: Annotated[SecretStr, _prefixed("xoxb-", "the bot user's token")] = Field(
        description="The bot user's token, `xoxb-…` (OAuth & Permissions)."
    )
    mode: Literal["socket", "http"] = Field(
        default="socket",
        description="`socket` needs no inbound port; `http` needs an address that Slack reaches.",
    )
    app_token: Annotated[SecretStr, _prefixed("xapp-", "an app-level token")] | None = Field(
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
    ca_file: Annotated[Path, AfterValidator(_existing)] | None = Field(
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
    sender: Annotated[str, AfterValidator(_mailbox)] = Field(description="The address that pages come from.")

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

    slack: Annotated[str, AfterValidator(_slack_ids)] = Field(
        default="",
        description="Ids of channels and people in Slack, `C024BE91L, U0ANNLEE001`; without it the channel "
        "of the default service.",
    )
    email: Annotated[str, AfterValidator(_mailboxes)] = Field(
        default="",
        description="E-mail addresses; without it those of the admins in the file. They need SMTP.",
    )

    @property
    def slack_ids(self) -> tuple[str, ...]:
        """The ids, one by one."""
        return _listed(self.slack)

    @property
    def addresses(self) -> tuple[str, ...]:
        """The addresses, one by one."""
        return _listed(self.email)


class HeartbeatSettings(Part):
    """Who outside expects a sign of life, and raises the alarm when none comes."""

    urls: Annotated[SecretStr, AfterValidator(_ping_urls)] = Field(
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
        return _listed(self.urls.get_secret_value())


class WebhookSettings(Part):
    """How webhooks of the file are signed, and which of them may be inside the network."""

    secret: Annotated[SecretStr, AfterValidator(_signing)] | None = Field(
        default=None,
        description="Signs what webhooks are sent: at least 24 characters, or `whsec_` and Base64.",
    )
    secrets: dict[str, Annotated[SecretStr, AfterValidator(_signing)]] = Field(
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

    channel: Annotated[str, AfterValidator(_slack_ids)] = Field(
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
        return _listed(self.channel)


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
    database_url: Annotated[SecretStr, AfterValidator(_database)] | None = Field(
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
    def state_key(self) -> Path:
        """What proves to the bot that it is asked by its own doctor; of each port its own."""
        return self.data_dir / f"state-key-{self.http.port}"

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
