"""The command line: `tocsin`, which is the same as `python -m bot`."""

import asyncio
import json
import os
from dataclasses import asdict
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Annotated, Literal

import typer
import uvloop
from rich.text import Text

from bot import commands
from bot.cli import backtest, feeds, imports, integrations, on_call, parse, route, simulate, teach, why
from bot.cli.terminal import Config, Exit, Json, err, errors, fail, out, settings_with
from bot.clock import SystemClock
from bot.config.check import as_json, check_report, show, show_notes
from bot.config.notes import check_notes
from bot.config.starter import write_starter
from handlers.alerts import PARSERS
from handlers.manifest import manifest as app_manifest
from handlers.webhooks.sources import SOURCES

app = typer.Typer(
    name="tocsin",
    help="A Slack bot for incident ticketing and escalation.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
letters = typer.Typer(
    help="What was given up: list it, try it again, or forget it.", invoke_without_command=True
)
app.add_typer(letters, name="dead-letters")
safe = typer.Typer(
    help="Whether the database is believed: look, doubt it, or believe it again.",
    invoke_without_command=True,
)
app.add_typer(safe, name="safe-mode")
app.add_typer(imports.app, name="import")
app.add_typer(on_call.app, name="oncall")
app.add_typer(integrations.app, name="integration")
app.add_typer(integrations.unread, name="unread")
simulate.register(app)
why.register(app)
parse.register(app)
route.register(app)
backtest.register(app)
teach.register(app)


@app.callback()
def prepare() -> None:
    """A Slack bot for incident ticketing and escalation."""
    commands.quiet_logs()  # what a command prints is its own; `run` sets the logs up anew


@app.command()
def demo(
    headless: Annotated[bool, typer.Option("--headless", help="Play the whole story by itself.")] = False,
    port: Annotated[int, typer.Option(help="Where the sandbox's pages are; 0 takes any free port.")] = 8484,
    config: Annotated[
        Path | None, typer.Option("--config", help="Play this file instead of the demonstration's own.")
    ] = None,
) -> None:
    """Show the bot at work in a local Slack and Jira, without any account."""
    from bot.demo import live, story  # noqa: PLC0415 - a fifth of the start of every other command

    with errors():
        commands.arm_failpoints()
        if headless and config is not None:
            fail("--headless plays a story of its own: leave out --config.", Exit.CONFIGURATION)
        if not headless:
            uvloop.run(live.show(out, port, config))
            return
        out.print("[bold]One night, as the local Slack and Jira saw it[/]")
        seen = uvloop.run(story.play(out))
    out.print("[bold green]All of it was seen.[/]" if seen else "[bold red]Not all of it was seen.[/]")
    raise typer.Exit(0 if seen else Exit.FAILED)


@app.command()
def run(config: Config = None) -> None:
    """Run the bot until it is told to stop."""
    with errors():
        uvloop.run(commands.run(settings_with(config)))


@app.command()
def init(path: Annotated[Path, typer.Argument(help="The file to write.")] = Path("tocsin.yaml")) -> None:
    """Write a commented starting file."""
    with errors():
        write_starter(path)
    out.print(f"Wrote {path}. Change it, then run `tocsin check --config {path}`.", highlight=False)


@app.command()
def check(
    config: Config = None,
    online: Annotated[bool, typer.Option("--online", help="Ask Slack and Jira too.")] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Refuse settings with which the bot would not start.")
    ] = False,
    as_document: Json = False,
) -> None:
    """Tell everything that is wrong with the settings and the configuration, at once. It needs no secrets."""
    problems, notes = check_report(config, PARSERS, frozenset(SOURCES), strict=strict or online), list[str]()
    if not problems:
        with errors():
            problems, notes = feeds.examine(config, online=online)
    if online and not problems:
        err.print("Asking Slack and Jira …")
        with errors():
            problems = uvloop.run(commands.check_online(settings_with(config)))
    if as_document:
        typer.echo(as_json(problems))
    else:
        show(problems, out)
        if not problems:
            today = SystemClock().now().date()
            told = check_notes(config, settings_with(config), PARSERS, frozenset(SOURCES), today=today)
            show_notes([*told, *notes], out)
    raise typer.Exit(Exit.CONFIGURATION if problems else 0)


@app.command()
def doctor(
    config: Config = None,
    offline: Annotated[bool, typer.Option("--offline", help="Ask no provider.")] = False,
    as_document: Json = False,
) -> None:
    """Tell how everything is that pages depend on; works beside a running bot, and without one."""
    from bot import doctor as doctors  # noqa: PLC0415 - nobody else needs what it loads

    with errors():
        lines = uvloop.run(doctors.examine(settings_with(config), SystemClock(), online=not offline))
    if as_document:
        typer.echo(doctors.as_json(lines))
    else:
        doctors.show(lines, out)
    raise typer.Exit(Exit.FAILED if doctors.worst(lines) is doctors.Verdict.BAD else 0)


@app.command()
def migrate(config: Config = None) -> None:
    """Bring the database to this program's schema."""
    with errors():
        settings = settings_with(config)
        err.print("Bringing the database to this program's schema …")
        revision = commands.migrate(settings)
    out.print(f"The database is at revision {revision}.", highlight=False)


@app.command()
def backup(
    file: Annotated[Path | None, typer.Argument(help="The file to write; else one in `backups`.")] = None,
    config: Config = None,
) -> None:
    """Copy the SQLite database into a file, also while the bot runs, and look whether the copy is sound."""
    with errors():
        made = commands.back_up(settings_with(config), file)
    out.print(Text(f"Backed up to {made.path}: {commands.told(made)}."), soft_wrap=True)


@app.command()
def restore(
    file: Annotated[Path | None, typer.Argument(help="The backup; without it, backups are listed.")] = None,
    config: Config = None,
) -> None:
    """Put a backup in the place of the SQLite database, which is kept aside. The bot must not run."""
    with errors():
        settings = settings_with(config)
        if file is None:
            out.print(commands.backups_table(settings))
            raise typer.Exit(0)
        restored = commands.restore(settings, file)
    kept = f" The file of before is kept as {restored.aside}." if restored.aside else ""
    out.print(Text(f"Restored {file}: {commands.told(restored.backup)}.{kept}"), soft_wrap=True)
    out.print(
        "The next start is in safe mode: incidents that were open page nobody until Slack's cards or a "
        "person tell how they stand.",
        highlight=False,
        soft_wrap=True,
    )


@safe.callback()
def safe_mode(context: typer.Context, config: Config = None) -> None:
    """Tell whether the database is believed; also while the bot runs."""
    context.obj = config
    if context.invoked_subcommand is None:
        with errors():
            out.print(Text(asyncio.run(commands.safe_mode(settings_with(config)))), soft_wrap=True)


@safe.command()
def begin(
    context: typer.Context,
    why: Annotated[str, typer.Option(help="What happened, for those who read it.")] = "restored by hand",
) -> None:
    """Doubt the database at the next start, as after a restore of PostgreSQL. Stop the bot first."""
    with errors():
        asyncio.run(commands.begin_safe_mode(settings_with(context.obj), why))
    out.print("The next start is in safe mode.")


@safe.command()
def end(
    context: typer.Context,
    page: Annotated[
        bool, typer.Option("--page/--leave", help="Whether people are paged for what is still open.")
    ],
) -> None:
    """Believe the database: every incident that is in doubt counts as it stands there."""
    with errors():
        count = asyncio.run(commands.end_safe_mode(settings_with(context.obj), page=page))
    paged = "people are paged for them" if page else "nobody is paged for them"
    out.print(f"{count} incidents count as they stand; {paged}.", highlight=False)


@app.command()
def manifest(
    mode: Annotated[Literal["socket", "http"], typer.Option(help="How Slack's requests arrive.")] = "socket",
    url: Annotated[
        str, typer.Option(envvar="TOCSIN_PUBLIC_URL", help="The public address of the bot, for mode http.")
    ] = "",
) -> None:
    """Print the manifest from which Slack makes the app."""
    if mode == "http" and not url.startswith("https://"):
        fail(
            "Mode http needs --url with an https address, such as https://tocsin.example.com.",
            Exit.CONFIGURATION,
        )
    typer.echo(json.dumps(app_manifest(mode, url if mode == "http" else None), indent=2))


@letters.callback()
def dead_letters(context: typer.Context, config: Config = None, as_document: Json = False) -> None:
    """List what was given up; also while the bot runs."""
    context.obj = config
    if context.invoked_subcommand is None:
        _list(config, as_document=as_document)


@letters.command("list")
def list_letters(context: typer.Context, as_document: Json = False) -> None:
    """List what was given up."""
    _list(context.obj, as_document=as_document)


def _list(config: Path | None, *, as_document: bool) -> None:
    with errors():
        found = asyncio.run(commands.dead_letters(settings_with(config)))
    if as_document:
        typer.echo(json.dumps([asdict(letter) for letter in found], indent=2, default=str))
    else:
        out.print(commands.letters_table(found))


Ids = Annotated[list[str] | None, typer.Argument(help="Their ids; without any, all of them.")]


@letters.command()
def retry(context: typer.Context, ids: Ids = None) -> None:
    """Try them again."""
    with errors():
        count = asyncio.run(commands.revive(settings_with(context.obj), ids or []))
    out.print(f"{count} will be tried again.", highlight=False)
    _all_found(ids, count)


@letters.command()
def drop(context: typer.Context, ids: Ids = None) -> None:
    """Forget them."""
    with errors():
        count = asyncio.run(commands.drop(settings_with(context.obj), ids or []))
    out.print(f"{count} dropped.", highlight=False)
    _all_found(ids, count)


def _all_found(ids: list[str] | None, count: int) -> None:
    missing = len(set(ids or ())) - count
    if missing > 0:
        fail(
            f"{missing} of the ids are not among the dead letters. `tocsin dead-letters` lists them.",
            Exit.FAILED,
        )


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(installed_version("tocsin"))


def main() -> None:
    """The console script."""
    os.environ.setdefault("PYTHONUTF8", "1")
    app()


if __name__ == "__main__":
    main()
