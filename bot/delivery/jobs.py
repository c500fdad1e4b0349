"""What carriers read off a job."""

from collections.abc import Callable
from typing import TypeVar

import structlog

from bot.domain.effects import PagePerson
from bot.domain.incident import Incident
from bot.errors import DeliveryError, Outcome
from bot.ports import Job

T = TypeVar("T")
log = structlog.get_logger(__name__)


def incident_of(job: Job) -> Incident:
    """The incident that the effect is about; without it there is nothing to tell."""
    if job.incident is None:
        raise DeliveryError(Outcome.REJECTED, "incident_is_gone")
    return job.incident


def bundled(job: Job) -> list[tuple[PagePerson, Incident]]:
    """All that one message tells. Whatever has lost its incident is left out; it is recorded all the same."""
    return [
        (each.claim.effect, each.incident)
        for each in job.all
        if isinstance(each.claim.effect, PagePerson) and each.incident is not None
    ]


def next_up(job: Job) -> str | None:
    """Who is paged next, as plain words; None when nobody is going to be."""
    if job.next_up is None:
        return None
    return ", ".join(job.next_up.names) or "nobody"


def rendered(make: Callable[[], T], plain: T, job: Job) -> T:
    """What `make` makes; if that fails in any way, the plain words: a page that is ugly, but a page."""
    try:
        return make()
    except Exception:
        log.exception("not_rendered", kind=job.claim.effect.kind, key=job.claim.effect.key)
        return plain
