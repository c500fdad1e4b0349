"""What `tocsin.yaml` says of what keeps alerts quiet: inhibition, maintenance that recurs, and heartbeats."""

import re
from datetime import timedelta
from typing import Annotated, Self, TypeVar

from pydantic import Field, PlainValidator, model_validator

from bot.config.problem import printable
from bot.config.references import Condition, IntegrationName, ServiceName
from bot.config.section import Section
from bot.config.values import Channel, Name, SeverityName, Shape, Zone, text, within, wrong
from bot.config.windows import Daily, OfMonth, Weekly
from bot.domain.alert import Severity
from bot.domain.heartbeat import Heartbeat
from bot.domain.ids import ServiceId
from bot.domain.inhibition import Inhibition
from bot.domain.letter_rules import Search
from bot.domain.recurring import Recurring, endless
from bot.matchers import NoMatcher, sought

LABEL = re.compile(r"[A-Za-z_][A-Za-z0-9_.:/-]{0,127}")
Named = TypeVar("Named", "MaintenanceSection", "HeartbeatSection")


def _says(value: object) -> Search:
    try:
        return sought(text(value, "`'(?i)backup done'`")).pattern
    except NoMatcher as error:
        wrong(str(error), error.remedy)


def _label(value: object) -> str:
    name = text(value, "`cluster`")
    if not LABEL.fullmatch(name):
        wrong(f"`{printable(name)}` is no label's name", "Write the name of a label such as `cluster`.")
    return name


EqualLabel = Annotated[str, PlainValidator(_label), Shape("the name of a label")]
Words = Annotated[
    Search, PlainValidator(_says), Shape("a pattern (RE2), found anywhere: `'(?i)backup done'`")
]
Period = Annotated[
    timedelta,
    PlainValidator(within(timedelta(minutes=1), timedelta(days=35))),
    Shape("a duration, `1m` to `35d`"),
]
Grace = Annotated[
    timedelta,
    PlainValidator(within(timedelta(), timedelta(days=7))),
    Shape("a duration, `0s` to `7d`"),
]


class InhibitionSection(Section):
    """While an alert fires that `source` matches, those that `target` matches page nobody."""

    source: list[Condition] = Field(min_length=1, max_length=20, description="Conditions on the cause.")
    target: list[Condition] = Field(min_length=1, max_length=20, description="Conditions on what is quiet.")
    equal: list[EqualLabel] = Field(
        default_factory=list, max_length=20, description="Labels in which both must be equal."
    )


class MaintenanceSection(Section):
    """Maintenance that recurs: alerts page nobody then, and ladders that are being climbed stop meanwhile."""

    name: Name = Field(description="What it is called.")
    match: list[Condition] = Field(
        default_factory=list, max_length=20, description="Conditions on labels, `service` and `severity` too."
    )
    services: list[ServiceName] = Field(
        default_factory=list, max_length=100, description="The services that it is for; without it all."
    )
    weekly: Weekly | None = Field(default=None, description="On which days, from when to when.")
    daily: Daily | None = Field(default=None, description="Every day, from when to when.")
    monthly: OfMonth | None = Field(
        default=None,
        description="On which days of a month, from when to when. A month without that day has none.",
    )
    zone: Zone = Field(description="Whose clocks count.")
    sev1: bool = Field(default=False, description="Whether sev1 pages nobody either, and its ladders stop.")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if [self.weekly, self.daily, self.monthly].count(None) != 2:
            wrong("needs one of `weekly`, `daily` and `monthly`", 'Write `weekly: "sun 02:00-04:00"`.')
        if not self.match and not self.services:
            wrong("would keep everything quiet", "Add `services:` or `match:`.")
        return self


class HeartbeatSection(Section):
    """A signal that is expected again and again: an alert, a message, or a ping of `/heartbeats/<name>`."""

    name: Name = Field(description="What it is called.")
    match: list[Condition] = Field(
        default_factory=list,
        max_length=20,
        description="Conditions on labels, `source`, `title` and `channel` too. What matches is no alert.",
    )
    channel: Channel | None = Field(
        default=None, description="A channel in which a bot's message is a sign of life."
    )
    says: Words | None = Field(
        default=None, description="What such a message says; without `channel`, in any that is read."
    )
    integration: IntegrationName | None = Field(
        default=None, description="Whose token pings it; without it anyone's does."
    )
    every: Period = Field(description="How often it comes.")
    grace: Grace = Field(default="5m", validate_default=True, description="So much later it is missed.")
    service: ServiceName | None = Field(
        default=None, description="Whose incident it is when it does not come; without it the routes say."
    )
    severity: SeverityName = Field(default="sev2", validate_default=True, description="How bad that is.")


def differently_named(sections: list[Named]) -> list[Named]:
    """Refuse two of one name: they could not be told apart."""
    names = [each.name for each in sections]
    for number, name in enumerate(names):
        if name in names[:number]:
            wrong(f"there are two that are called `{name}`", "Give one of them another name.")
    return sections


def ending(sections: list[MaintenanceSection]) -> list[MaintenanceSection]:
    """Refuse what would keep the same things quiet without an end, by one window or by several."""
    alike: dict[tuple[frozenset[str], frozenset[str]], list[MaintenanceSection]] = {}
    for each in sections:
        alike.setdefault((frozenset(map(str, each.match)), frozenset(each.services)), []).append(each)
    for same in alike.values():
        if endless([maintenance(each) for each in same]):
            names = ", ".join(f"`{each.name}`" for each in same)
            wrong(f"{names} would not end within seven days", "Leave a time in which alerts page.")
    return sections


def inhibition(section: InhibitionSection) -> Inhibition:
    """The domain's inhibition."""
    return Inhibition(source=tuple(section.source), target=tuple(section.target), equal=tuple(section.equal))


def maintenance(section: MaintenanceSection) -> Recurring:
    """The domain's recurring maintenance."""
    times = section.weekly or section.daily or section.monthly
    assert times is not None
    return Recurring(
        name=section.name,
        matchers=tuple(section.match),
        services=tuple(map(ServiceId, section.services)),
        days=times.days,
        monthly=times.monthly,
        begin=times.begin,
        end=times.end,
        zone=section.zone,
        sev1=section.sev1,
    )


def heartbeat(section: HeartbeatSection) -> Heartbeat:
    """The domain's heartbeat."""
    return Heartbeat(
        name=section.name,
        matchers=tuple(section.match),
        channel=section.channel or "",
        says=section.says,
        integration=section.integration or "",
        every=section.every,
        grace=section.grace,
        service=ServiceId(section.service) if section.service else None,
        severity=Severity(section.severity),
    )
