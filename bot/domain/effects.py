"""Effects: what the world must be told. They carry an intent and a key, never an address."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from bot.domain.alert import MessageRef
from bot.domain.duty import Change, Swap
from bot.domain.ids import PersonId
from bot.domain.ladder import Step
from bot.domain.notice import Notice
from bot.domain.people import MethodKind


class Lane(StrEnum):
    """Bulkheads: what hangs in one lane delays nothing in another. Pages wait for nothing."""

    PAGE = "page"
    CHAT = "chat"
    TRACKER = "tracker"


@dataclass(frozen=True, kw_only=True, slots=True)
class PagePerson:
    """Page a person by one of their contact methods.

    `number` is that method's place in the person's list, from 0; `quiet` tells which of their lists.
    `at` is when it is due. `held` until then: their quiet hours were waited for.
    `why` says why them ("on call for payments"). A page by hand has step round 0 and `message`; only an
    acknowledgement after `asked_at` answers it.
    `late` is how long after its time the rung fired, when that is worth telling.
    """

    key: str
    person: PersonId
    name: str
    slack_user: str | None
    method: MethodKind
    number: int
    epoch: int
    step: Step
    at: datetime
    why: str
    message: str = ""
    asked_at: datetime | None = None
    late: timedelta = timedelta()
    quiet: bool = False
    held: bool = False
    kind: Literal["page_person"] = "page_person"


@dataclass(frozen=True, kw_only=True, slots=True)
class PageChannel:
    """Page a whole channel. `late` as for a person."""

    key: str
    channel: str
    epoch: int
    step: Step
    late: timedelta = timedelta()
    kind: Literal["page_channel"] = "page_channel"


@dataclass(frozen=True, kw_only=True, slots=True)
class PageWebhook:
    """Page a machine, by its name in the configuration. `late` as for a person."""

    key: str
    name: str
    epoch: int
    step: Step
    late: timedelta = timedelta()
    kind: Literal["page_webhook"] = "page_webhook"


@dataclass(frozen=True, kw_only=True, slots=True)
class Announce:
    """Say loudly in the incident's channel that nobody answered, or that nobody is on call."""

    key: str
    about: Literal["exhausted", "nobody"]
    epoch: int
    step: Step
    nobody: tuple[str, ...] = ()
    kind: Literal["announce"] = "announce"


@dataclass(frozen=True, kw_only=True, slots=True)
class AskHolder:
    """Ask a Slack user who has it whether they still do: their acknowledgement ends at `wake_at`."""

    key: str
    user: str
    name: str
    wake_at: datetime
    kind: Literal["ask_holder"] = "ask_holder"


@dataclass(frozen=True, kw_only=True, slots=True)
class OfferIncident:
    """Ask a Slack user whether they take it over. `offer` is the incident's."""

    key: str
    offer: str
    user: str
    name: str
    kind: Literal["offer_incident"] = "offer_incident"


@dataclass(frozen=True, kw_only=True, slots=True)
class TellGiver:
    """Tell a Slack user in private what came of their offer: `name` has it now, or cannot take it."""

    key: str
    user: str
    name: str
    accepted: bool
    kind: Literal["tell_giver"] = "tell_giver"


@dataclass(frozen=True, kw_only=True, slots=True)
class RefreshCard:
    """Make the card show what is true now; post it when there is none yet.

    `calm`: only a count has changed, which may wait a moment for others to come.
    """

    key: str
    calm: bool = False
    kind: Literal["refresh_card"] = "refresh_card"


@dataclass(frozen=True, kw_only=True, slots=True)
class PointCard:
    """Make a card that was left behind, for the incident is another channel's now, say where it went."""

    key: str
    card: MessageRef
    kind: Literal["point_card"] = "point_card"


@dataclass(frozen=True, kw_only=True, slots=True)
class RefreshPages:
    """Make every page that was sent as a Slack message show what is true now."""

    key: str
    kind: Literal["refresh_pages"] = "refresh_pages"


@dataclass(frozen=True, kw_only=True, slots=True)
class PostThread:
    """Say the timeline entries that the card's thread does not have yet, as one reply, at `at` if given."""

    key: str
    at: datetime | None = None
    kind: Literal["post_thread"] = "post_thread"


@dataclass(frozen=True, kw_only=True, slots=True)
class PublishHome:
    """Make somebody's Home tab show what is true now."""

    key: str
    user: str
    kind: Literal["publish_home"] = "publish_home"


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenTicket:
    """Make the incident's one ticket."""

    key: str
    kind: Literal["open_ticket"] = "open_ticket"


@dataclass(frozen=True, kw_only=True, slots=True)
class MoveTicket:
    """Bring the ticket to the status that fits the incident's."""

    key: str
    kind: Literal["move_ticket"] = "move_ticket"


@dataclass(frozen=True, kw_only=True, slots=True)
class CommentTicket:
    """Write one timeline entry into the ticket."""

    key: str
    entry: int
    kind: Literal["comment_ticket"] = "comment_ticket"


@dataclass(frozen=True, kw_only=True, slots=True)
class WarnPerson:
    """Tell a Slack user in private, without a page, that `by` tries to change the incident and may not."""

    key: str
    user: str
    by: str
    kind: Literal["warn_person"] = "warn_person"


@dataclass(frozen=True, kw_only=True, slots=True)
class TellChange:
    """Tell a channel, or a Slack user in private, that somebody changed who is on call."""

    key: str
    change: Change
    channel: str | None = None
    user: str | None = None
    kind: Literal["tell_change"] = "tell_change"


@dataclass(frozen=True, kw_only=True, slots=True)
class AskSwap:
    """Ask a Slack user in private whether they swap turns; `change` has the names and the zone."""

    key: str
    swap: Swap
    change: Change
    user: str
    kind: Literal["ask_swap"] = "ask_swap"


@dataclass(frozen=True, kw_only=True, slots=True)
class EndSwap:
    """Take the buttons off the question about a swap that nobody has answered when it expires."""

    key: str
    swap: Swap
    change: Change
    kind: Literal["end_swap"] = "end_swap"


@dataclass(frozen=True, kw_only=True, slots=True)
class SayTo:
    """Tell a channel, or a Slack user in private, what the clock brought: a hand-off, a shift, a gap."""

    key: str
    notice: Notice
    channel: str | None = None
    user: str | None = None
    kind: Literal["say_to"] = "say_to"


Page = PagePerson | PageChannel | Announce
Question = AskHolder | OfferIncident
"""What somebody is asked in private; it travels with the pages, and like them shows what became of it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportTrial:
    """Tell a Slack user what arrived of the pages by which they tried themselves out, at that instant."""

    key: str
    user: str
    person: PersonId
    at: datetime
    kind: Literal["report_trial"] = "report_trial"


DutyEffect = ReportTrial | TellChange | AskSwap | EndSwap | SayTo
"""What people are told of schedules; it belongs to no incident."""

CardEffect = RefreshCard | PointCard | PostThread
ChatEffect = CardEffect | RefreshPages | PublishHome | WarnPerson | TellGiver | DutyEffect
TicketEffect = OpenTicket | MoveTicket | CommentTicket
Effect = Page | PageWebhook | Question | ChatEffect | TicketEffect


def lane(effect: Effect) -> Lane:
    """The lane in which an effect travels."""
    match effect:
        case PagePerson() | PageChannel() | PageWebhook() | Announce() | AskHolder() | OfferIncident():
            return Lane.PAGE
        case RefreshCard() | PointCard() | PostThread() | RefreshPages():
            return Lane.CHAT
        case PublishHome() | WarnPerson() | TellGiver():
            return Lane.CHAT
        case ReportTrial() | TellChange() | AskSwap() | EndSwap() | SayTo():
            return Lane.CHAT
        case OpenTicket() | MoveTicket() | CommentTicket():
            return Lane.TRACKER


def standing(effect: Effect) -> bool:
    """Whether the effect is a standing wish: one row for ever, due again whenever it is decided again.

    Such an effect shows the present truth, so several waiting ones are the same as one.
    """
    return isinstance(effect, RefreshCard | RefreshPages | PostThread | PublishHome | OpenTicket | MoveTicket)


THREAD_WINDOW = timedelta(seconds=3)
"""Timeline entries of one window share a reply."""

CARD_WINDOW = timedelta(seconds=3)
"""Counts that change within one window share an edit of the card."""

TICKET_HEAD_START = timedelta(seconds=2)
"""How far pages are ahead of the ticket."""


def due(effect: Effect, now: datetime) -> datetime:
    """When an effect that is decided now is to be carried out."""
    match effect:
        case PagePerson(at=at) | ReportTrial(at=at):
            return at
        case PostThread(at=at):
            return max(at or now, now + THREAD_WINDOW)
        case EndSwap(swap=swap):
            return swap.expires_at
        case RefreshCard(calm=True):
            return now + CARD_WINDOW
        case OpenTicket():
            return now + TICKET_HEAD_START
        case _:
            return now
