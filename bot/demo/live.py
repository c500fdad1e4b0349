"""The demonstration to play with: an address to open, and a timeline that tells what happens."""

import asyncio
import shlex
import signal
import sys
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from bot.demo import alerts
from bot.demo.stage import Stage, stage
from bot.render.escape import one_line
from bot.sandbox.slack.journal import Entry, Kind

FIRST_ALERT = 4.0
"""Seconds until the first alert, so that one can open the page."""

WAIT = "45s"
"""How long one has to acknowledge before the next person is paged."""

EXAMPLE = "generic"
"""The integration whose command is shown whole."""

_SHOWN = {Kind.MESSAGE: "cyan", Kind.EDIT: "blue", Kind.ACT: "magenta", Kind.FAULT: "red"}


async def show(console: Console, port: int, config: Path | None = None) -> None:
    """Run until Ctrl-C, what the file says, or what the demonstration's own says."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    async with stage(port, wait=WAIT, config=config) as on:
        _welcome(console, on)
        ignore = on.slack.journal.listen(lambda entry: _line(console, on, entry))
        try:
            async with asyncio.timeout(FIRST_ALERT):
                await stop.wait()
        except TimeoutError:
            if on.alerts is not None:
                on.slack.integration("Alertmanager").post(on.alerts, alerts.firing())
            await stop.wait()
        ignore()
        console.print("\nStopping.")


def _welcome(console: Console, on: Stage) -> None:
    console.print()
    console.print(f"  The sandbox's Slack:  [bold]{on.slack.base_url}/[/]")
    console.print(f"  The sandbox's Jira:   [bold]{on.jira.url}/[/]")
    comes = "An alert comes in a few seconds" if on.alerts else "Type `/incident declare` to begin"
    console.print(f"  Both run on this machine alone. {comes}; Ctrl-C ends it all.")
    console.print()
    _ways_in(console, on)
    _commands(console, on)


def _ways_in(console: Console, on: Stage) -> None:
    """What may be posted by webhook, ready to be copied."""
    console.print(f"  Alerts by webhook go to {on.url}/alerts/NAME; these tokens count until the end:")
    for name, token in on.tokens.items():
        console.print(f"    {name:<16} {token}", soft_wrap=True, highlight=False, markup=False)
    console.print("  For example:")
    console.print(
        f"    curl {on.url}/alerts/{EXAMPLE} -H 'Authorization: Bearer {on.tokens[EXAMPLE]}' "
        """-d '{"title": "Disk full on db-1", "severity": "sev2"}'""",
        soft_wrap=True,
        highlight=False,
        markup=False,
    )
    console.print()


def _commands(console: Console, on: Stage) -> None:
    """How the other commands read this very demonstration, ready to be copied."""
    program = Path(sys.executable).with_name("tocsin")
    tocsin = shlex.quote(str(program)) if program.exists() else "tocsin"
    console.print("  The other commands read this demonstration in a shell that was told of it:")
    for line in (f". {shlex.quote(str(on.shell))}", f"{tocsin} explain INC-1"):
        console.print(f"    {line}", soft_wrap=True, highlight=False, markup=False)
    console.print(
        f"  and so do `unread`, `doctor` and `integration add {EXAMPLE}`.",
        soft_wrap=True,
        highlight=False,
        markup=False,
    )
    console.print()


def _line(console: Console, on: Stage, entry: Entry) -> None:
    colour = _SHOWN.get(entry.kind)
    if colour is None:
        return
    channel = on.slack.world.channels.get(entry.channel)
    where = f"#{channel.name}" if channel and channel.name else "direct message"
    message = on.slack.world.message(entry.channel, entry.ts) if entry.ts else None
    words = one_line(message.words if message else entry.name, 100)
    console.print(
        f"  {entry.at:%H:%M:%S}  [{colour}]{entry.kind.value:<8}[/] {escape(where):<16} {escape(words)}",
        highlight=False,
    )
