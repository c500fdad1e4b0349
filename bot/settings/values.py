"""Values that settings are made of: addresses, mailboxes, durations, secrets; and the model of a part."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

LOOPBACK = {"127.0.0.1", "::1", "localhost"}
CLOUD_HOSTS = (".atlassian.net", "api.atlassian.com")
SLACK_ID = re.compile(r"[CGUW][A-Z0-9]{5,20}")
UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
DOMAIN = re.compile(r"(?i)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63}){0,8}")
SPAN = re.compile(r"(?P<amount>[0-9]{1,6})(?P<unit>[dhms]?)")
BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4}){6,}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
SCHEMES = ("sqlite", "postgresql", "postgresql+psycopg")


def web(value: str) -> str:
    """An address of the web, without a slash at its end."""
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must be an address such as https://tocsin.example.com")
    if parts.username or parts.password:
        raise ValueError("must not carry a user or a password")
    return value.rstrip("/")


def guarded(value: str) -> str:
    """One over which tokens travel: encrypted, or on this machine."""
    parts = urlsplit(web(value))
    if parts.scheme != "https" and parts.hostname not in LOOPBACK:
        raise ValueError("must begin with https://: tokens travel over it")
    return value.rstrip("/")


def mailbox(value: str) -> str:
    """A plain address of e-mail."""
    local, at, domain = value.partition("@")
    if not (local and at and domain) or any(c.isspace() or c in "<>,;\"'" or c < " " for c in value):
        raise ValueError("must be a plain address such as tocsin@example.com")
    return value


def named(value: str) -> str:
    """A name such as `alerts.example.com`."""
    if not DOMAIN.fullmatch(value):
        raise ValueError("must be a name such as alerts.example.com")
    return value.lower()


def listed(value: str) -> tuple[str, ...]:
    """What commas part, without what is empty."""
    return tuple(each for part in value.split(",") if (each := part.strip()))


def mailboxes(value: str) -> str:
    """Addresses of e-mail, parted by commas."""
    for each in listed(value):
        mailbox(each)
    return value


def slack_ids(value: str) -> str:
    """Ids of channels and people in Slack, parted by commas."""
    for each in listed(value):
        if not SLACK_ID.fullmatch(each):
            raise ValueError("must be ids of channels or people in Slack, such as C024BE91L, U0ANNLEE001")
    return value


def ping_urls(value: SecretStr) -> SecretStr:
    """Secret addresses, parted by commas."""
    for each in listed(value.get_secret_value()):
        guarded(each)
    return value


def signing(value: SecretStr) -> SecretStr:
    """A secret that signs."""
    secret = value.get_secret_value()
    if len(secret) < 24 or (secret.startswith("whsec_") and not BASE64.fullmatch(secret[6:])):
        raise ValueError("must have at least 24 characters, and be Base64 after `whsec_`")
    return value


def database(value: SecretStr) -> SecretStr:
    """A database's address, with the driver that is used."""
    scheme, colon, rest = value.get_secret_value().partition("://")
    if not colon or scheme not in SCHEMES:
        raise ValueError("must begin with sqlite:/// or postgresql://")
    return SecretStr(f"postgresql+psycopg://{rest}") if scheme == "postgresql" else value


def existing(value: Path) -> Path:
    """A file that is there."""
    if not value.is_file():
        raise ValueError(f"there is no file {value}")
    return value


def prefixed(prefix: str, kind: str) -> AfterValidator:
    """A secret that begins so; `kind` says what it is."""

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
Web = Annotated[str, AfterValidator(web)]
GuardedWeb = Annotated[str, AfterValidator(guarded)]
Port = Annotated[int, Field(ge=1, le=65535)]


class Part(BaseModel):
    """A part of the settings: unchangeable, and a name that it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
