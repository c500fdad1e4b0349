"""The carriers of the simulation: what the engine tells becomes letters to providers that remember."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import count

from bot.delivery.failures import Withheld
from bot.domain.alert import MessageRef
from bot.domain.commands import CardPosted, PageSent, ThreadPosted, TicketMoved, TicketOpened
from bot.domain.effects import (
    Announce,
    AskHolder,
    CommentTicket,
    MoveTicket,
    OpenTicket,
    PageChannel,
    PagePerson,
)
from bot.domain.incident import Incident, Status
from bot.domain.ladder import Step
from bot.domain.people import MethodKind
from bot.errors import DeliveryError, Outcome
from bot.ports import Job, Receipt
from tests.simulation.clock import BEGIN
from tests.simulation.providers import Letter, Provider
from tests.simulation.records import Kind, Page

COLUMN = {Status.TRIGGERED: "To Do", Status.ACKNOWLEDGED: "In Progress", Status.RESOLVED: "Done"}


@dataclass(kw_only=True, slots=True)
class Message:
    """A message in the simulated Slack. `shown` is what it says of its incident."""

    ts: str
    key: str
    incident: str
    shown: str = ""
    through: int = 0
    first: int = 0


@dataclass(kw_only=True)
class Workspace:
    """What stands in the simulated Slack, for everybody who looks."""

    messages: dict[str, Message] = field(default_factory=dict)
    by_key: dict[str, Message] = field(default_factory=dict)
    cards: dict[str, list[Message]] = field(default_factory=dict)
    replies: dict[str, list[Message]] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def post(self, key: str, incident: str, shown: str = "") -> Message:
        """A new message."""
        message = Message(ts=f"{next(self.numbers)}.0", key=key, incident=incident, shown=shown)
        self.messages[message.ts] = self.by_key[key] = message
        return message


@dataclass(kw_only=True)
class Board:
    """What stands in the simulated Jira: the statuses of each incident's tickets."""

    tickets: dict[str, list[str]] = field(default_factory=dict)
    comments: dict[str, list[str]] = field(default_factory=dict)


def incident_of(job: Job) -> Incident:
    """The incident that a job is about."""
    if job.incident is None:
        raise DeliveryError(Outcome.REJECTED, "incident_is_gone")
    return job.incident


def page_of(job: Job) -> Page | None:
    """What a page is about; None when the job is none."""
    effect = job.claim.effect
    kind, wake = Kind.PAGE, 0.0
    match effect:
        case PagePerson(epoch=epoch, step=step):
            person = str(effect.person)
        case PageChannel(epoch=epoch, step=step):
            person = effect.channel
        case Announce(epoch=epoch, step=step):
            person, kind = effect.about, Kind.ANNOUNCEMENT
        case AskHolder(name=person, wake_at=wake_at):
            epoch, step, kind = incident_of(job).epoch, Step(round=0, rung=0), Kind.REMINDER
            wake = (wake_at - BEGIN).total_seconds()
        case _:
            return None
    incident = incident_of(job)
    return Page(
        incident=incident.title,
        number=incident.number,
        epoch=epoch,
        step=step,
        person=person,
        kind=kind,
        wake=wake,
    )


def told(incident: Incident) -> str:
    """What a card says, as far as it can be right or wrong."""
    return f"{incident.status} {incident.severity}"


def _letter(job: Job, key: str, name: str) -> Letter:
    """The name has the title for the id, which differs when other incidents are left out."""
    title = job.incident.title if job.incident else ""
    stable = name.replace(str(job.claim.incident), title)
    about = (job.incident.number, title) if job.incident else None
    return Letter(key=key, name=stable, claimed_at=job.claim.claimed_at, page=page_of(job), about=about)


def _edit(job: Job) -> Letter:
    """What may come twice; nobody is asked for it."""
    key = job.claim.effect.key
    again = f"{key}:{job.claim.revision}:{job.claim.attempt}:{job.claim.token}"
    return replace(_letter(job, again, f"{key}:edit"), edit=True)


class Pages:
    """PagePerson by any method, PageChannel and Announce. Whether it can be looked up is the provider's."""

    def __init__(self, provider: Provider, workspace: Workspace | None) -> None:
        self._provider = provider
        self._workspace = workspace

    async def carry(self, job: Job) -> Receipt:
        """Page once."""
        key, incident = job.claim.effect.key, incident_of(job)
        if isinstance(job.claim.effect, PagePerson) and job.method is None:
            raise DeliveryError(Outcome.REJECTED, "no_contact_method")

        def take() -> MessageRef | None:
            if self._workspace is None:
                return None
            return MessageRef(channel="D", ts=self._workspace.post(key, incident.title, told(incident)).ts)

        return self._receipt(job, await self._provider.tell(_letter(job, key, key), take))

    async def look_up(self, job: Job) -> Receipt | None:
        """Whether it stands there. Mail cannot be asked."""
        if (workspace := self._workspace) is None:
            return None
        key = job.claim.effect.key
        found = await self._provider.ask(_letter(job, key, key), lambda: workspace.by_key.get(key))
        return self._receipt(job, MessageRef(channel="D", ts=found.ts)) if found else None

    def _receipt(self, job: Job, ref: MessageRef | None) -> Receipt:
        match job.claim.effect:
            case PagePerson(name=name, method=method):
                return Receipt(ref=ref, answer=PageSent(person=name, method=method))
            case PageChannel(channel=channel):
                return Receipt(ref=ref, answer=PageSent(person=channel, method=MethodKind.SLACK))
            case _:
                return Receipt(ref=ref)


class Questions:
    """AskHolder and OfferIncident: what somebody is asked in private."""

    def __init__(self, provider: Provider, workspace: Workspace) -> None:
        self._provider = provider
        self._workspace = workspace

    async def carry(self, job: Job) -> Receipt:
        """Ask once."""
        key, incident = job.claim.effect.key, incident_of(job)
        asked = await self._provider.tell(
            _letter(job, key, key), lambda: self._workspace.post(key, incident.title, told(incident))
        )
        return Receipt(ref=MessageRef(channel="D", ts=asked.ts))

    async def look_up(self, job: Job) -> Receipt | None:
        """Whether it stands there."""
        key = job.claim.effect.key
        found = await self._provider.ask(_letter(job, key, key), lambda: self._workspace.by_key.get(key))
        return Receipt(ref=MessageRef(channel="D", ts=found.ts)) if found else None


class News:
    """TellChange: what somebody changed about who is on call."""

    def __init__(self, provider: Provider, workspace: Workspace) -> None:
        self._provider = provider
        self._workspace = workspace

    async def carry(self, job: Job) -> Receipt:
        """Tell it once."""
        key = job.claim.effect.key
        told = await self._provider.tell(_letter(job, key, key), lambda: self._workspace.post(key, ""))
        return Receipt(ref=MessageRef(channel="C", ts=told.ts))

    async def look_up(self, job: Job) -> Receipt | None:
        """Whether it stands there."""
        key = job.claim.effect.key
        found = await self._provider.ask(_letter(job, key, key), lambda: self._workspace.by_key.get(key))
        return Receipt(ref=MessageRef(channel="C", ts=found.ts)) if found else None


class Cards:
    """RefreshCard."""

    def __init__(self, provider: Provider, workspace: Workspace) -> None:
        self._provider = provider
        self._workspace = workspace

    async def carry(self, job: Job) -> Receipt:
        """Edit the card, or post it when there is none."""
        incident, workspace, key = incident_of(job), self._workspace, job.claim.effect.key
        shown = told(incident)
        if incident.card is None:

            def post() -> Message:
                card = workspace.post(key, incident.title, shown)
                workspace.cards.setdefault(incident.title, []).append(card)
                return card

            card = await self._provider.tell(_letter(job, key, key), post)
            return self._receipt(card.ts)
        ts = incident.card.ts

        def edit() -> bool:
            workspace.messages[ts].shown = shown
            return True

        await self._provider.tell(_edit(job), edit)
        return Receipt(ref=incident.card)

    async def look_up(self, job: Job) -> Receipt | None:
        """A card that was posted without our learning of it."""
        key, known = job.claim.effect.key, incident_of(job).card
        found = await self._provider.ask(_letter(job, key, key), lambda: self._workspace.by_key.get(key))
        if found is None or (known is not None and known.ts == found.ts):
            return None
        return replace(self._receipt(found.ts), outdated=True)

    def _receipt(self, ts: str) -> Receipt:
        ref = MessageRef(channel="C", ts=ts)
        return Receipt(ref=ref, answer=CardPosted(card=ref, permalink=None))


class PageRefresh:
    """RefreshPages."""

    def __init__(self, provider: Provider, workspace: Workspace) -> None:
        self._provider = provider
        self._workspace = workspace

    async def carry(self, job: Job) -> Receipt:
        """Every page that stands as a message shows what is true now: one request for all of them."""
        incident = incident_of(job)

        def edit() -> bool:
            for page in job.pages:
                self._workspace.messages[page.ref.ts].shown = told(incident)
            return True

        await self._provider.tell(_edit(job), edit)
        return Receipt()

    async def look_up(self, job: Job) -> Receipt | None:
        """Editing again changes nothing."""
        return None


class Threads:
    """PostThread."""

    def __init__(self, provider: Provider, workspace: Workspace) -> None:
        self._provider = provider
        self._workspace = workspace

    async def carry(self, job: Job) -> Receipt:
        """The entries that the thread does not have, as one reply."""
        incident = incident_of(job)
        if incident.card is None:
            raise Withheld(Outcome.NOT_SENT, "no_card_yet")
        entries = [entry.seq for entry in job.entries if entry.seq > incident.threaded]
        if not entries:
            return Receipt()
        key = self._key(job, incident)

        def post() -> Message:
            reply = self._workspace.post(key, incident.title)
            reply.first, reply.through = entries[0], entries[-1]
            self._workspace.replies.setdefault(incident.title, []).append(reply)
            return reply

        reply = await self._provider.tell(_letter(job, key, key), post)
        return Receipt(ref=MessageRef(channel="C", ts=reply.ts), answer=ThreadPosted(through=reply.through))

    async def look_up(self, job: Job) -> Receipt | None:
        """A reply that begins with the same entry says itself how far it goes."""
        incident = incident_of(job)
        key = self._key(job, incident)
        found = await self._provider.ask(_letter(job, key, key), lambda: self._workspace.by_key.get(key))
        if found is None:
            return None
        answer = ThreadPosted(through=found.through)
        return Receipt(ref=MessageRef(channel="C", ts=found.ts), answer=answer, outdated=True)

    def _key(self, job: Job, incident: Incident) -> str:
        return f"{job.claim.effect.key}:{incident.threaded + 1}"


class Tickets:
    """OpenTicket, MoveTicket and CommentTicket."""

    def __init__(self, provider: Provider, board: Board) -> None:
        self._provider = provider
        self._board = board

    async def carry(self, job: Job) -> Receipt:
        """One change of the board."""
        incident, effect = incident_of(job), job.claim.effect
        match effect:
            case OpenTicket():
                await self._provider.tell(_letter(job, effect.key, effect.key), lambda: self._open(incident))
                return self._opened(incident)
            case MoveTicket():
                status = await self._provider.tell(_edit(job), lambda: self._move(incident))
                return Receipt(answer=TicketMoved(status=status))
            case CommentTicket():
                await self._provider.tell(
                    _letter(job, effect.key, effect.key), lambda: self._comment(incident, effect.key)
                )
            case _:
                raise AssertionError(effect)
        return Receipt()

    async def look_up(self, job: Job) -> Receipt | None:
        """By the label of a ticket, the marker of a comment; a move is looked at by moving."""
        incident, effect = incident_of(job), job.claim.effect
        letter = _letter(job, effect.key, effect.key)
        match effect:
            case OpenTicket():
                found = await self._provider.ask(letter, lambda: self._board.tickets.get(incident.title))
                return self._opened(incident) if found else None
            case CommentTicket():
                told = self._board.comments.get(incident.title, [])
                written = await self._provider.ask(letter, lambda: effect.key in told or None)
                return Receipt() if written else None
            case _:
                return None

    def _open(self, incident: Incident) -> bool:
        self._board.tickets.setdefault(incident.title, []).append(COLUMN[Status.TRIGGERED])
        return True

    def _opened(self, incident: Incident) -> Receipt:
        key = f"OPS-{incident.number}"
        return Receipt(
            answer=TicketOpened(key=key, url=f"http://jira/{key}", status=COLUMN[Status.TRIGGERED])
        )

    def _move(self, incident: Incident) -> str:
        tickets = self._board.tickets[incident.title]
        tickets[0] = COLUMN[incident.status]
        return tickets[0]

    def _comment(self, incident: Incident, key: str) -> bool:
        self._board.comments.setdefault(incident.title, []).append(key)
        return True
