"""The way out, put together: which carrier takes which effect."""

from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.clock import Clock
from bot.config.in_force import ConfigurationInForce
from bot.delivery.breaker import Breaker, Guarded
from bot.delivery.canary import InnerCanary, SlackCanary
from bot.delivery.jira.options import JiraOptions
from bot.delivery.pagers.email import EmailPager
from bot.delivery.pagers.webhook import WebhookPager
from bot.delivery.post import PostOffice
from bot.delivery.siren import Places, Siren
from bot.delivery.slack.cards import SlackCard, SlackLeftCard, SlackThread
from bot.delivery.slack.client import SlackClient
from bot.delivery.slack.duty import SlackDuty, SlackOfferOver
from bot.delivery.slack.home import SlackHome
from bot.delivery.slack.messages import Messages
from bot.delivery.slack.notices import SlackNotice
from bot.delivery.slack.pages import SlackPageRefresh, SlackPages
from bot.delivery.slack.questions import SlackQuestions
from bot.delivery.slack.sights import SlackSights
from bot.delivery.slack.warnings import SlackWarning
from bot.delivery.tickets import Tickets
from bot.domain.canary import CANARY
from bot.domain.configuration import Configuration
from bot.domain.effects import (
    Announce,
    AskHolder,
    AskSwap,
    CommentTicket,
    Effect,
    EndSwap,
    MoveTicket,
    OfferIncident,
    OpenTicket,
    PageChannel,
    PagePerson,
    PageWebhook,
    PointCard,
    PostThread,
    PublishHome,
    RefreshCard,
    RefreshPages,
    ReportTrial,
    SayTo,
    TellChange,
    TellGiver,
    WarnPerson,
)
from bot.domain.people import MethodKind
from bot.domain.service import TicketPlan
from bot.ports import Carrier, Directory, Witness
from bot.render.ack_link import ack_links
from bot.render.seal import Seal
from bot.settings import JiraSettings, Settings, SmtpSettings

if TYPE_CHECKING:
    from bot.delivery.jira.tracker import JiraTracker

_TICKETS = (OpenTicket, MoveTicket, CommentTicket)


@dataclass(frozen=True, kw_only=True)
class Carriers:
    """Finds the carrier of an effect; None when its provider is not configured."""

    slack: dict[type[Effect], Carrier]
    email: Carrier | None
    webhooks: Carrier
    tickets: Carrier | None
    canary: Carrier
    breakers: tuple[Breaker, ...]
    closers: tuple[Callable[[], Coroutine[object, object, None]], ...]
    witness: Witness | None = None
    """Who remembers incidents besides the database."""

    def of(self, effect: Effect) -> Carrier | None:
        """The one that takes this effect."""
        if isinstance(effect, _TICKETS):
            return self.tickets
        if isinstance(effect, PageWebhook):
            return self.webhooks
        if isinstance(effect, PagePerson) and effect.person == CANARY:
            return self.canary
        if isinstance(effect, PagePerson) and effect.method is MethodKind.EMAIL:
            return self.email
        return self.slack.get(type(effect))


def carriers(
    settings: Settings,
    configuration: Configuration,
    client: SlackClient | None,
    directory: Directory | None,
    seal: Seal,
    clock: Clock,
) -> Carriers:
    """Everything that the settings allow, each behind its provider's breaker."""
    closers: list[Callable[[], Coroutine[object, object, None]]] = []
    breakers: list[Breaker] = []
    slack: dict[type[Effect], Carrier] = {}
    canary: Carrier = InnerCanary()
    if client is not None and directory is not None:
        breakers.append(breaker := Breaker("slack", clock))
        plain = _slack(client, directory, seal, clock)
        slack = {kind: Guarded(carrier, breaker) for kind, carrier in plain.items()}
        canary = _canary(settings, Messages(client, directory, clock), breaker)
        closers.append(client.close)
    email: Carrier | None = None
    if settings.smtp is not None:
        breakers.append(Breaker("smtp", clock))
        email = Guarded(_pager(settings.smtp, settings.public_url, seal, clock), breakers[-1])
    closers.append((webhooks := WebhookPager(settings.webhook, clock)).close)
    tickets: Carrier | None = None
    if settings.jira is not None:
        tracker = _tracker(settings.jira, configuration, clock)
        breakers.append(Breaker("jira", clock))
        tickets = Guarded(Tickets(tracker, clock), breakers[-1])
        closers.append(tracker.stop)
    return Carriers(
        slack=slack,
        email=email,
        webhooks=webhooks,
        tickets=tickets,
        canary=canary,
        breakers=tuple(breakers),
        closers=tuple(closers),
        witness=SlackSights(client, directory) if client is not None and directory is not None else None,
    )


def _pager(smtp: SmtpSettings, url: str | None, seal: Seal, clock: Clock) -> EmailPager:
    return EmailPager(smtp, clock, links=ack_links(url, seal))


def _tracker(settings: JiraSettings, configuration: Configuration, clock: Clock) -> "JiraTracker":
    from bot.delivery.jira.tracker import JiraTracker  # noqa: PLC0415 - loads slowly, and many have no Jira

    plans = [service.ticket for service in configuration.services.values() if service.ticket]
    return JiraTracker(jira_options(settings, plans), clock)


def _canary(settings: Settings, messages: Messages, breaker: Breaker) -> Carrier:
    channel = next(iter(settings.canary.channels), None)
    return Guarded(SlackCanary(messages, channel), breaker) if channel else InnerCanary()


def _slack(
    client: SlackClient, directory: Directory, seal: Seal, clock: Clock
) -> dict[type[Effect], Carrier]:
    messages = Messages(client, directory, clock)
    pages, duty = SlackPages(messages, seal, clock), SlackDuty(messages, seal)
    questions = SlackQuestions(messages, seal, clock)
    return {
        PagePerson: pages,
        PageChannel: pages,
        Announce: pages,
        RefreshPages: SlackPageRefresh(messages, seal, clock),
        RefreshCard: SlackCard(messages, seal, clock),
        PointCard: SlackLeftCard(messages),
        PostThread: SlackThread(messages),
        WarnPerson: SlackWarning(messages),
        TellChange: duty,
        AskSwap: duty,
        EndSwap: SlackOfferOver(messages),
        ReportTrial: duty,
        AskHolder: questions,
        OfferIncident: questions,
        TellGiver: questions,
        SayTo: SlackNotice(messages),
        PublishHome: SlackHome(client, seal),
    }


def siren(
    settings: Settings,
    in_force: ConfigurationInForce,
    client: SlackClient | None,
    directory: Directory | None,
    clock: Clock,
) -> Siren:
    """The way to people that needs neither the database nor the outbox."""
    return Siren(
        places=lambda: _alarm_places(settings, in_force.now),
        slack=client,
        directory=directory,
        post=PostOffice(settings.smtp) if settings.smtp else None,
        sender=settings.smtp.sender if settings.smtp else "",
        clock=clock,
    )


def _alarm_places(settings: Settings, configuration: Configuration) -> Places:
    """Whom the settings name; else the channel of the default service, and the admins of the file."""
    service = configuration.services.get(configuration.default_service)
    people, admins = configuration.roster.people.values(), configuration.authority.admins
    emails = tuple(person.email for person in people if person.slack_user in admins and person.email)
    return Places(
        slack=settings.alarm.slack_ids or ((service.channel,) if service else ()),
        email=settings.alarm.addresses or emails,
    )


def jira_options(settings: JiraSettings, plans: Iterable[TicketPlan]) -> JiraOptions:
    """How the tracker is reached; `plans` tell which further fields tickets carry."""
    flavours = {"auto": None, "cloud": True, "datacenter": False}
    return JiraOptions(
        url=settings.url,
        token=settings.token.get_secret_value(),
        email=settings.email,
        cloud=flavours[settings.flavour],
        browse_url=settings.browse_url,
        ca_file=str(settings.ca_file) if settings.ca_file else None,
        create_fields=frozenset(name for plan in plans for name in plan.fields),
    )
