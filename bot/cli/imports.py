"""`tocsin import`: take over what another product knows."""

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from bot.cli.terminal import Exit, Json, err, errors, out
from bot.clock import SystemClock
from bot.config.values import channel as channel_name
from bot.errors import ConfigurationError

app = typer.Typer(
    help="Turn what PagerDuty, Opsgenie or Grafana OnCall exported into a tocsin.yaml.", no_args_is_help=True
)

Export = Annotated[
    Path, typer.Argument(help="The exported JSON file, a folder of them, or a zip.", show_default=False)
]
Output = Annotated[
    str,
    typer.Option("--output", "-o", help="The file to write, never over one that is there; `-` prints it."),
]
SlackUsers = Annotated[
    Path | None,
    typer.Option("--slack-users", help="The JSON of Slack's users.list: finds people's ids by e-mail."),
]
Channel = Annotated[
    str, typer.Option("--channel", help="Where incidents are shown, when the export does not say.")
]


@app.command()
def pagerduty(
    file: Export,
    output: Output = "tocsin.yaml",
    slack_users: SlackUsers = None,
    channel: Channel = "#incidents",
    as_document: Json = False,
) -> None:
    """Import users, schedules, escalation policies and services of PagerDuty's."""
    _import("pagerduty", file, output, slack_users, channel, as_document=as_document)


@app.command()
def opsgenie(
    file: Export,
    output: Output = "tocsin.yaml",
    slack_users: SlackUsers = None,
    channel: Channel = "#incidents",
    as_document: Json = False,
) -> None:
    """Import users, schedules, escalations, teams and services of Opsgenie's."""
    _import("opsgenie", file, output, slack_users, channel, as_document=as_document)


@app.command("grafana-oncall")
def grafana_oncall(
    file: Export,
    output: Output = "tocsin.yaml",
    slack_users: SlackUsers = None,
    channel: Channel = "#incidents",
    as_document: Json = False,
) -> None:
    """Import users, schedules, escalation chains and integrations of Grafana OnCall's."""
    _import("grafana-oncall", file, output, slack_users, channel, as_document=as_document)


def _import(
    product: str, file: Path, output: str, users: Path | None, channel: str, *, as_document: bool
) -> None:
    from bot.imports import importing, report, slack_users  # noqa: PLC0415 - nobody else needs it
    from bot.imports.product import Product  # noqa: PLC0415 - the same
    from bot.imports.workspace import Workspace  # noqa: PLC0415 - the same

    printed = output == "-"
    with errors():
        try:
            channel_name(channel)
        except ValueError as error:
            raise ConfigurationError(f"--channel: {error}. Write `#name`, or the id of a channel.") from error
        imported = importing.import_from(
            Product(product),
            file,
            now=SystemClock().now(),
            slack=slack_users.slack_users(users) if users else Workspace(),
            channel=channel,
        )
        written = None if printed else Path(output)
        if written:
            write(written, imported.text)
    if printed and not as_document:
        typer.echo(imported.text, nl=False)
    if as_document:
        typer.echo(report.as_json(imported, written))
    else:
        report.show_import(imported, written, err if printed else out)
        _next(written, wrong=bool(imported.wrong))
    raise typer.Exit(Exit.FAILED if imported.wrong else 0)


def write(path: Path, text: str) -> None:
    """Write a new file; raises ConfigurationError rather than overwrite anything."""
    try:
        with path.open("x", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
    except FileExistsError as error:
        raise ConfigurationError(
            f"{path} is there already and stays as it is. Name another by `--output`."
        ) from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ConfigurationError(
            f"{path} can't be written ({reason}). Name another by `--output`."
        ) from error


def _next(written: Path | None, *, wrong: bool) -> None:
    if written is None:
        return
    words = (
        f"{written} was written, but `tocsin check` will refuse it until the problems above are gone."
        if wrong
        else f"Next: fill in what is missing, then `tocsin check --config {written}`, and `tocsin simulate`."
    )
    out.print(Text(words), soft_wrap=True)
