"""What `tocsin.yaml` may say about people: how they are reached, and what need not wake them."""

import re
from datetime import timedelta
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, PlainValidator, ValidationInfo, model_validator

from bot.config.problem import printable
from bot.config.references import known
from bot.config.section import WAYS, Section, require
from bot.config.values import (
    Delay,
    Email,
    SeverityName,
    Shape,
    SlackUser,
    Title,
    Zone,
    duration,
    hours,
    spoken,
    text,
    wrong,
)
from bot.domain.alert import Severity
from bot.domain.calendar import Window
from bot.domain.people import Limit, MethodKind

LIMIT = re.compile(r"([1-9][0-9]{0,2})\s*/\s*(\S+)")
SHORTEST, LONGEST = timedelta(minutes=1), timedelta(hours=1)
LONGEST_QUIET = timedelta(hours=16)
MOST_LIMITS = 5


def _pair(value: object) -> object:
    """`slack` means `slack: 0s`."""
    return {value: "0s"} if isinstance(value, str) else value


class ContactSection(Section):
    """One way to reach a person, and how long after the page it is used: `slack: 0s` or `email: 2m`."""

    slack: Delay | None = Field(default=None, description="A direct message in Slack.")
    email: Delay | None = Field(default=None, description="An e-mail.")

    @model_validator(mode="after")
    def _one(self, info: ValidationInfo) -> Self:
        if len(self.model_fields_set) != 1:
            wrong("must name one way to reach somebody", "Write `- slack: 0s` or `- email: 2m`.")
        require(self.kind, known(info))
        return self

    @property
    def kind(self) -> MethodKind:
        """Which way it is."""
        return MethodKind.SLACK if self.slack is not None else MethodKind.EMAIL

    @property
    def delay(self) -> timedelta:
        """How long after the page it is used."""
        return self.slack or self.email or timedelta()


Contact = Annotated[ContactSection, BeforeValidator(_pair)]


def _limit(value: object) -> Limit:
    """`5/15m`."""
    written = text(value, "`5/15m`")
    found = LIMIT.fullmatch(written.strip())
    if found is None:
        wrong(f"`{printable(written)}` is no limit", "Write how many in which time: `5/15m`, `1/1m`.")
    span = duration(found[2])
    if not SHORTEST <= span <= LONGEST:
        wrong(
            f"a limit over {spoken(span)} is out of range",
            f"Choose {spoken(SHORTEST)} to {spoken(LONGEST)}: pages wait that long at most.",
        )
    return Limit(count=int(found[1]), span=span)


def _limits(value: object) -> tuple[Limit, ...]:
    """One limit, or several that all hold, or `none`."""
    if value == "none":
        return ()
    listed = value if isinstance(value, list) else [value]
    if not 1 <= len(listed) <= MOST_LIMITS:
        wrong(f"there are {len(listed)} limits", f"Write one to {MOST_LIMITS}, or `none`.")
    return tuple(_limit(each) for each in listed)


Limits = Annotated[
    tuple[Limit, ...],
    PlainValidator(_limits),
    Shape("how many in which time, `5/15m`; a list of such; or `none`"),
]


class LimitsSection(Section):
    """How many pages by one way reach a person in a time; what would be more is told in the next one."""

    slack: Limits | None = Field(default=None, description="Direct messages in Slack.")
    email: Limits | None = Field(default=None, description="E-mails.")

    @property
    def by_kind(self) -> dict[MethodKind, tuple[Limit, ...]]:
        """The limits that are given here."""
        given = {MethodKind.SLACK: self.slack, MethodKind.EMAIL: self.email}
        return {kind: limits for kind, limits in given.items() if limits is not None}


def _quiet_hours(value: object) -> Window:
    """`22:00-07:00`."""
    begin, end = hours(value)
    window = Window(begin=begin, end=end)
    minutes = (end.hour * 60 + end.minute - begin.hour * 60 - begin.minute) % (24 * 60) or 24 * 60
    if timedelta(minutes=minutes) > LONGEST_QUIET:
        wrong(
            f"quiet hours of {spoken(timedelta(minutes=minutes))} are too long",
            f"Leave at least 8h of the day for pages; {spoken(LONGEST_QUIET)} is the most.",
        )
    return window


QuietHours = Annotated[Window, PlainValidator(_quiet_hours), Shape('hours such as `"22:00-07:00"`')]


class QuietSection(Section):
    """How somebody is paged for what need not wake them."""

    severities: list[SeverityName] = Field(
        default=["sev3", "sev4"],
        validate_default=True,
        min_length=1,
        max_length=len(Severity),
        description="The severities that need not wake them.",
    )
    methods: list[Contact] | None = Field(
        default=None,
        min_length=1,
        max_length=10,
        description="How they are paged then; without it as usual.",
    )
    hours: QuietHours | None = Field(
        default=None,
        description="When such pages wait, on the clocks of their zone: they come at the end of it.",
    )

    @model_validator(mode="after")
    def _useful(self) -> Self:
        if self.methods is None and self.hours is None:
            wrong(
                "it says neither how nor when they are paged, so it would change nothing",
                'Add `hours: "22:00-07:00"`, or `methods: [email]`, or remove it.',
            )
        return self


class PersonSection(Section):
    """Somebody who can be paged and may act on incidents."""

    name: Title = Field(description="The name that others see.")
    slack: SlackUser | None = Field(default=None, description="Their member id in Slack.")
    email: Email | None = Field(default=None, description="Their address.")
    zone: Zone = Field(default="UTC", description="Their time zone.")
    methods: list[Contact] | None = Field(
        default=None,
        min_length=1,
        max_length=10,
        description="How they are paged; without it Slack at once, then e-mail after a minute.",
    )
    quiet: QuietSection | None = Field(
        default=None, description="What need not wake them; without it every page comes at once."
    )
    limits: LimitsSection = Field(
        default=LimitsSection(), description="Other limits for them than those in `defaults`."
    )

    @model_validator(mode="after")
    def _reachable(self, info: ValidationInfo) -> Self:
        has = {kind for kind, value in zip(MethodKind, (self.slack, self.email), strict=True) if value}
        if not has:
            wrong("can't be reached: there is neither a Slack user id nor an e-mail address", "Add `slack:`.")
        for method in (*(self.methods or ()), *((self.quiet.methods or ()) if self.quiet else ())):
            if method.kind not in has:
                kind = method.kind.value
                wrong(
                    f"is to be reached by {kind}, but has no `{kind}:`", f"Add `{kind}:` or drop the method."
                )
        context = known(info)
        if context.paging is not None and not has & context.paging:
            name, variable = WAYS[min(has)]
            wrong(f"can only be reached by {name}, which is not configured", f"Set `{variable}`.")
        return self
