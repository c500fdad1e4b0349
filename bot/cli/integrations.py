"""`tocsin integration` and `tocsin unread`: who may post alerts, and what of theirs nobody could read."""

import asyncio
import getpass
import json
import platform
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from bot.cli.database import reading
from bot.cli.office import Order, done_by
from bot.cli.terminal import Config, Exit, Json, errors, fail, out, settings_with
from bot.clock import SystemClock
from bot.domain.token import IntegrationToken
from bot.domain.unread import Unread
from bot.render.escape import one_line

app = typer.Typer(help="Who may post alerts: tokens, each shown once.", no_args_is_help=True)
unread = typer.Typer(
    help="What was posted and could not be read: list it, forget it.", invoke_without_command=True
)

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}

_Made = dict[str, str]
"""An integration, its new token, and where it posts."""

Names = Annotated[list[str], typer.Argument(help="Integrations of tocsin.yaml, or names of sources.")]
Name = Annotated[str, typer.Argument(help="The integration of tocsin.yaml, or the name of a source.")]


@app.command()
def add(names: Names, config: Config = None, as_document: Json = False) -> None:
    """Make a token for each, and print them; nobody can print them again.

    With --json it is an object for one name, and a list of them for several.
    """
    made: list[_Made] = []
    try:
        for name in dict.fromkeys(names):
            made.append(_made({"do": "add", "name": name}, config))
            if not as_document:
                _tell(made[-1])
    finally:  # also those that were made before one that could not be
        if as_document and made:
            _tell_machines(made if len(names) > 1 else made[0])


@app.command()
def rotate(
    name: Name,
    grace: Annotated[str, typer.Option(help="So long the tokens before it still count.")] = "7d",
    config: Config = None,
    as_document: Json = False,
) -> None:
    """Make a new token, and print it; those before it count for a while."""
    made = _made({"do": "rotate", "name": name, "grace": str(_span(grace))}, config)
    if as_document:
        _tell_machines(made)
    else:
        _tell(made)


@app.command()
def revoke(name: Name, config: Config = None) -> None:
    """Have all tokens of an integration count no more, within five seconds."""
    with errors():
        done = done_by({"do": "revoke", "name": name}, settings_with(config))
    out.print(f"{done['count']} revoked.", highlight=False)
    if not done["count"]:
        fail(f"{one_line(name)} has no token.", Exit.FAILED)


@app.command("list")
def list_tokens(config: Config = None, as_document: Json = False) -> None:
    """List tokens that count, without the tokens themselves; also while the bot runs."""
    with errors():
        found = asyncio.run(reading(settings_with(config).database, lambda tx: tx.tokens()))
    counting = [each for each in found if each.counts(SystemClock().now())]
    if as_document:
        shown = [{key: value for key, value in asdict(each).items() if key != "hash"} for each in counting]
        typer.echo(json.dumps(shown, indent=2, default=str))
    else:
        out.print(_tokens_table(counting))


@unread.callback()
def list_unread(context: typer.Context, config: Config = None, as_document: Json = False) -> None:
    """List what could not be read; also while the bot runs."""
    context.obj = config
    if context.invoked_subcommand is not None:
        return
    with errors():
        found = asyncio.run(reading(settings_with(config).database, lambda tx: tx.unread()))
    if as_document:
        typer.echo(json.dumps([asdict(each) for each in found], indent=2, default=str))
    else:
        for line in _unread_lines(found):
            out.print(Text(line), soft_wrap=True)


@unread.command()
def drop(
    context: typer.Context,
    ids: Annotated[list[str] | None, typer.Argument(help="Their ids; without any, all of them.")] = None,
) -> None:
    """Forget it."""
    with errors():
        done = done_by({"do": "forget", "name": " ".join(ids or [])}, settings_with(context.obj))
    out.print(f"{done['count']} forgotten.", highlight=False)
    if ids and done["count"] != len(set(ids)):
        fail("Some of the ids are not known. `tocsin unread` lists them.", Exit.FAILED)


def _made(order: Order, config: Path | None) -> _Made:
    with errors():
        settings = settings_with(config)
        done = done_by({**order, "by": f"{getpass.getuser()} on {platform.node()}"}, settings)
    url = f"{settings.public_url or 'https://<your Tocsin>'}/alerts/{order['name']}"
    return {"integration": order["name"], "token": str(done["token"]), "url": url}


def _tell_machines(made: _Made | list[_Made]) -> None:
    typer.echo(json.dumps(made, indent=2))


def _tell(made: _Made) -> None:
    url, token = made["url"], made["token"]
    for line in (
        f"The token of {made['integration']}, which is shown this once:",
        f"  {token}",
        f"Post to {url} with the header `Authorization: Bearer <token>`,",
        f"or, where only an address can be set, to {url}/{token}",
    ):
        out.print(Text(line), soft_wrap=True)


def _span(text: str) -> float:
    number, unit = text[:-1], text[-1:]
    if unit not in SECONDS or not number.isdigit() or len(number) > 6:
        fail("--grace is a time such as `7d`, `12h` or `0s`.", Exit.CONFIGURATION)
    return timedelta(seconds=int(number) * SECONDS[unit]).total_seconds()


def _tokens_table(tokens: Sequence[IntegrationToken]) -> Table:
    table = Table(title="1 token" if len(tokens) == 1 else f"{len(tokens)} tokens")
    for title in ("Integration", "Token", "Made", "By", "Last used", "Ends"):
        table.add_column(title, overflow="fold")
    for each in tokens:
        times = [f"{at:%Y-%m-%d %H:%M}" if at else "" for at in (each.made_at, each.used_at, each.expires_at)]
        words = (each.integration, f"ti{each.id}…", times[0], one_line(each.made_by), times[1], times[2])
        table.add_row(*(Text(word) for word in words))
    return table


def _unread_lines(things: Sequence[Unread]) -> Iterator[str]:
    """However wide the terminal is, what is to be copied or searched for stands on one line."""
    yield f"{len(things)} could not be read" if things else "Everything could be read."
    for each in things:
        times = "once" if each.count == 1 else f"{each.count} times"
        yield f"{each.id}  {one_line(each.integration)}, {times}, last {each.last_at:%Y-%m-%d %H:%M} UTC"
        yield f"    {one_line(each.place) or 'the document'}: {one_line(each.reason)}"
