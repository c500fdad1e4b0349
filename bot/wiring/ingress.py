"""The way in for whatever posts alerts, put together."""

from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web

from bot.clock import Clock
from bot.config.in_force import ConfigurationInForce
from bot.delivery.fetching import OpenFetcher
from bot.delivery.open_web import OpenWeb
from bot.integrations import Integrations
from bot.metrics import Metrics
from bot.ports import Alarms, Store
from bot.service import Desk
from bot.settings import Settings
from bot.workers.unread import UnreadAlarm
from handlers.ingress.alerts import Alerts
from handlers.ingress.amazon import Amazon
from handlers.ingress.heartbeats import Heartbeats
from handlers.ingress.limits import Limits
from handlers.ingress.mail import Mailbox, Tls
from handlers.ingress.opsgenie import Opsgenie
from handlers.ingress.pagerduty import PagerDuty
from handlers.ingress.reception import Reception
from handlers.webhooks.sources import SOURCES


@dataclass(frozen=True, kw_only=True)
class Ingress:
    """Who may post, and under which addresses."""

    integrations: Integrations
    reception: Reception
    routes: list[web.RouteDef]
    unread: UnreadAlarm
    mail: Mailbox | None


def ingress(
    settings: Settings,
    in_force: ConfigurationInForce,
    store: Store,
    desk: Desk,
    clock: Clock,
    metrics: Metrics,
    changed: Callable[[], None],
    alarms: Alarms,
) -> Ingress:
    """Put it together; nobody is listened to yet."""
    integrations = Integrations(store, clock, lambda: in_force.now, SOURCES, changed)
    secrets = {name: secret.get_secret_value() for name, secret in settings.intake.secrets.items()}
    limits = Limits(clock, settings.intake.requests_per_minute)
    reception = Reception(
        integrations=integrations,
        intake=desk.intake,
        metrics=metrics,
        limits=limits,
        amazon=Amazon(OpenFetcher(OpenWeb())),
        secrets=secrets,
    )
    doors = (
        Alerts(reception),
        Heartbeats(reception, lambda: in_force.now),
        PagerDuty(reception),
        Opsgenie(reception, integrations, clock),
    )
    return Ingress(
        integrations=integrations,
        reception=reception,
        mail=_mailbox(settings, reception),
        unread=UnreadAlarm(store, clock, alarms, integrations.note_use, limits.lately),
        routes=[route for door in doors for route in door.routes()],
    )


def _mailbox(settings: Settings, reception: Reception) -> Mailbox | None:
    mail = settings.mail
    if mail is None:
        return None
    tls = Tls(certificate=str(mail.certificate), key=str(mail.key)) if mail.certificate else None
    return Mailbox(reception, host=mail.host, port=mail.port, domain=mail.domain, tls=tls)
