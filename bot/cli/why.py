"""`tocsin explain`: how an incident and each of its pages came about."""

import asyncio
import json
import re
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.text import Text

from bot.cli.database import Database, reading
from bot.cli.terminal import Config, Exit, Json, err, errors, fail, out, settings_with
from bot.config.environment import trusted
from bot.config.load import load
from bot.config.problem import InvalidConfiguration
from bot.domain.configuration import Configuration
from bot.domain.refused import Refused
from bot.inquiries import explained
from bot.render.escape import one_line, several_lines
from bot.render.explanation import document, lines
from bot.render.tell import Show
from bot.service import ByNumber, ByTicket, Reference
from bot.settings import Settings

_INCIDENT = re.compile(r"#?(?:INC-?)?([1-9][0-9]{0,8})", re.IGNORECASE)
_TICKET = re.compile(r"[A-Za-z][A-Za-z0-9_]{1,20}-[1-9][0-9]{0,8}")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(explain)


def explain(
    incident: Annotated[str, typer.Argument(help="INC-7, or the key of its ticket.")],
    config: Config = None,
    database: Database = None,
    as_document: Json = False,
) -> None:
    """Tell why somebody was paged, or was not: from the message to each attempt; also while the bot runs."""
    reference = _reference(incident)
    with errors():
        settings = settings_with(config)
        configuration = _configuration(settings)
        try:
            question = reading(
                database or settings.database, lambda tx: explained(tx, reference, configuration)
            )
            found = asyncio.run(question)
        except Refused:
            fail(f"There is no incident {one_line(incident, 40)} in this database.", Exit.FAILED)
    if as_document:
        typer.echo(json.dumps(document(found), indent=2, ensure_ascii=False))
        return
    show = Show(word=one_line, block=several_lines, time=utc_second)
    for number, line in enumerate(lines(found, show)):
        out.print(Text(line, style="bold" if number == 0 else ""), soft_wrap=True)


def utc_second(at: datetime) -> str:
    """`2026-12-24 03:10:00 UTC`."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _reference(text: str) -> Reference:
    if found := _INCIDENT.fullmatch(text):
        return ByNumber(number=int(found.group(1)))
    if not _TICKET.fullmatch(text):
        fail(f"“{one_line(text, 40)}” is no incident. Write `tocsin explain INC-7`.", Exit.CONFIGURATION)
    return ByTicket(key=text.upper())


def _configuration(settings: Settings) -> Configuration | None:
    """What the file says today; the chain is worth telling without it."""
    try:
        return load(settings.config, trusted(settings)).configuration
    except InvalidConfiguration:
        err.print("The configuration can't be read, so ladders are not compared with it.", highlight=False)
        return None
