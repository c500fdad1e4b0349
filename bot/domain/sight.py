"""A sight: what a provider remembers of an incident, when the database may have forgotten it."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.alert import MessageRef, Severity
from bot.domain.ids import IncidentId, ServiceId
from bot.domain.incident import Status
from bot.domain.ladder import FIRST_STEP, Step
from bot.domain.people import SYSTEM, Actor


@dataclass(frozen=True, kw_only=True, slots=True)
class Sight:
    """An incident as it was when its card was drawn last. Names and titles are untrusted.

    `version` is the incident's own: a higher one than the database has means that something is missing
    there. `due_at` is its next rung, `wake_at` the end of its acknowledgement. `by` has it, or ended it.
    """

    id: IncidentId
    number: int
    version: int
    status: Status
    severity: Severity
    service: ServiceId
    title: str
    entries: int = 0
    epoch: int = 0
    step: Step = FIRST_STEP
    due_at: datetime | None = None
    wake_at: datetime | None = None
    by: Actor = SYSTEM
    dedup_key: str | None = None
    ticket: str | None = None
    card: MessageRef | None = None
