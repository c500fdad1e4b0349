"""What `tocsin.yaml` may say about ladders: rungs, targets, conditions, quorums."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, PlainValidator, ValidationInfo, model_validator

from bot.config.references import (
    CalendarName,
    LadderName,
    PersonName,
    ScheduleName,
    Wait,
    WebhookName,
    known,
    person_named,
    schedule_named,
)
from bot.config.section import Section, require
from bot.config.values import Channel, Group, SeverityName, Shape, hours, spoken, within, wrong
from bot.domain.ladder import Otherwise, Which
from bot.domain.people import MethodKind

MOST_IN_TURN = 50
KINDS = ("person", "schedule", "group", "channel", "webhook", "ladder", "round_robin")
EXAMPLES = 'Write `- person: ann`, `- schedule: primary` or `- channel: "#ops"`.'


@dataclass(frozen=True, kw_only=True, slots=True)
class Turns:
    """Those among whom a round robin goes: people, or everyone of a schedule."""

    people: tuple[str, ...] = ()
    schedule: str | None = None


def _turns(value: object, info: ValidationInfo) -> Turns:
    if isinstance(value, Mapping):
        if set(value) != {"schedule"}:
            wrong("must name people or one schedule", "Write `[ann, bob]` or `{schedule: primary}`.")
        return Turns(schedule=schedule_named(value["schedule"], info))
    if not isinstance(value, list) or not value:
        wrong("must name people or one schedule", "Write `[ann, bob]` or `{schedule: primary}`.")
    if len(value) > MOST_IN_TURN:
        wrong(f"more than {MOST_IN_TURN} people take turns", f"Name at most {MOST_IN_TURN}.")
    people = tuple(person_named(each, info) for each in value)
    if len(set(people)) < len(people):
        wrong("somebody stands in this round robin twice", "Name each person once.")
    return Turns(people=people)


def _quorum(value: object, info: ValidationInfo) -> int | tuple[str, ...]:
    if isinstance(value, list):
        roles = tuple(schedule_named(each, info) for each in value)
        if not 1 <= len(roles) <= 10 or len(set(roles)) < len(roles):
            wrong("must name one to ten different schedules", "Write `[primary, commander]`, or a number.")
        return roles
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 10:
        wrong("must be a number of people, or schedules", "Write `2`, or `[primary, commander]`.")
    return value


def _one_or_more(value: object) -> object:
    return value if isinstance(value, list) else [value]


def _target(value: object) -> object:
    """`"person: ann"` in quotes means the same as without."""
    if isinstance(value, str) and ":" in value:
        kind, _, name = value.partition(":")
        return {kind.strip(): name.strip()}
    return value


class TargetSection(Section):
    """Somebody to page: `person: ann`, `schedule: primary`, `channel: "#ops"` or another of these keys."""

    person: PersonName | None = Field(default=None, description="One person.")
    schedule: ScheduleName | None = Field(
        default=None, description="Whoever is on call there at that moment."
    )
    group: Group | None = Field(default=None, description="Everyone in a Slack user group.")
    channel: Channel | None = Field(default=None, description="A loud message to everyone in a channel.")
    webhook: WebhookName | None = Field(default=None, description="A machine that is told.")
    ladder: LadderName | None = Field(
        default=None, description="The rungs of another ladder; this rung's wait follows its last one."
    )
    round_robin: (
        Annotated[
            Turns, PlainValidator(_turns), Shape("a list of people, or `{schedule: …}` for everyone of it")
        ]
        | None
    ) = Field(default=None, description="One of them at a time: each incident the next one.")
    which: Which | None = Field(
        default=None,
        strict=False,
        description="With `schedule`: who is on call `now`, who is `next`, or `everyone` who takes turns; "
        "without it `now`.",
    )
    by: Literal["turn", "least-paged"] = Field(
        default="turn", description="With `round_robin`: in turn, or whoever was paged least."
    )
    every: Wait | None = Field(
        default=None,
        description="With `round_robin`: after that time the next one is paged too, within the rung.",
    )

    @model_validator(mode="after")
    def _one(self, info: ValidationInfo) -> Self:
        kinds = [kind for kind in KINDS if kind in self.model_fields_set]
        if len(kinds) != 1:
            wrong("must name one target", EXAMPLES)
        for key, kind in (("which", "schedule"), ("by", "round_robin"), ("every", "round_robin")):
            if key in self.model_fields_set and kinds != [kind]:
                wrong(f"`{key}` means nothing here", f"It belongs to `{kind}:`; remove it.")
        if self.channel or self.group:
            require(MethodKind.SLACK, known(info))
        return self


Target = Annotated[TargetSection, BeforeValidator(_target)]


class ConditionSection(Section):
    """When a rung counts. All that is given must hold."""

    severity: Annotated[list[SeverityName], BeforeValidator(_one_or_more)] | None = Field(
        default=None, min_length=1, max_length=4, description="For these severities only."
    )
    during: CalendarName | None = Field(default=None, description="While that calendar is open.")
    outside: CalendarName | None = Field(default=None, description="While that calendar is closed.")
    local: (
        Annotated[tuple[time, time], PlainValidator(hours), Shape('hours such as `"08:00-22:00"`')] | None
    ) = Field(default=None, description="On the own clock of each person who would be paged.")

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not self.model_fields_set:
            wrong("says nothing", "Give `severity`, `during`, `outside` or `local`, or remove it.")
        if self.during is not None and self.during == self.outside:
            wrong(
                f"`{self.during}` is never open and closed at once, so that this can never hold",
                "Remove `during` or `outside`, or name another calendar.",
            )
        return self


class RungSection(Section):
    """Whom to page at the same moment, and how long to wait for an answer."""

    targets: list[Target] = Field(min_length=1, max_length=50, description="Whom to page.")
    wait: Wait = Field(default="5m", validate_default=True, description="The time until the next rung.")
    wait_in: CalendarName | None = Field(
        default=None, description="Only time in which that calendar is open counts as waiting."
    )
    when: ConditionSection | None = Field(
        default=None, description="When the rung counts; without it always."
    )
    otherwise: Otherwise = Field(
        default=Otherwise.SKIP,
        alias="else",
        strict=False,
        description="When it does not: `skip` it, or `hold` it until it does, seven days at the longest.",
    )

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if "otherwise" in self.model_fields_set and self.when is None:
            wrong("`else` without `when` means nothing", "Add `when:`, or remove `else:`.")
        turns = [target.every for target in self.targets if target.every is not None]
        if len(set(turns)) > 1:
            wrong("its round robins turn at different times", "Give them the same `every:`.")
        if turns and turns[0] >= self.wait:
            wrong(
                f"a round robin that turns every {spoken(turns[0])} never turns in {spoken(self.wait)}",
                "Make `every:` shorter than `wait:`.",
            )
        if sum(target.ladder is not None for target in self.targets) > 1:
            wrong("names two ladders", "Give each ladder a rung of its own.")
        return self


class LadderSection(Section):
    """Rungs that are climbed from the first to the last until somebody acknowledges."""

    rungs: list[RungSection] = Field(min_length=1, max_length=20, description="The rungs, in order.")
    rounds: int = Field(default=1, ge=1, le=10, description="How often the ladder is climbed.")
    delay: Annotated[
        timedelta,
        PlainValidator(within(timedelta(), timedelta(days=7))),
        Shape("a duration, `0s` to `7d`"),
    ] = Field(default="0s", validate_default=True, description="How long a new incident may clear by itself.")
    acknowledgements: Annotated[
        int | tuple[str, ...],
        PlainValidator(_quorum),
        Shape("a number, `1` to `10`, or a list of schedules"),
    ] = Field(
        default=1,
        description="How many people must acknowledge, or whoever is on call for each of these schedules.",
    )

    @model_validator(mode="after")
    def _roles_are_paged(self) -> Self:
        targets = [target for rung in self.rungs for target in rung.targets]
        if isinstance(self.acknowledgements, int) or any(target.ladder for target in targets):
            return self
        paged = {target.schedule for target in targets}
        for role in self.acknowledgements:
            if role not in paged:
                wrong(
                    f"`{role}` must acknowledge, but no rung pages that schedule",
                    f"Add `- schedule: {role}` to a rung.",
                )
        return self
