"""The reserve: room on the disk that is laid by, and given up when there is none left: pages go on."""

import contextlib
import os
import shutil
from pathlib import Path

from bot.ports import Room

SIZE = 16 * 1024 * 1024
"""Some thousand pages."""

PART = 50
"""On a small disk it is that part of the whole."""

PLENTY = 2
"""It is laid by where so many times as much is free."""


class Reserve:
    """A file beside the database. To be used by the thread that writes, and by `look` from any."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def look(self) -> Room:
        """How much room there is on the database's disk."""
        usage = shutil.disk_usage(self._path.parent)
        return Room(
            folder=str(self._path.parent), free=usage.free, total=usage.total, reserve=self._path.exists()
        )

    def lay_by(self) -> None:
        """Have it, if there is room enough. Without it everything works as well, until the disk is full."""
        room = self.look()
        size = min(SIZE, room.total // PART)
        if room.reserve or room.free < size * PLENTY:
            return
        with contextlib.suppress(OSError):
            descriptor = os.open(self._path, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o600)
            try:
                os.posix_fallocate(descriptor, 0, size)
            except OSError:
                self._path.unlink(missing_ok=True)
            finally:
                os.close(descriptor)

    def give_up(self) -> bool:
        """Make room; False when there was no reserve any more."""
        try:
            self._path.unlink()
        except OSError:
            return False
        return True
