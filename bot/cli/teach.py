"""`tocsin teach`: a lesson from an example, and what was taught as part of a configuration."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from bot.cli.database import Database, reading
from bot.cli.office import done_by
from bot.cli.simulate import configuration_of
from bot.cli.terminal import Config, Exit, Json, err, errors, fail, out, settings_with
from bot.config.values import CHANNEL_ID
from bot.domain.alert import Alert
from bot.domain.lesson import Lesson, newest
from bot.render.escape import one_line
from handlers.alerts import SlackMessage
from handlers.alerts.posted import NOWHERE, read_posted
from handlers.alerts.proposal import propose
from handlers.alerts.spots import spots
from handlers.alerts.taught import read_by

LONGEST_FILE = 1_000_000
Document = dict[str, object]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(teach)


def teach(
    file: Annotated[
        Path | None, typer.Argument(help="A message as JSON: an event, of a history, or as it was posted.")
    ] = None,
    export: Annotated[
        bool, typer.Option("--export", help="Print what was taught, as `lessons:` for tocsin.yaml.")
    ] = False,
    listed: Annotated[bool, typer.Option("--list", help="List the lessons that count.")] = False,
    retire: Annotated[
        str | None, typer.Option("--retire", help="Have this lesson count no more.", metavar="NAME")
    ] = None,
    config: Config = None,
    database: Database = None,
    as_document: Json = False,
) -> None:
    """Propose how messages like this one are to be read; list what was taught, print it, or retire one."""
    with errors():
        if retire is not None:
            _retire(retire, config)
            return
        if listed:
            _list(config, database, as_document=as_document)
            return
        if export:
            url = database or settings_with(config).database
            typer.echo(written(asyncio.run(reading(url, lambda tx: tx.lessons()))), nl=False)
            return
        if file is None:
            fail("Name a file with a message, or ask for `--list` or `--export`.", Exit.CONFIGURATION)
        message = _message(file)
    _propose(message, file, as_document=as_document)


def _propose(message: SlackMessage, file: Path, *, as_document: bool) -> None:
    lesson = propose(message)
    if lesson is None:
        fail(f"{file}: this message shows nothing that could be read.", Exit.FAILED)
    alert = read_by(lesson, message).alert
    if as_document:
        typer.echo(json.dumps(_document(lesson, alert, message), indent=2, ensure_ascii=False))
        return
    typer.echo(written([lesson]), nl=False)
    for line in _told(alert, message):
        out.print(Text(line), soft_wrap=True)
    for line in _lacking(message):
        err.print(Text(line, style="red"), soft_wrap=True)


def _retire(name: str, config: Path | None) -> None:
    done = done_by({"do": "retire", "name": name}, settings_with(config))
    out.print(Text(f"{one_line(name, 80)} counts no more: its bot's messages are read as any other's."))
    if done["in_file"]:
        out.print(Text("One of that name stands in tocsin.yaml and counts still: take it away there."))


def _list(config: Path | None, database: str | None, *, as_document: bool) -> None:
    settings = settings_with(config)
    taught = asyncio.run(reading(database or settings.database, lambda tx: tx.lessons()))
    in_file = configuration_of(settings).lessons
    counting = newest(in_file, tuple(taught))
    if as_document:
        shown = [{"name": each.name, "in_file": each in in_file} | dict(_parts(each)) for each in counting]
        typer.echo(json.dumps(shown, indent=2, ensure_ascii=False))
        return
    table = Table(title=f"{len(counting)} {'lesson counts' if len(counting) == 1 else 'lessons count'}")
    for title in ("Name", "Channel", "Bot", "Version", "From"):
        table.add_column(title, overflow="fold")
    for each in counting:
        origin = "tocsin.yaml" if each in in_file else f"taught by {each.by}" if each.by else "taught"
        words = (each.name, each.channel, each.bot, str(each.version), origin)
        table.add_row(*(Text(one_line(word, 100)) for word in words))
    out.print(table)


def written(lessons: Sequence[Lesson]) -> str:
    """Lessons as a section of `tocsin.yaml`. Every text is quoted as JSON does, which is YAML as well."""
    if not lessons:
        return "lessons: {}\n"
    lines = ["lessons:"]
    for lesson in lessons:
        lines.append(f"  {json.dumps(lesson.name)}:")
        lines += [f"    {name}: {json.dumps(value, ensure_ascii=True)}" for name, value in _parts(lesson)]
    return "\n".join(lines) + "\n"


def _parts(lesson: Lesson) -> Iterator[tuple[str, object]]:
    yield from (("channel", lesson.channel), ("bot", lesson.bot), ("title", lesson.title))
    lists = (("key", lesson.key), ("cleared", lesson.cleared), ("ignored", lesson.ignored))
    texts = (("state", lesson.state), ("severity", lesson.severity))
    yield from ((name, list(value)) for name, value in lists if value)
    yield from ((name, value) for name, value in texts if value)
    yield "version", lesson.version


def _message(file: Path) -> SlackMessage:
    content = file.read_bytes()
    if len(content) > LONGEST_FILE:
        fail(f"{file}: a message has no more than {LONGEST_FILE} bytes.", Exit.CONFIGURATION)
    try:
        message = read_posted(json.loads(content))
    except (ValueError, RecursionError):
        fail(f"{file}: this is no JSON.", Exit.CONFIGURATION)
    if message is None:
        fail(f"{file}: this is no message of Slack's.", Exit.CONFIGURATION)
    return message


def _document(lesson: Lesson, alert: Alert | None, message: SlackMessage) -> Document:
    return {
        "lesson": {"name": lesson.name} | dict(_parts(lesson)),
        "alert": _read(alert) if alert else None,
        "places": dict(spots(message)),
        "lacking": [*_lacking(message)],
    }


def _read(alert: Alert) -> Document:
    return {
        "source": alert.source,
        "fingerprint": alert.fingerprint,
        "state": alert.state.value,
        "severity": alert.severity.value if alert.severity else None,
        "title": alert.title,
        "labels": dict(alert.labels),
        "places": dict(alert.places),
    }


def _lacking(message: SlackMessage) -> Iterator[str]:
    """What the file does not say, so that the lesson counts only once somebody has filled it in."""
    if not CHANNEL_ID.fullmatch(message.channel):
        named = "" if message.channel == NOWHERE else f": “{one_line(message.channel, 60)}” is none"
        yield f"channel: the message has no id of its channel{named}. Write the id, C…, as Slack shows it."
    if not (message.bot_id or message.app_id):
        named = (
            f"; “{one_line(message.username, 60)}” is a name, and names change" if message.username else ""
        )
        yield f"bot: the message has no id of its bot{named}. Write the id, B…, as its events have it."


def _told(alert: Alert | None, message: SlackMessage) -> Iterator[str]:
    yield ""
    if alert is None:
        yield "By this lesson the message is no alert."
    else:
        severity = alert.severity.value if alert.severity else "no severity"
        yield f"By this lesson the message is {alert.state.value}, {severity}: {one_line(alert.title)}"
    yield "Its places, and what stands there:"
    yield from (f"  {one_line(place, 60)}: {one_line(value, 100)}" for place, value in spots(message).items())
