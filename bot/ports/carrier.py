"""The carriers' port: how an effect is told to a provider."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bot.domain.alert import MessageRef
from bot.domain.commands import Answer
from bot.domain.ids import IncidentId, ScheduleId
from bot.domain.incident import Incident
from bot.domain.observable import Sighting
from bot.domain.outlook import Outlook
from bot.domain.people import ContactMethod, Person
from bot.domain.schedule import Shift
from bot.domain.silence import Quieted
from bot.domain.timeline import Entry
from bot.domain.webhook import Webhook
from bot.ports.outbox import Claim, SentPage


@dataclass(frozen=True, kw_only=True, slots=True)
class Home:
    """What somebody's Home tab shows."""

    user: str
    now: datetime
    waiting: tuple[Incident, ...] = ()
    open: tuple[Incident, ...] = ()
    last_resolved: Incident | None = None
    on_call: tuple[tuple[ScheduleId, str, Shift | None], ...] = ()
    """Schedule, the zone's name, and whose shift it is; the shift's person is a name to show."""
    mine: tuple[tuple[ScheduleId, Shift], ...] = ()
    coming: tuple[ScheduleId, str, Shift] | None = None
    """The viewer's next shift: schedule, the zone's name."""
    troubles: tuple[str, ...] = ()
    quiet: tuple[Quieted, ...] = ()
    """What keeps alerts quiet."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """An effect together with everything that a carrier needs to carry it out."""

    claim: Claim
    incident: Incident | None = None
    entries: tuple[Entry, ...] = ()
    pages: tuple[SentPage, ...] = ()
    person: Person | None = None
    method: ContactMethod | None = None
    next_up: Outlook | None = None
    """Who is paged next, and when."""
    home: Home | None = None
    webhook: Webhook | None = None
    sightings: tuple[Sighting, ...] = ()
    """What the incident names, and where else that was seen."""
    asked: MessageRef | None = None
    """Where a question stands that nobody has answered."""
    also: tuple["Job", ...] = ()
    """Pages of other incidents that are told in the same message."""

    @property
    def all(self) -> tuple["Job", ...]:
        """Itself and those that are told with it."""
        return (self, *self.also)


@dataclass(frozen=True, kw_only=True, slots=True)
class Receipt:
    """The provider has it. `answer` is what the incident learns; `ref` is the Slack message, if it is one.

    `outdated`: what stands there may tell less than is true by now, so a standing wish is carried once more.
    `looked_up`: an earlier attempt had got through, which only a look-up told.
    `shown` are versions of other incidents that it shows as well: it is outdated when one has a newer one.
    """

    ref: MessageRef | None = None
    provider_id: str | None = None
    answer: Answer | None = None
    outdated: bool = False
    looked_up: bool = False
    shown: Mapping[IncidentId, int] = field(default_factory=dict)


class Carrier(Protocol):
    """Carries effects to one provider. Raises DeliveryError and nothing else."""

    async def carry(self, job: Job) -> Receipt:
        """Tell the world once: one request that changes something, no retries, within 0.4 of the lease."""
        ...

    async def look_up(self, job: Job) -> Receipt | None:
        """Whether an earlier attempt got through; None when it did not.

        Raises DeliveryError when that cannot be told now.
        """
        ...
