"""News: what committed transactions made due, so that nobody is woken for nothing."""

import threading
from collections.abc import Iterable
from datetime import datetime

from bot.ports import News


class Gazette:
    """Gathers the news of all connections until somebody asks; safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._news: dict[str, datetime] = {}
        self.changes = 0
        """How many statements that change something were committed."""

    def count(self, writes: int) -> None:
        """A transaction with so many of them is committed."""
        if writes:
            with self._lock:
                self.changes += writes

    def publish(self, news: News) -> None:
        """The transaction is committed."""
        if news:
            with self._lock:
                earliest(self._news, news.items())

    def take(self) -> News:
        """All news since the last time."""
        with self._lock:
            taken, self._news = self._news, {}
        return taken


def earliest(news: dict[str, datetime], more: Iterable[tuple[str, datetime]]) -> None:
    """Keep the earlier instant of each."""
    for name, due in more:
        known = news.get(name)
        if known is None or due < known:
            news[name] = due
