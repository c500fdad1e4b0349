"""The journal: everything that the sandbox saw, appended once and never changed.."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import IO

from bot.clock import Clock
from bot.sandbox.slack.shapes import Json


class Kind(StrEnum):
    """What an entry is about, and thereby its direction."""

    CALL = "call"  # the app asked the Web API
    HOOK = "hook"  # someone posted to an incoming webhook or a response URL
    MESSAGE = "message"  # a message was accepted
    EDIT = "edit"
    DELETE = "delete"
    VIEW = "view"  # a modal or Home tab appeared, changed or went away
    DELIVERY = "delivery"  # the sandbox sent something to the app
    ACT = "act"  # a person did something
    SOCKET = "socket"  # a Socket Mode connection opened, was warned or closed
    FAULT = "fault"  # a failure mode struck, or was switched


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line of the journal. `seconds` is how long the other side took; `attempt` counts redeliveries."""

    number: int
    at: datetime
    kind: Kind
    name: str
    actor: str = ""
    channel: str = ""
    ts: str = ""
    payload: Json = field(default_factory=dict)
    answer: Json | str | None = None
    outcome: str = "ok"
    seconds: float = 0.0
    attempt: int = 0


Listener = Callable[[Entry], None]


class Journal:
    """Append-only. With `sink`, each entry is also one line of JSON in that file, for other processes."""

    def __init__(self, clock: Clock, sink: Path | None = None) -> None:
        self._clock = clock
        self._entries: list[Entry] = []
        self._listeners: list[Listener] = []
        self._sink = sink
        self._file: IO[str] | None = None

    def add(
        self,
        kind: Kind,
        name: str,
        *,
        actor: str = "",
        channel: str = "",
        ts: str = "",
        payload: Json | None = None,
        answer: Json | str | None = None,
        outcome: str = "ok",
        seconds: float = 0.0,
        attempt: int = 0,
    ) -> Entry:
        """Append an entry, stamped with the clock, and tell everyone who listens."""
        entry = Entry(
            number=len(self._entries),
            at=self._clock.now(),
            kind=kind,
            name=name,
            actor=actor,
            channel=channel,
            ts=ts,
            payload=payload or {},
            answer=answer,
            outcome=outcome,
            seconds=seconds,
            attempt=attempt,
        )
        self._entries.append(entry)
        if self._sink:
            self._file = self._file or self._sink.open("a", encoding="utf-8")
            self._file.write(json.dumps(jsonable(entry)) + "\n")
            self._file.flush()
        for listener in tuple(self._listeners):
            listener(entry)
        return entry

    def entries(self, kind: Kind | None = None, name: str = "", *, since: int = 0) -> list[Entry]:
        """The entries from `since` on, oldest first; of one kind and one name, if given."""
        return [
            entry
            for entry in self._entries[since:]
            if (kind is None or entry.kind is kind) and name in ("", entry.name)
        ]

    def __len__(self) -> int:
        return len(self._entries)

    def calls(self, method: str = "") -> list[Entry]:
        """What the app asked of the Web API, refused calls included."""
        return self.entries(Kind.CALL, method)

    def deliveries(self, kind: str = "") -> list[Entry]:
        """What was sent to the app: `events_api`, `slash_commands`, `interactive`."""
        return self.entries(Kind.DELIVERY, kind)

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call this for every entry from now on; the answer ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def follow(self, since: int = 0) -> AsyncIterator[Entry]:
        """Every entry from `since` on, then each new one as it happens, without an end."""
        news = asyncio.Event()
        ignore = self.listen(lambda _: news.set())
        try:
            while True:
                news.clear()
                for entry in self._entries[since:]:
                    yield entry
                    since = entry.number + 1
                if since >= len(self._entries):
                    await news.wait()
        finally:
            ignore()

    def close(self) -> None:
        """Close the sink; the entries stay readable."""
        if self._file:
            self._file.close()
            self._file = None


def jsonable(entry: Entry) -> Json:
    """An entry as JSON."""
    return dict(vars(entry)) | {"at": entry.at.isoformat(), "kind": entry.kind.value}
