"""Routes in `tocsin.yaml`: where alerts belong, how they are grouped, and what is too much of them."""

import hashlib
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Self

from pydantic import Field, PlainValidator, model_validator

from bot.config.problem import printable
from bot.config.references import Condition, LadderName, ServiceName
from bot.config.section import Section
from bot.config.tickets import RouteTicket, RouteTicketSection
from bot.config.values import SeverityName, Shape, duration, spoken, text, within, wrong
from bot.domain.ids import ServiceId
from bot.domain.ladder import Ladder
from bot.domain.route import Handling, Limit, Route, TicketChange

LABEL = re.compile(r"[A-Za-z_][A-Za-z0-9_.:/-]{0,127}")
LIMIT = re.compile(r"(\d{1,4})\s+in\s+(\S.*)")
MOST, LEAST = 1000, 2
SHORTEST_PER, LONGEST_PER = timedelta(seconds=10), timedelta(hours=1)


def _label(value: object) -> str:
    name = text(value, "`cluster`")
    if not LABEL.fullmatch(name):
        remedy = "Write the name of a label such as `cluster`, or `source`, `title`, `severity`, `channel`."
        wrong(f"`{printable(name)}` is no label's name", remedy)
    return name


def _limit(value: object) -> tuple[int, timedelta]:
    """`30 in 2m`, or `none`."""
    written = text(value, "`30 in 2m`").strip()
    if written == "none":
        return 0, timedelta()
    found = LIMIT.fullmatch(written)
    if found is None:
        wrong(f"`{printable(written)}` is no limit", "Write how many in which time: `30 in 2m`.")
    most, per = int(found[1]), duration(found[2])
    if not LEAST <= most <= MOST:
        wrong(f"a limit of {most} is out of range", f"Choose {LEAST} to {MOST}.")
    if not SHORTEST_PER <= per <= LONGEST_PER:
        remedy = f"Choose {spoken(SHORTEST_PER)} to {spoken(LONGEST_PER)}."
        wrong(f"a limit for {spoken(per)} is out of range", remedy)
    return most, per


def _between(shortest: timedelta, longest: timedelta) -> tuple[PlainValidator, Shape]:
    words = f"a duration, `{spoken(shortest)}` to `{spoken(longest)}`"
    return PlainValidator(within(shortest, longest)), Shape(words)


def usual(most: tuple[int, timedelta]) -> Limit:
    """The limit of what no route limits."""
    return Limit(most=most[0], per=most[1], route="defaults")


LabelName = Annotated[str, PlainValidator(_label), Shape("the name of a label")]
Flood = Annotated[
    tuple[int, timedelta], PlainValidator(_limit), Shape("how many in which time, `30 in 2m`, or `none`")
]
GroupWait = Annotated[timedelta, *_between(timedelta(), timedelta(hours=1))]
GroupInterval = Annotated[timedelta, *_between(timedelta(), timedelta(days=1))]
RepeatInterval = Annotated[timedelta, *_between(timedelta(minutes=5), timedelta(days=14))]
Pause = Annotated[timedelta, *_between(timedelta(minutes=2), timedelta(minutes=15))]
ResolveAfter = Annotated[timedelta, *_between(timedelta(minutes=1), timedelta(days=30))]


class RouteSection(Section):
    """Alerts for which all conditions hold belong to the service. The first route that matches counts."""

    match: list[Condition] = Field(
        min_length=1, max_length=50, description='Conditions on labels, such as `team =~ "pay.*"`.'
    )
    service: ServiceName | None = Field(
        default=None, description="The service; only a route with `continue: true` may leave it out."
    )
    severity: SeverityName | None = Field(default=None, description="The severity, whatever the alert says.")
    ladder: LadderName | None = Field(
        default=None, description="The ladder for every severity, instead of the service's."
    )
    group_by: list[LabelName] | None = Field(
        default=None,
        max_length=20,
        description="Alerts in which these labels are equal share an incident; `[]`: all of the route. "
        "Without it each alert has its own.",
    )
    group_wait: GroupWait | None = Field(
        default=None,
        description="So long the first page of a group waits for the group's other alerts; not with `sev1`.",
    )
    group_wait_sev1: GroupWait | None = Field(
        default=None, description="So long the first page waits for others even with `sev1`."
    )
    group_interval: GroupInterval | None = Field(
        default=None, description="New alerts of a group are told in its thread at most so often."
    )
    repeat_interval: RepeatInterval | None = Field(
        default=None, description="What still fires is said again in the thread so often."
    )
    ticket: RouteTicket | None = Field(
        default=None, description="What is different about the tickets; `false`: there are none."
    )
    pause: Pause | None = Field(
        default=None, description="What clears within this time pages nobody; not with `sev1`."
    )
    limit: Flood | None = Field(
        default=None,
        description="What is more becomes one storm incident; `sev1` counts apart. Else that of `defaults`.",
    )
    resolve_after: ResolveAfter | None = Field(
        default=None, description="An alert that was not told again for so long counts as cleared."
    )
    goes_on: bool = Field(
        default=False,
        alias="continue",
        description="Whether the next routes count as well; what they leave out is as it was said here.",
    )

    @model_validator(mode="after")
    def _leads_somewhere(self) -> Self:
        if self.service is None and not self.goes_on:
            wrong("names no service", "Add `service: …`, or `continue: true` so that the next routes count.")
        return self


def route(section: RouteSection, ladders: Mapping[str, Ladder]) -> Route:
    """The domain's route."""
    most = section.limit
    return Route(
        matchers=tuple(section.match),
        service=ServiceId(section.service) if section.service else None,
        severity=section.severity,
        goes_on=section.goes_on,
        handling=Handling(
            ladder=ladders[section.ladder] if section.ladder else None,
            group_by=tuple(section.group_by) if section.group_by is not None else None,
            group_wait=section.group_wait,
            group_wait_sev1=section.group_wait_sev1,
            group_interval=section.group_interval,
            repeat_interval=section.repeat_interval,
            ticket=_ticket(section.ticket) if section.ticket else None,
            pause=section.pause,
            limit=Limit(most=most[0], per=most[1], route=_named(section)) if most else None,
            resolve_after=section.resolve_after,
        ),
    )


def _named(section: RouteSection) -> str:
    """What a route is called that has no name: the same as long as it asks for the same."""
    asked = "\n".join(map(str, section.match))
    return hashlib.sha256(asked.encode()).hexdigest()[:16]


def _ticket(section: RouteTicketSection) -> TicketChange:
    return TicketChange(
        wanted=section.wanted,
        project=section.project,
        issue_type=section.type,
        labels=tuple(section.labels) if section.labels is not None else None,
        components=tuple(section.components) if section.components is not None else None,
    )
