"""`tocsin simulate --holes`: times to come at which a ladder would find nobody."""

import asyncio
import json
from dataclasses import dataclass
from datetime import datetime, timedelta

import typer
from rich.text import Text

from bot.cli.database import looking
from bot.cli.terminal import Exit, out
from bot.domain.configuration import Configuration
from bot.domain.hole import Hole
from bot.domain.ids import ServiceId
from bot.inquiries import foreseen
from bot.ports import Tx
from bot.render.escape import one_line, several_lines, utc
from bot.render.hole import document, hole_words
from bot.render.tell import Show
from bot.settings import Settings


@dataclass(frozen=True, kw_only=True, slots=True)
class Ahead:
    """The time that is looked at, and the service; None means all of them."""

    since: datetime
    days: int
    service: ServiceId | None = None

    @property
    def until(self) -> datetime:
        """Its end."""
        return self.since + timedelta(days=self.days)


def print_holes(
    ahead: Ahead, configuration: Configuration, settings: Settings, database: str | None, *, machines: bool
) -> None:
    """Print them, and end with 1 when there are any."""

    def work(tx: Tx | None) -> list[Hole]:
        return foreseen(configuration, tx, ahead.since, ahead.until, ahead.service)

    holes, unread = asyncio.run(looking(settings.database, database, work))
    if machines:
        typer.echo(json.dumps(document(holes, ahead.since, ahead.until), indent=2, ensure_ascii=False))
    else:
        _tell(holes, ahead, unread)
    raise typer.Exit(Exit.FAILED if holes else 0)


def _tell(holes: list[Hole], ahead: Ahead, unread: str) -> None:
    show = Show(word=one_line, block=several_lines, time=utc)
    for hole in holes:
        out.print(Text(hole_words(hole, show), style="red"), soft_wrap=True)
    if unread:
        out.print(Text(f"Overrides were NOT read: {unread}"), soft_wrap=True)
    count = f"{len(holes)} hole{'s' * (len(holes) != 1)}" if holes else "No hole"
    out.print(Text(f"{count} in the {ahead.days} days from {utc(ahead.since)} on."), soft_wrap=True)
