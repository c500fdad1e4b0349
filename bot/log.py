"""Structured logs: one JSON object a line (or readable lines at a terminal), and no secret in any of them."""

import logging
import re
import sys
from collections.abc import Mapping
from typing import Literal

import structlog
from structlog.typing import EventDict, Processor

_SECRETS = re.compile(
    r"xox[abeprs]-[\w-]+|xapp-[\w-]+|(?i:bearer|basic)\s+[\w.~+/=-]{8,}|https://hooks\.slack\.com/\S+|v0=[0-9a-f]{64}"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_LONGEST = 2_000
_NOISY = ("aiohttp.access", "alembic", "apscheduler", "asyncio", "jira", "slack_bolt", "slack_sdk", "urllib3")


def configure(level: str, style: Literal["auto", "json", "console"]) -> None:
    """Send every log, also the libraries', through one pipe to standard error.

    `auto` is readable lines at a terminal and JSON elsewhere.
    """
    readable = style == "console" or (style == "auto" and sys.stderr.isatty())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    renderer: Processor = (
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
        if readable
        else structlog.processors.JSONRenderer()
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                cleaned,
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for noisy in _NOISY:
        logging.getLogger(noisy).setLevel(logging.WARNING)


def cleaned(_: object, __: str, event: EventDict) -> EventDict:
    """Mask what looks like a secret, escape control characters, and cap the length of every text."""
    return {key: _tidy(value) for key, value in event.items()}


def _tidy(value: object) -> object:
    match value:
        case str():
            return _clean(value)
        case bool() | int() | float() | None:
            return value
        case Mapping():
            return {_clean(str(key)): _tidy(each) for key, each in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_tidy(each) for each in value]
        case _:
            return _clean(repr(value))


def _clean(text: str) -> str:
    masked = _SECRETS.sub("[secret]", text)
    escaped = _CONTROL.sub(lambda found: f"\\u{ord(found.group()):04x}", masked)
    limit = 20_000 if "Traceback" in escaped else _LONGEST
    return escaped if len(escaped) <= limit else f"{escaped[:limit]}… ({len(escaped)} characters)"
