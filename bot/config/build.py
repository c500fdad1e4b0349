"""Build the domain's objects from sections that were found valid."""

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta

from bot.config.build_ladders import ladders as build_ladders
from bot.config.build_people import person
from bot.config.build_schedules import calendar, schedule
from bot.config.integrations import integration
from bot.config.lessons import lesson
from bot.config.models import (
    FileSection,
    ServiceSection,
    WatchSection,
)
from bot.config.observables import own
from bot.config.quiet import heartbeat, inhibition, maintenance
from bot.config.routes import route, usual
from bot.config.schedules import ScheduleSection
from bot.config.tickets import TicketSection
from bot.config.webhooks import webhook
from bot.domain.alert import Severity
from bot.domain.configuration import Authority, Configuration, Watch
from bot.domain.ids import CalendarId, PersonId, ScheduleId, ServiceId
from bot.domain.ladder import GroupTarget, Ladder, weighs
from bot.domain.people import MethodKind
from bot.domain.roster import Roster
from bot.domain.route import Limit
from bot.domain.service import Service, TicketPlan

TIMEOUTS = {Severity.SEV1: timedelta(minutes=30), Severity.SEV2: timedelta(hours=2)}

WAYS = frozenset(MethodKind)


def build(file: FileSection, *, paging: frozenset[MethodKind] = WAYS, digest: str = "") -> Configuration:
    """The configuration. Ways to reach people that are not in `paging` are left out of their defaults."""
    calendars = {CalendarId(name): calendar(name, one) for name, one in file.calendars.items()}
    ladders = build_ladders(file.ladders, calendars)
    services = {ServiceId(name): _service(name, section, ladders) for name, section in file.services.items()}
    return Configuration(
        roster=Roster(
            people={
                PersonId(name): person(name, one, paging, file.defaults.limits)
                for name, one in file.people.items()
            },
            schedules={
                ScheduleId(name): schedule(name, one, calendars) for name, one in file.schedules.items()
            },
            groups=dict.fromkeys(_groups(ladders.values()), ()),
            weighed=any(weighs(ladder) for ladder in ladders.values()),
        ),
        services=services,
        default_service=ServiceId(file.defaults.service) if file.defaults.service else next(iter(services)),
        routes=tuple(route(section, ladders) for section in file.routes),
        inhibitions=tuple(inhibition(section) for section in file.inhibit),
        maintenance=tuple(maintenance(section) for section in file.maintenance),
        heartbeats=tuple(heartbeat(section) for section in file.heartbeats),
        watches=tuple(_watch(section) for section in file.channels),
        authority=_authority(file),
        calendars=calendars,
        integrations={name: integration(name, one) for name, one in file.integrations.items()},
        lessons=tuple(lesson(name, one) for name, one in file.lessons.items()),
        webhooks={name: webhook(name, one) for name, one in file.webhooks.items()},
        unknown_severity=file.defaults.severity,
        limit=usual(file.defaults.limit),
        own=own(file.observables),
        morning=file.defaults.morning,
        digest=digest,
    )


def _authority(file: FileSection) -> Authority:
    most, per = file.authority.declares
    return Authority(
        acknowledge=file.authority.acknowledge,
        responders=frozenset(file.authority.responders),
        admins=frozenset(file.authority.admins),
        allowed_guests=frozenset(file.authority.allowed_guests),
        leads=_users(file, lambda section: section.leads),
        members=_users(file, lambda section: section.members),
        declares=Limit(most=most, per=per, route="authority") if most else None,
    )


def _users(
    file: FileSection, those: Callable[[ScheduleSection], list[str]]
) -> dict[ScheduleId, frozenset[str]]:
    named = {ScheduleId(name): frozenset(those(section)) for name, section in file.schedules.items()}
    return {schedule: users for schedule, users in named.items() if users}


def _groups(ladders: Iterable[Ladder]) -> Iterator[str]:
    """The Slack user groups that may be paged; nobody is known of them yet."""
    for rung in (rung for ladder in ladders for rung in ladder.rungs):
        yield from (each.group for each in rung.targets if isinstance(each, GroupTarget))


def _service(name: str, section: ServiceSection, ladders: dict[str, Ladder]) -> Service:
    timeouts = TIMEOUTS | section.acknowledgement_timeouts
    return Service(
        id=ServiceId(name),
        name=section.name or name,
        channel=section.channel,
        ladder=ladders[section.ladder],
        ladders={severity: ladders[one] if one else None for severity, one in section.ladders.items()},
        catch_all=ladders[section.catch_all] if section.catch_all else None,
        acknowledgement_timeouts={severity: span for severity, span in timeouts.items() if span is not None},
        reopen_window=section.reopen_window,
        mention=section.mention,
        ticket=_ticket(section.ticket) if section.ticket else None,
    )


def _ticket(section: TicketSection) -> TicketPlan:
    return TicketPlan(
        project=section.project,
        issue_type=section.type,
        priorities=section.priorities,
        labels=tuple(section.labels),
        components=tuple(section.components),
        security=section.security,
        fields=section.fields,
        acknowledged=section.acknowledged,
        resolved=section.resolved,
        reopened=section.reopened,
        resolution=section.resolution,
        internal_comments=section.internal_comments,
    )


def _watch(section: WatchSection) -> Watch:
    return Watch(
        channel=section.channel,
        bots=tuple(section.bots),
        parser=section.parser,
        service=ServiceId(section.service) if section.service else None,
    )
