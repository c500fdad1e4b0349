"""Periodic backups of a SQLite file: one when the newest is old enough, and not more than so many."""

from datetime import datetime, timedelta
from pathlib import Path

from bot.store.backup import Backup, back_up, dated, name_at


class Backups:
    """Kept in a folder, by the time in their names: what was made by hand under another name stays."""

    def __init__(self, url: str, folder: Path, *, every: timedelta, keep: int) -> None:
        self._url = url
        self._folder = folder
        self._every = every
        self._keep = keep

    def keep_up(self, now: datetime) -> Backup | None:
        """Make one if it is time, and delete those that are too many; what back_up raises, it raises.

        A name from the future is one of a clock that was wrong. It counts neither as the newest nor as one
        of those that are kept, and it stays until its time has come: it may be the only one of its day.
        """
        known = dated(self._folder, now)
        if known and now - known[0][0] < self._every:
            return None
        made = back_up(self._url, self._folder / name_at(now))
        for _, path in dated(self._folder, now)[self._keep :]:
            path.unlink(missing_ok=True)
        return made
