"""Which carrier takes which effect."""

from typing import assert_never

from bot.clock import Clock
from bot.delivery.breaker import Breaker, Guarded
from bot.delivery.pagers.email import EmailPager
from bot.delivery.slack.cards import SlackCard, SlackThread
from bot.delivery.slack.client import SlackClient
from bot.delivery.slack.home import SlackHome
from bot.delivery.slack.messages import Messages
from bot.delivery.slack.pages import SlackPageRefresh, SlackPages
from bot.delivery.tickets import Tickets
from bot.domain.effects import (
    Announce,
    CommentTicket,
    Effect,
    MoveTicket,
    OpenTicket,
    PageChannel,
    PagePerson,
    PostThread,
    PublishHome,
    RefreshCard,
    RefreshPages,
)
from bot.domain.people import MethodKind
from bot.ports import Carrier, Directory, Tracker
from bot.render.seal import Seal


class SlackRoad:
    """The carriers to Slack, behind one breaker."""

    def __init__(
        self, client: SlackClient, directory: Directory, seal: Seal, clock: Clock, breaker: Breaker
    ) -> None:
        messages = Messages(client, directory, clock)
        self.card = Guarded(SlackCard(messages, seal, clock), breaker)
        self.thread = Guarded(SlackThread(messages), breaker)
        self.home = Guarded(SlackHome(client, seal), breaker)
        self.pages = Guarded(SlackPages(messages, seal, clock), breaker)
        self.refresh = Guarded(SlackPageRefresh(messages, seal, clock), breaker)


class Carriers:
    """All carriers that are configured. Called with an effect: its carrier, None when there is none."""

    def __init__(
        self,
        *,
        slack: SlackRoad | None = None,
        email: Carrier | None = None,
        tickets: Carrier | None = None,
    ) -> None:
        self._slack = slack
        self._email = email
        self._tickets = tickets

    def __call__(self, effect: Effect) -> Carrier | None:
        """The carrier that takes the effect."""
        slack = self._slack
        match effect:
            case PagePerson(method=MethodKind.EMAIL):
                return self._email
            case PagePerson() | PageChannel() | Announce():
                return slack.pages if slack else None
            case RefreshCard():
                return slack.card if slack else None
            case RefreshPages():
                return slack.refresh if slack else None
            case PostThread():
                return slack.thread if slack else None
            case PublishHome():
                return slack.home if slack else None
            case OpenTicket() | MoveTicket() | CommentTicket():
                return self._tickets
            case _:
                assert_never(effect)


def email_road(pager: EmailPager, breaker: Breaker) -> Carrier:
    """E-mail behind its breaker."""
    return Guarded(pager, breaker)


def ticket_road(tracker: Tracker, clock: Clock, breaker: Breaker) -> Carrier:
    """The tracker behind its breaker."""
    return Guarded(Tickets(tracker, clock), breaker)
