"""The tracker's port: tickets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bot.domain.alert import Severity


@dataclass(frozen=True, kw_only=True, slots=True)
class Ticket:
    """A ticket that exists. `dropped` are optional fields that its screen does not have."""

    key: str
    url: str
    status: str | None = None
    dropped: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class TicketDraft:
    """A ticket to be made. `marker` is its deterministic label; texts are escaped for the tracker already."""

    marker: str
    project: str
    issue_type: str
    summary: str
    description: str
    priority: str | None = None
    labels: tuple[str, ...] = ()
    components: tuple[str, ...] = ()
    security: str | None = None
    fields: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Moved:
    """Where the ticket stands now."""

    status: str
    changed: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """Something that an online check found, and what to do about it."""

    path: str
    message: str
    remedy: str


class Tracker(Protocol):
    """A ticket system. Every call raises DeliveryError and nothing else."""

    async def find(self, marker: str, project: str) -> Ticket | None:
        """The oldest ticket with that marker; the search may lag behind."""
        ...

    async def create(self, draft: TicketDraft) -> Ticket:
        """Make a ticket with one request."""
        ...

    async def move(self, key: str, target: str, resolution: str | None) -> Moved:
        """Bring a ticket to a status (by name) or a status category (`new`, `indeterminate`, `done`)."""
        ...

    async def comment(self, key: str, body: str, marker: str, *, check_first: bool, internal: bool) -> None:
        """Add a comment that carries the marker; with `check_first` only when none carries it yet."""
        ...

    async def link(self, key: str, global_id: str, url: str, title: str) -> None:
        """Link the ticket to a place elsewhere; the same `global_id` again changes the link."""
        ...

    async def preflight(
        self, project: str, issue_type: str, priorities: Mapping[Severity, str]
    ) -> Sequence[Finding]:
        """What would keep tickets from being made."""
        ...
