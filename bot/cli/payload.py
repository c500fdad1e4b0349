"""What somebody has in a file, a webhook's body or a message of Slack, read as if it had just come."""

import difflib
import json
import re
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import structlog
import typer

from bot.cli.terminal import Exit, fail
from bot.domain.alert import Alert
from bot.domain.integration import Integration
from bot.domain.lesson import Lesson
from bot.render.escape import one_line
from handlers.alerts import AUTO, PARSERS, SlackMessage, parse
from handlers.alerts.identity import moment
from handlers.alerts.posted import NEVER, read_posted
from handlers.alerts.taught import ignored_by, lesson_for, read_by
from handlers.ingress.body import LARGEST
from handlers.ingress.letters import letter
from handlers.ingress.reading import Posted, reading
from handlers.webhooks.delivery import Delivery
from handlers.webhooks.document import Malformed
from handlers.webhooks.email import SOURCE as EMAIL
from handlers.webhooks.integrations import read as read_as_integration
from handlers.webhooks.loading import document
from handlers.webhooks.sources import SOURCES

FORM, MULTIPART, JSON = "application/x-www-form-urlencoded", "multipart/form-data", "application/json"

_FIELDS = re.compile(rb"\s*[\w%.\[\]+-]{1,100}=")
_BOUNDARY = re.compile(rb"\s*--([^\s\"]{1,70})\r?\n")

log = structlog.get_logger(__name__)

File = Annotated[str, typer.Argument(help="The file; - reads standard input.", metavar="FILE")]
SourceName = Annotated[
    str | None, typer.Option("--source", help="It is a webhook's body, of this source.", metavar="SOURCE")
]
FromSlack = Annotated[bool, typer.Option("--slack", help="It is a message: as it is posted, or an event.")]
ParserName = Annotated[str, typer.Option("--parser", help="Who reads the message, with --slack.")]
IntegrationName = Annotated[
    str | None, typer.Option("--integration", help="Read it as this integration of tocsin.yaml does.")
]
Headers = Annotated[
    list[str] | None,
    typer.Option("--header", help="A header that came with it, NAME:VALUE."),
]
Form = Annotated[bool, typer.Option("--form", help="It is a form, whatever it looks like.")]


@dataclass(frozen=True, kw_only=True, slots=True)
class Read:
    """The alerts, and what could not be read. `message` is the message that they stood in, if it was one.

    `note`: what the lessons made of it that the alerts do not show.
    """

    alerts: Sequence[Alert] = ()
    faults: Sequence[Malformed] = ()
    message: SlackMessage | None = None
    note: str = ""


def content(file: str) -> bytes:
    """The bytes, not more than a sender may post."""
    if file == "-":
        raw = sys.stdin.buffer.read(LARGEST + 1)
    else:
        with Path(file).open("rb") as stream:
            raw = stream.read(LARGEST + 1)
    if len(raw) > LARGEST:
        fail(f"This is more than {LARGEST} bytes, which Tocsin takes from nobody.", Exit.FAILED)
    return raw


def posted(raw: bytes, source: str, headers: Mapping[str, str], *, form: bool = False) -> Read:
    """What the source of that name makes of it."""
    among("source", source, SOURCES)

    def unowned(integration: Integration, delivery: Delivery) -> list[Alert]:
        return SOURCES[integration.source](delivery)

    raw = _as_letter(raw) if source == EMAIL else raw
    told = reading(Integration(name=source, source=source), _posted(raw, headers, form=form), unowned)
    return Read(alerts=told.alerts, faults=told.faults)


def posted_for(
    raw: bytes, integration: Integration, headers: Mapping[str, str], *, form: bool = False
) -> Read:
    """The same, as an integration of the configuration."""
    raw = _as_letter(raw) if integration.letters is not None or integration.source == EMAIL else raw
    told = reading(integration, _posted(raw, headers, form=form), read_as_integration)
    return Read(alerts=told.alerts, faults=told.faults)


def said(raw: bytes, parser: str = AUTO, lessons: Sequence[Lesson] = ()) -> Read:
    """The alerts of a message, as it is posted or as Slack tells it; by a lesson if one is for it."""
    among("parser", parser, PARSERS)
    try:
        found = document(raw)
    except Malformed as error:
        return Read(faults=[error])
    message = read_posted(found.value)
    if message is None:
        why = "this is no message: neither an event, nor what chat.postMessage or a webhook takes"
        return Read(faults=[Malformed("", why)])
    try:
        alerts, note = _heard(message, parser, lessons)
    except (ArithmeticError, LookupError, TypeError, ValueError, AttributeError, RecursionError):
        log.exception("a parser failed", parser=parser)
        return Read(faults=[Malformed("", "a fault of Tocsin: its parser failed")], message=message)
    named = parser if parser != AUTO else ""
    named_alerts = [replace(alert, parser=alert.parser or named or alert.source) for alert in alerts]
    return Read(alerts=[_timeless(alert, message) for alert in named_alerts], message=message, note=note)


def _heard(message: SlackMessage, parser: str, lessons: Sequence[Lesson]) -> tuple[list[Alert], str]:
    lesson = lesson_for(message, lessons)
    if lesson is None:
        whose = f"bot {_author(message) or '(none)'} in channel {message.channel or '(none)'}"
        return parse(message, parser), f"No lesson is for {whose}." if lessons else ""
    reading = read_by(lesson, message)
    if not reading.fits:
        why = f"The lesson {lesson.name} does not fit: nothing stands at its title, {lesson.title}."
        return parse(message, parser), why
    if reading.alert is None:
        return [], f"The lesson {lesson.name} ignores what says “{ignored_by(lesson, message)}”."
    return [reading.alert], ""


def _author(message: SlackMessage) -> str:
    return message.bot_id or message.app_id or message.username


def _timeless(alert: Alert, message: SlackMessage) -> Alert:
    """Without the moment of the message, when the message has none yet."""
    if message.ts != NEVER or alert.at != moment(message):
        return alert
    return replace(alert, at=None, places={part: at for part, at in alert.places.items() if part != "at"})


def headers_of(texts: Sequence[str] | None) -> dict[str, str]:
    """Headers as they are written, `NAME:VALUE`."""
    found = {}
    for text in texts or ():
        name, colon, value = text.partition(":")
        if not (colon and name.strip()):
            fail(f"--header {one_line(text, 60)} is no header. Write NAME:VALUE.", Exit.CONFIGURATION)
        found[name.strip().lower()] = value.strip()
    return found


def among(what: str, name: str, known: Collection[str]) -> None:
    """End with the names that there are, unless it is one of them."""
    if name in known:
        return
    near = difflib.get_close_matches(name.casefold(), known, n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    listed = ", ".join(sorted(known)) or "none"
    fail(f"There is no {what} “{one_line(name, 60)}”.{hint} There are: {listed}.", Exit.CONFIGURATION)


def _as_letter(raw: bytes) -> bytes:
    """A letter as it is sent, as the document that is made of it; a document stays as it is."""
    return raw if raw.lstrip()[:1] in (b"{", b"[") else json.dumps(letter(raw)).encode()


def _posted(raw: bytes, headers: Mapping[str, str], *, form: bool) -> Posted:
    told = {"content-type": _kind(raw, form=form)} | dict(headers)
    return Posted(raw=raw, headers=told, query={})


def _kind(raw: bytes, *, form: bool) -> str:
    """The type that a sender would have told, by what it looks like."""
    if boundary := _BOUNDARY.match(raw):
        return f'{MULTIPART}; boundary="{boundary[1].decode("latin-1")}"'
    return FORM if form or _FIELDS.match(raw) else JSON
