"""The studio: has pictures drawn, one at a time, and keeps the last ones."""

import asyncio
from collections import OrderedDict
from pathlib import Path
from typing import Literal

from bot.confined import Limits, confined
from bot.pictures.sheet import written
from bot.render.timetable import Timetable

KEPT = 16
SECONDS = 60.0
"""Two are usual; the first one on a machine looks for its fonts besides."""
MEMORY = 1536 << 20
"""Of addresses, most of which the libraries reserve and never touch."""


class Studio:
    """Draws in a process that is gone when the picture is there. `folder` keeps the list of fonts."""

    def __init__(self, folder: Path, seconds: float = SECONDS) -> None:
        self._limits = Limits(
            seconds=seconds,
            memory=MEMORY,
            environment={"MPLCONFIGDIR": str(folder), "OPENBLAS_NUM_THREADS": "1", "HOME": str(folder)},
        )
        self._folder = folder
        self._kept: OrderedDict[bytes, bytes] = OrderedDict()
        self._turn = asyncio.Lock()

    async def draw(self, table: Timetable, form: Literal["png", "svg"] = "png") -> bytes:
        """The picture. Raises bot.confined.Overrun and OSError."""
        sheet = written(table, form)
        async with self._turn:
            if sheet not in self._kept:
                await asyncio.to_thread(self._folder.mkdir, parents=True, exist_ok=True)
                self._kept[sheet] = await confined("bot.pictures.draw", sheet, self._limits)
                while len(self._kept) > KEPT:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(sheet)
            return self._kept[sheet]
