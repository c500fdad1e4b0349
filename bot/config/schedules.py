"""What `tocsin.yaml` may say about time: calendars, and schedules with their layers."""

from datetime import date
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, model_validator

from bot.config.references import CalendarName, Member, Turn
from bot.config.section import Section
from bot.config.values import (
    Ahead,
    Channel,
    Day,
    Feed,
    Group,
    Hours,
    Shift,
    TimeOfDay,
    Title,
    Weekday,
    Zone,
    wrong,
)

EXAMPLE_LAYER = '`{people: [ann, bob], start: 2026-01-05, handoff: "09:00"}`'


def _listed(value: object) -> object:
    """One mapping means a list of one."""
    return [value] if isinstance(value, dict) else value


def _none(value: object) -> object:
    return None if value == "none" else value


class CalendarSection(Section):
    """Hours of the week that count, such as those in which an office is open."""

    zone: Zone = Field(description="The time zone of its clock.")
    days: list[Weekday] = Field(
        default_factory=list, min_length=1, max_length=7, description="The days; without it every day."
    )
    hours: Hours = Field(
        default="00:00-24:00",
        validate_default=True,
        description="Their hours; those that go past midnight belong to the day on which they begin.",
    )
    holidays: list[Day] = Field(
        default_factory=list, max_length=1000, description="Days on which it does not open."
    )


class OnlySection(Section):
    """Days and hours on the clock of the layer's zone, or those of a calendar."""

    days: list[Weekday] = Field(
        default_factory=list, min_length=1, max_length=7, description="The days; without it every day."
    )
    hours: Hours = Field(
        default="00:00-24:00",
        validate_default=True,
        description="Their hours; those that go past midnight belong to the day on which they begin.",
    )
    calendar: CalendarName | None = Field(
        default=None,
        description="Instead of both: while that calendar is open, which also knows holidays. It has the "
        "zone of the layer.",
    )

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        besides = sorted(self.model_fields_set - {"calendar"})
        if self.calendar is not None and besides:
            wrong(
                f"`calendar` says when, and `{besides[0]}` says it too",
                f"Remove `{besides[0]}:`, or make two windows of it.",
            )
        return self


class LayerSection(Section):
    """People who take turns, or a calendar that is kept elsewhere. Before `start` nobody is on call."""

    name: Title | None = Field(default=None, description="The name to show.")
    zone: Zone | None = Field(
        default=None, description="The time zone of its times; without it the schedule's."
    )
    people: list[Turn] | None = Field(
        default=None,
        min_length=1,
        max_length=100,
        description="Who, in this order; several in brackets take their turn together.",
    )
    start: Day | None = Field(default=None, description="The day of the first hand-off.")
    handoff: TimeOfDay | None = Field(
        default=None, description="When turns change, on the clocks of its zone."
    )
    shift: Shift = Field(default="7d", validate_default=True, description="How long a turn lasts.")
    until: Day | None = Field(
        default=None,
        description="The day of the last hand-off; from then on nobody is on call in this layer.",
    )
    only: Annotated[list[OnlySection], BeforeValidator(_listed)] = Field(
        default_factory=list,
        max_length=20,
        description="When the layer counts; one mapping or a list. Without it always.",
    )
    level: int | None = Field(
        default=None,
        ge=1,
        le=100,
        description="Layers of one level are on call together, and a higher one wins; "
        "without it the place in the list: 1, 2, 3 …",
    )
    ical: Feed | None = Field(
        default=None, description="Instead of `people`: a calendar whose events say who is on call."
    )

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.ical is not None:
            self._nothing_but_the_calendar()
            return self
        missing = [f"`{key}`" for key in ("people", "start", "handoff") if getattr(self, key) is None]
        if missing:
            verb = "is" if len(missing) == 1 else "are"
            wrong(
                f"{' and '.join(missing)} {verb} missing",
                f"A layer looks like {EXAMPLE_LAYER}; a calendar that is kept elsewhere has `ical:` alone.",
            )
        if self.until is not None and self.until <= (self.start or date.max):
            wrong(
                f"it ends on {self.until}, and begins on {self.start} only",
                "Write a later day as `until:`, or remove the layer.",
            )
        return self

    def _nothing_but_the_calendar(self) -> None:
        besides = sorted(self.model_fields_set - {"ical", "name", "level"})
        if besides:
            wrong(
                f"`ical` says who is on call when, and `{besides[0]}` says it too",
                f"Remove `{besides[0]}:`, or make two layers of it.",
            )


class AnnounceSection(Section):
    """What people are told of a schedule, without having asked."""

    handoffs: bool = Field(
        default=True, description="Who comes and who goes: in the channel, and to both in private."
    )
    heads_up: Annotated[list[Ahead] | None, BeforeValidator(_none)] = Field(
        default=["1d", "1h"],
        validate_default=True,
        max_length=5,
        description="How long before their shift people are told in private; `none` for never.",
    )
    gaps: bool = Field(
        default=True,
        description="When nobody will be on call: each gap a week and a day ahead, and a Monday report.",
    )


class ScheduleSection(Section):
    """Who is on call when."""

    name: Title | None = Field(default=None, description="The name to show; without it the key.")
    zone: Zone = Field(description="The time zone of its hand-offs.")
    group: Group | None = Field(default=None, description="The Slack user group that follows it.")
    channel: Channel | None = Field(default=None, description="Where hand-offs and gaps are announced.")
    leads: list[Member] = Field(
        default_factory=list, max_length=50, description="Who may change anybody's shifts from Slack."
    )
    members: list[Member] = Field(
        default_factory=list,
        max_length=100,
        description="Who else may take its shifts; those whom its layers name may anyway.",
    )
    announce: AnnounceSection = Field(
        default_factory=AnnounceSection, description="What people are told of it."
    )
    layers: list[LayerSection] = Field(
        min_length=1, max_length=20, description="Layers; a later one wins over an earlier one."
    )
