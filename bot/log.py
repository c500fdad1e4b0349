"""Structured logs: one JSON object a line (or readable lines at a terminal), and no secret in any of them."""

import io
import logging
import os
import re
import sys
import threading
from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Literal

import structlog
from structlog.typing import EventDict, Processor

_SECRETS = re.compile(
    r"xox[abeprs]-[\w-]+|xapp-[\w-]+|(?i:bearer|basic)\s+[\w.~+/=-]{8,}|https://hooks\.slack\.com/\S+|v0=[0-9a-f]{64}|\bti[a-z2-7]{62}\b"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_LONGEST = 2_000
_NOISY = (
    "aiohttp.access",
    "alembic",
    "apscheduler",
    "asyncio",
    "jira",
    "mail.log",
    "slack_bolt",
    "slack_sdk",
    "urllib3",
)


MOST_WAITING = 10_000
"""Lines that wait for whoever reads them; more are dropped, and counted."""

LAST_LINES = 1.0
"""Seconds that the last lines get at the end of the process."""


class Sink(logging.Handler):
    """Hands lines to a thread, so that nobody who logs ever waits for whoever reads the log.

    A reader that is too slow costs lines, never pages; how many is told when it reads again.
    """

    def __init__(self, descriptor: int, *, most: int = MOST_WAITING) -> None:
        super().__init__()
        self._descriptor = descriptor
        self._most = most
        self._lines: deque[str] = deque()
        self._turn = threading.Condition()
        self._ended = False
        self._untold = 0
        self.dropped = 0
        self._thread = threading.Thread(target=self._live, name="tocsin-log", daemon=True)
        self._thread.start()

    def emit(self, record: logging.LogRecord) -> None:
        """Put a line into the queue, or drop it."""
        try:
            line = f"{self.format(record)}\n"
        except (ValueError, TypeError, KeyError):
            self.handleError(record)
            return
        with self._turn:
            if len(self._lines) >= self._most or self._ended:
                self.dropped += 1
                self._untold += 1
                return
            self._lines.append(line)
            self._turn.notify()

    def close(self) -> None:
        """Write what waits, for as long as that makes sense."""
        with self._turn:
            self._ended = True
            self._turn.notify()
        self._thread.join(LAST_LINES)
        super().close()

    def _live(self) -> None:
        while (text := self._next()) is not None:
            left = text.encode("utf-8", "backslashreplace")
            try:
                while left:
                    left = left[os.write(self._descriptor, left) :]
            except OSError:  # nobody reads it any more
                with self._turn:
                    self.dropped += 1

    def _next(self) -> str | None:
        with self._turn:
            while not self._lines:
                if self._untold:
                    untold, self._untold = self._untold, 0
                    return self._loss(untold)
                if self._ended:
                    return None
                self._turn.wait()
            return self._lines.popleft()

    def _loss(self, count: int) -> str:
        facts: dict[str, object] = {"event": "log_lines_dropped", "count": count, "level": "warning"}
        record = logging.LogRecord("bot.log", logging.WARNING, __file__, 0, facts, None, None)
        facts["timestamp"] = datetime.fromtimestamp(record.created, UTC).isoformat()
        record.__dict__ |= {"_logger": None, "_name": "warning"}  # as structlog's wrapper would
        return f"{self.format(record)}\n"


def dropped() -> int:
    """How many lines were dropped, because whoever reads them was too slow."""
    return sum(handler.dropped for handler in logging.getLogger().handlers if isinstance(handler, Sink))


def configure(level: str, style: Literal["auto", "json", "console"], *, patient: bool = True) -> None:
    """Send every log, also the libraries', through one pipe to standard error.

    `auto` is readable lines at a terminal and JSON elsewhere. Unless it is `patient`, nobody waits for
    whoever reads the lines.
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
    handler = _handler(patient=patient)
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
    _install(handler, level)


def _handler(*, patient: bool) -> logging.Handler:
    """To standard error; where that is no file, as in a test, there is nobody to wait for."""
    try:
        descriptor = sys.stderr.fileno()
    except io.UnsupportedOperation:
        patient, descriptor = True, -1
    return logging.StreamHandler(sys.stderr) if patient else Sink(descriptor)


def _install(handler: logging.Handler, level: str) -> None:
    root = logging.getLogger()
    for old in root.handlers:
        if isinstance(old, Sink):
            old.close()
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
