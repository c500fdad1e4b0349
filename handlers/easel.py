"""The easel: pictures are drawn and shown after the answer, off the request's path."""

import asyncio
import contextlib

import structlog

from bot.confined import Overrun
from bot.errors import DeliveryError
from bot.pictures.studio import Studio
from bot.ports.pictures import Exhibition, Picture
from bot.render.calendars import picture_failed
from bot.render.escape import one_line
from bot.render.timetable import Timetable, alt_text
from handlers.whispers import Ear, Whispers

log = structlog.get_logger(__name__)

MOST_WAITING = 20
SECONDS = 100.0
"""For drawing and showing one."""


class Easel:
    """Draws what was asked for, one after the other. Whoever asked has the same in words already."""

    def __init__(self, studio: Studio, exhibition: Exhibition, whispers: Whispers) -> None:
        self._studio = studio
        self._exhibition = exhibition
        self._whispers = whispers
        self._waiting: asyncio.Queue[tuple[Ear, Timetable]] = asyncio.Queue(MOST_WAITING)

    def draw(self, ear: Ear, table: Timetable) -> None:
        """Draw it soon, and show it where it was asked for."""
        try:
            self._waiting.put_nowait((ear, table))
        except asyncio.QueueFull:
            self._whispers.tell(ear, picture_failed("too many wait"))

    async def run(self, stop: asyncio.Event) -> None:
        """Draw what waits, until `stop` is set."""
        async with asyncio.TaskGroup() as group:
            painter = group.create_task(self._paint())
            await stop.wait()
            painter.cancel()

    async def _paint(self) -> None:
        while True:
            ear, table = await self._waiting.get()
            why = "it took too long"
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(SECONDS):
                    why = await self._shown(ear, table)
            if why:
                log.warning("picture_not_shown", why=why)
                self._whispers.tell(ear, picture_failed(why))

    async def _shown(self, ear: Ear, table: Timetable) -> str:
        """Draw and show it; why that failed, or nothing."""
        try:
            drawn = await self._studio.draw(table)
            await self._exhibition.show(_picture(drawn, table), ear.channel, ear.user)
        except DeliveryError as error:
            if error.reason == "missing_scope":
                return "the app lacks the scope files:write; install it anew with `tocsin manifest`"
            return f"Slack says {error.reason}"
        except (Overrun, OSError) as error:
            return (
                f"it could not be drawn, {error}" if isinstance(error, Overrun) else "it could not be drawn"
            )
        return ""


def _picture(png: bytes, table: Timetable) -> Picture:
    name = (
        "".join(c if c.isalnum() and c.isascii() else "-" for c in table.title.lower()).strip("-") or "oncall"
    )
    title = one_line(f"On call: {table.title}", 120)
    return Picture(png=png, name=f"{name[:60]}.png", title=title, alt=alt_text(table))
