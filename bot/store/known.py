"""What was decoded or encoded lately: the same text is never decoded twice."""

import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Stored = TypeVar("Stored")
Thing = TypeVar("Thing")

MOST = 4096
"""How many of a kind are remembered: a few megabytes, and more than pass through one burst at a time."""


class Known(Generic[Key, Stored, Thing]):
    """What one process knows of things of one kind; safe to share between threads.

    What is stored is compared with the whole of what was decoded, so nothing that anybody writes can make
    it stale.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[Key, tuple[Stored, Thing]] = {}

    def decoded(self, key: Key, stored: Stored, decode: Callable[[], Thing]) -> Thing:
        """The thing of that key, decoded unless it is known."""
        known = self._known.get(key)
        if known is not None and known[0] == stored:
            return known[1]
        thing = decode()
        self.put(key, stored, thing)
        return thing

    def put(self, key: Key, stored: Stored, thing: Thing) -> None:
        """Remember what is stored of it. The first to come is the first to be forgotten."""
        with self._lock:
            self._known.pop(key, None)
            if len(self._known) >= MOST:
                del self._known[next(iter(self._known))]
            self._known[key] = (stored, thing)
