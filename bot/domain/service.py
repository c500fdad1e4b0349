"""A service: what can break, and what is done about it. Incidents carry a snapshot of theirs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from bot.domain.alert import Severity
from bot.domain.ids import ServiceId
from bot.domain.ladder import Ladder


@dataclass(frozen=True, kw_only=True, slots=True)
class TicketPlan:
    """How an incident of a service becomes a ticket.

    The three statuses are target status names or the categories `new`, `indeterminate`, `done`.
    `resolution` fills a screen that requires one. `fields` are further fields of the new ticket.
    """

    project: str
    issue_type: str
    priorities: Mapping[Severity, str] = field(default_factory=dict)
    labels: tuple[str, ...] = ()
    components: tuple[str, ...] = ()
    security: str | None = None
    fields: Mapping[str, object] = field(default_factory=dict)
    acknowledged: str = "indeterminate"
    resolved: str = "done"
    reopened: str = "new"
    resolution: str | None = None
    internal_comments: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Service:
    """What an incident needs to know of its service, as it was when the incident was opened.

    `ladders` may give a severity a ladder of its own, or None: that severity pages nobody.
    """

    id: ServiceId
    name: str
    channel: str
    ladder: Ladder
    ladders: Mapping[Severity, Ladder | None] = field(default_factory=dict)
    catch_all: Ladder | None = None
    acknowledgement_timeouts: Mapping[Severity, timedelta] = field(default_factory=dict)
    reopen_window: timedelta = timedelta(minutes=30)
    mention: str | None = None
    ticket: TicketPlan | None = None

    def ladder_for(self, severity: Severity) -> Ladder | None:
        """The ladder of that severity; None when it pages nobody."""
        return self.ladders.get(severity, self.ladder)
