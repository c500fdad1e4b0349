"""`tocsin parse`: what Tocsin reads out of a webhook's body or a message, and where each part stood."""

import json
from collections.abc import Sequence

import typer
from rich.text import Text

from bot.cli.payload import (
    File,
    Form,
    FromSlack,
    Headers,
    IntegrationName,
    ParserName,
    Read,
    SourceName,
    among,
    content,
    headers_of,
    posted,
    posted_for,
    said,
)
from bot.cli.simulate import configuration_of
from bot.cli.terminal import Config, Exit, Json, err, errors, fail, out, settings_with
from bot.domain.integration import Integration
from bot.domain.lesson import Lesson
from bot.render.escape import one_line
from bot.render.parsed import document, lines
from handlers.alerts import AUTO
from handlers.webhooks.sources import SOURCES


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(parse)


def parse(
    file: File,
    source: SourceName = None,
    slack: FromSlack = False,
    parser: ParserName = AUTO,
    integration: IntegrationName = None,
    header: Headers = None,
    form: Form = False,
    config: Config = None,
    as_document: Json = False,
) -> None:
    """Show the alerts in a webhook's body or in a message of Slack, each part with where it was read.

    It needs no configuration and no secrets, and changes nothing. With --config a message is read by the
    lessons of that file.
    """
    with errors():
        own, lessons = None, tuple[Lesson, ...]()
        if integration is not None:
            integrations = configuration_of(settings_with(config)).integrations
            among("integration", integration, integrations)
            own = integrations[integration]
        elif slack and config is not None:
            lessons = configuration_of(settings_with(config)).lessons
        read = reading_of(file, source, own, header, slack=slack, parser=parser, form=form, lessons=lessons)
    if as_document:
        typer.echo(json.dumps([document(alert) for alert in read.alerts], indent=2, ensure_ascii=False))
    else:
        show(read)
    tell_faults(read)


def reading_of(
    file: str,
    source: str | None,
    integration: Integration | None,
    headers: list[str] | None,
    *,
    slack: bool,
    parser: str,
    form: bool,
    lessons: Sequence[Lesson] = (),
) -> Read:
    """Read the file in the one way that was asked for."""
    if sum((source is not None, integration is not None, slack)) != 1:
        fail("Say what it is: one of --source SOURCE, --slack and --integration NAME.", Exit.CONFIGURATION)
    if slack:
        return said(content(file), parser, lessons)
    told = headers_of(headers)
    if integration is not None:
        return posted_for(content(file), integration, told, form=form)
    assert source is not None
    among("source", source, SOURCES)
    return posted(content(file), source, told, form=form)


def show(read: Read) -> None:
    """Print it for people."""
    for number, alert in enumerate(read.alerts, 1):
        for row, line in enumerate(lines(alert, number)):
            out.print(Text(line, style="" if row else "bold"), soft_wrap=True)
    if not read.alerts and not read.faults:
        out.print("No alert: it says nothing that anybody must know.", highlight=False)


def tell_faults(read: Read) -> None:
    """Say what could not be read, each with its place; then the command has failed."""
    if read.note:
        err.print(Text(one_line(read.note, 300)), soft_wrap=True)
    for fault in read.faults:
        place = one_line(fault.place, 200) if fault.place else "the document"
        err.print(Text(f"{place}: {one_line(fault.why, 300)}", style="red"), soft_wrap=True)
    if read.faults:
        raise typer.Exit(Exit.FAILED)
