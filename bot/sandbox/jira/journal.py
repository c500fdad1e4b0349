"""Everything that happened to this Jira, in order: calls taken and refused, and what became of issues."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from bot.sandbox.jira.model import Event


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request as it came, and the answer. `status` is 0 when the connection was cut instead.

    `fault` names the fault that touched it. Credentials are not kept.
    """

    at: datetime
    method: str
    path: str
    query: Mapping[str, tuple[str, ...]]
    body: object
    user: str | None
    status: int
    answer: object = None
    fault: str | None = None

    @property
    def refused(self) -> bool:
        """Whether the caller did not get what it asked for."""
        return not 200 <= self.status < 300


@dataclass(kw_only=True)
class Journal:
    """The record that tests ask; with a `sink`, also a file of one JSON document a line."""

    sink: Path | None = None
    calls: list[Call] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    def record_call(self, call: Call) -> None:
        """Keep a call."""
        self.calls.append(call)
        self._write(
            "call",
            at=call.at,
            method=call.method,
            path=call.path,
            status=call.status,
            fault=call.fault,
            user=call.user,
            body=call.body,
        )

    def record_event(self, event: Event) -> None:
        """Keep what happened to an issue."""
        self.events.append(event)
        self._write(
            "event",
            at=event.at,
            event=event.kind,
            key=event.issue.key,
            by=event.by,
            status=event.issue.status.name,
            changes=[[change.field, change.before, change.after] for change in event.changes],
            comment=event.comment.body if event.comment else None,
        )

    def asked(self, method: str, part: str = "") -> list[Call]:
        """The calls of this method whose path contains `part`."""
        return [call for call in self.calls if call.method == method and part in call.path]

    def of(self, key: str, kind: str | None = None) -> Iterator[Event]:
        """What happened to one issue."""
        return (event for event in self.events if event.issue.key == key and kind in {None, event.kind})

    def _write(self, kind: str, *, at: datetime, **rest: object) -> None:
        if self.sink is None:
            return
        line = json.dumps({"at": at.isoformat(), "kind": kind, **rest}, default=str)
        with self.sink.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
