"""Tickets: made once, moved after the incident, and commented."""

from datetime import timedelta

import structlog

from bot.clock import Clock
from bot.delivery.failures import Withheld
from bot.delivery.jobs import incident_of, rendered
from bot.domain.commands import TicketMoved, TicketOpened
from bot.domain.effects import CommentTicket, MoveTicket, OpenTicket
from bot.domain.incident import Incident, Status, TicketState
from bot.domain.service import TicketPlan
from bot.errors import DeliveryError, Outcome
from bot.ports import Job, Receipt, Ticket, TicketDraft, Tracker
from bot.render import tickets as words

log = structlog.get_logger(__name__)

LOOK_UPS = tuple(timedelta(seconds=seconds) for seconds in (5, 15, 45, 120, 300))
"""When a ticket is looked for after an uncertain attempt: Jira's search may lag behind by minutes."""

ENOUGH_LOOK_UPS = 3
"""Including the uncertain attempt itself and the last look-up, before another ticket may be made."""


class Tickets:
    """Carries OpenTicket, MoveTicket and CommentTicket."""

    def __init__(self, tracker: Tracker, clock: Clock) -> None:
        self._tracker = tracker
        self._clock = clock

    async def carry(self, job: Job) -> Receipt:
        """Change the ticket with one request."""
        match job.claim.effect:
            case OpenTicket():
                return await self._open(job)
            case MoveTicket():
                return await self._move(job)
            case CommentTicket(entry=entry):
                return await self._comment(job, entry)
            case effect:
                raise DeliveryError(Outcome.REJECTED, f"{effect.kind}_is_not_for_the_tracker")

    async def look_up(self, job: Job) -> Receipt | None:
        """A ticket that an earlier attempt made; moves and comments look for themselves.

        "There is none" is only believed some minutes after the attempt, and when it was heard several times.
        """
        if not isinstance(job.claim.effect, OpenTicket):
            return None
        incident = incident_of(job)
        plan = _plan(incident)
        found = await self._tracker.find(words.marker(incident), plan.project)
        if found is not None:
            return await self._opened(incident, found)
        again = self._again(job)
        if again is not None:
            raise DeliveryError(Outcome.UNKNOWN, "not confirmed yet", retry_after=again)
        return None

    def _again(self, job: Job) -> timedelta | None:
        """When to look once more; None when it is certain enough that there is no ticket."""
        waited = self._clock.now() - (job.claim.doubted_at or job.claim.since)
        following = next((wait for wait in LOOK_UPS if wait > waited), None)
        if following is not None:
            return following - waited
        return None if job.claim.attempt >= ENOUGH_LOOK_UPS else LOOK_UPS[0]

    async def _open(self, job: Job) -> Receipt:
        incident = incident_of(job)
        if incident.ticket.key is not None:
            return Receipt()
        plan = _plan(incident)
        draft = rendered(lambda: words.draft(incident, plan), _plain(incident, plan), job)
        return await self._opened(incident, await self._tracker.create(draft))

    async def _opened(self, incident: Incident, ticket: Ticket) -> Receipt:
        """The ticket exists, whether or not it can be linked to the card."""
        if incident.permalink is not None:
            try:
                await self._tracker.link(
                    ticket.key, words.remote_id(incident), incident.permalink, words.remote_title(incident)
                )
            except DeliveryError as error:
                log.info("ticket_not_linked", ticket=ticket.key, reason=error.reason)
        answer = TicketOpened(
            key=ticket.key, url=ticket.url, status=ticket.status, dropped=tuple(ticket.dropped)
        )
        return Receipt(provider_id=ticket.key, answer=answer)

    async def _move(self, job: Job) -> Receipt:
        incident = incident_of(job)
        key, plan = _key(incident), _plan(incident)
        target = _target(incident, plan)
        resolution = plan.resolution if incident.status is Status.RESOLVED else None
        moved = await self._tracker.move(key, target, resolution)
        return Receipt(provider_id=key, answer=TicketMoved(status=moved.status))

    async def _comment(self, job: Job, number: int) -> Receipt:
        incident = incident_of(job)
        key, plan = _key(incident), _plan(incident)
        entry = next((entry for entry in job.entries if entry.seq == number), None)
        if entry is None:
            raise DeliveryError(Outcome.REJECTED, "entry_is_gone")
        comment = words.comment(incident, entry)
        await self._tracker.comment(
            key,
            comment.body,
            comment.marker,
            check_first=job.claim.uncertain,
            internal=plan.internal_comments,
        )
        return Receipt(provider_id=key)


def _plan(incident: Incident) -> TicketPlan:
    if incident.service.ticket is None:
        raise DeliveryError(Outcome.REJECTED, "service_wants_no_ticket")
    return incident.service.ticket


def _key(incident: Incident) -> str:
    """The ticket's key. One that will never exist is not waited for."""
    if incident.ticket.key is not None:
        return incident.ticket.key
    if incident.ticket.state in {TicketState.NONE, TicketState.FAILED}:
        raise DeliveryError(Outcome.REJECTED, "there_is_no_ticket")
    raise Withheld(Outcome.NOT_SENT, "no_ticket_yet")


def _target(incident: Incident, plan: TicketPlan) -> str:
    match incident.status:
        case Status.TRIGGERED:
            return plan.reopened
        case Status.ACKNOWLEDGED:
            return plan.acknowledged
        case Status.RESOLVED:
            return plan.resolved


def _plain(incident: Incident, plan: TicketPlan) -> TicketDraft:
    return TicketDraft(
        marker=words.marker(incident),
        project=plan.project,
        issue_type=plan.issue_type,
        summary=f"{incident.key}: its details could not be rendered",
        description=f"Incident: {incident.id}",
    )
