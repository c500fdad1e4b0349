"""The configuration in force, as domain objects: everything that `tocsin.yaml` says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import time
from typing import Literal

from bot.domain.alert import Severity
from bot.domain.calendar import Calendar
from bot.domain.heartbeat import Heartbeat
from bot.domain.ids import CalendarId, PersonId, ScheduleId, ServiceId
from bot.domain.inhibition import Inhibition
from bot.domain.integration import Integration
from bot.domain.lesson import Lesson
from bot.domain.observable import NOTHING_OWN, Own
from bot.domain.people import Limit, MethodKind
from bot.domain.recurring import Recurring
from bot.domain.roster import Roster
from bot.domain.route import Limit as FloodLimit
from bot.domain.route import Route
from bot.domain.service import Service
from bot.domain.webhook import Webhook


@dataclass(frozen=True, kw_only=True, slots=True)
class Watch:
    """A channel whose alert messages are read.

    `channel` is an id or `#name`. `bots` are the bot ids, app ids or names that may feed it; empty means
    every integration that posts there. `parser` names a parser, or `auto`.
    `service`, when given, wins over routes.
    """

    channel: str
    bots: tuple[str, ...] = ()
    parser: str = "auto"
    service: ServiceId | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Authority:
    """Who may do what. Lists hold Slack user ids; people of the configuration are responders anyway.

    `acknowledge`: whether any full member may, or responders alone. `allowed_guests` are guests and
    Slack Connect users who count as members. `leads` may change anybody's shifts of a schedule, `members`
    may take some although its layers don't name them. `declares` is how many incidents one person may open
    by hand; None for as many as they like.
    """

    acknowledge: Literal["members", "responders"] = "members"
    responders: frozenset[str] = frozenset()
    admins: frozenset[str] = frozenset()
    allowed_guests: frozenset[str] = frozenset()
    leads: Mapping[ScheduleId, frozenset[str]] = field(default_factory=dict)
    members: Mapping[ScheduleId, frozenset[str]] = field(default_factory=dict)
    declares: FloodLimit | None = None


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """Everything that `tocsin.yaml` says. `default_service` takes what no route matches.

    `limit` counts, for each service, where no route says what a storm is.
    `own` is what of observables is one's own.
    `morning` is when "until morning" ends, on each person's own clock.
    """

    roster: Roster
    services: Mapping[ServiceId, Service]
    default_service: ServiceId
    routes: tuple[Route, ...] = ()
    watches: tuple[Watch, ...] = ()
    authority: Authority = field(default_factory=Authority)
    calendars: Mapping[CalendarId, Calendar] = field(default_factory=dict)
    integrations: Mapping[str, Integration] = field(default_factory=dict)
    webhooks: Mapping[str, Webhook] = field(default_factory=dict)
    unknown_severity: Severity = Severity.SEV3
    limit: FloodLimit | None = None
    lessons: tuple[Lesson, ...] = ()
    inhibitions: tuple[Inhibition, ...] = ()
    maintenance: tuple[Recurring, ...] = ()
    heartbeats: tuple[Heartbeat, ...] = ()
    own: Own = NOTHING_OWN
    morning: time = time(8)
    digest: str = ""
    """A short hash of the file, to tell one configuration from another."""

    def limits(self, person: PersonId, way: MethodKind) -> Sequence[Limit]:
        """How often somebody may be told by a way; nothing for one that is not limited."""
        found = self.roster.people.get(person)
        return found.limits.get(way, ()) if found is not None else ()
