"""The draft: what every product's export is translated into, before it is written as a `tocsin.yaml`."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from bot.domain.calendar import Window
from bot.domain.schedule import Rotation
from bot.imports.note import NOWHERE, Place
from bot.imports.workspace import Absence

SEVERITIES = ("sev1", "sev2", "sev3", "sev4")


@dataclass(frozen=True, kw_only=True, slots=True)
class Method:
    """A way to reach somebody, and how long after the page. `instead_of` is what it stands in for."""

    kind: Literal["slack", "email"]
    delay: timedelta
    instead_of: str = ""


@dataclass(kw_only=True, slots=True)
class Human:
    """A person. `methods` is None where the export says nothing about them; `quiet` likewise.

    `absence` is why they have no Slack user id; `unlisted`: they have one that Slack does not list. The other
    product had no rule for them (`unruled`), or did not let them in any more (`blocked`).
    """

    key: str
    name: str
    email: str | None = None
    slack: str | None = None
    zone: str | None = None
    methods: tuple[Method, ...] | None = None
    quiet: tuple[Method, ...] | None = None
    absence: Absence = Absence.UNASKED
    unlisted: bool = False
    unruled: bool = False
    blocked: bool = False
    place: Place = NOWHERE


@dataclass(frozen=True, kw_only=True, slots=True)
class Ical:
    """A layer that is kept elsewhere."""

    url: str
    level: int | None = None
    name: str = ""


@dataclass(kw_only=True, slots=True)
class Plan:
    """A schedule."""

    key: str
    name: str
    zone: str
    layers: list[Rotation | Ical]
    group: str | None = None
    channel: str | None = None
    comments: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True, slots=True)
class Aim:
    """A target, as it is written: `{kind: name}` and what else belongs to it."""

    kind: Literal["person", "schedule", "group", "channel", "webhook", "ladder", "round_robin"]
    name: str = ""
    which: Literal["now", "next", "everyone"] = "now"
    people: tuple[str, ...] = ()
    schedule: str = ""


@dataclass(kw_only=True, slots=True)
class Step:
    """A rung. `during` is the calendar in which it counts; `hold` waits for it to open."""

    aims: list[Aim]
    wait: timedelta
    during: str | None = None
    hold: bool = False


@dataclass(kw_only=True, slots=True)
class Climb:
    """A ladder."""

    key: str
    name: str
    steps: list[Step]
    rounds: int = 1
    delay: timedelta = timedelta()
    comments: list[str] = field(default_factory=list)


@dataclass(kw_only=True, slots=True)
class Subject:
    """A service. A time-out that is None means that acknowledgements last.

    `urgency` is that of all its incidents where the product says so; None where it came from each alert.
    """

    key: str
    name: str
    ladder: str
    channel: str | None = None
    timeouts: dict[str, timedelta | None] = field(default_factory=dict)
    urgency: Literal["high", "low"] | None = None
    comments: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True, slots=True)
class Hours:
    """A calendar."""

    key: str
    zone: str
    windows: tuple[Window, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Hook:
    """A webhook that a ladder may call."""

    key: str
    url: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Stand:
    """Somebody's turn as the other product says it; `person` is a key, None what is nobody of ours."""

    person: str | None
    since: datetime
    until: datetime


@dataclass(kw_only=True)
class Draft:
    """Everything that was translated. The lists keep the order of the export.

    `severity` is that of alerts that tell none: urgent, so that nobody sleeps through what used to ring.
    """

    product: str
    severity: str = "sev2"
    people: list[Human] = field(default_factory=list)
    schedules: list[Plan] = field(default_factory=list)
    ladders: list[Climb] = field(default_factory=list)
    services: list[Subject] = field(default_factory=list)
    calendars: list[Hours] = field(default_factory=list)
    webhooks: list[Hook] = field(default_factory=list)
    rendered: dict[str, list[Stand]] = field(default_factory=dict)
    overrides: dict[str, list[Stand]] = field(default_factory=dict)
    known_from: dict[str, datetime] = field(default_factory=dict)

    def wanted(self) -> Iterator[str]:
        """The people whom schedules and ladders name."""
        for plan in self.schedules:
            for layer in plan.layers:
                if isinstance(layer, Rotation):
                    yield from (person for turn in layer.turns for person in turn)
        for climb in self.ladders:
            for aim in (aim for step in climb.steps for aim in step.aims):
                yield from aim.people
                if aim.kind == "person":
                    yield aim.name

    def where(self, person: str) -> tuple[str, ...]:
        """The schedules and the ladders that name somebody, as people say it."""
        layers = [(plan.key, layer) for plan in self.schedules for layer in plan.layers]
        turns = [(key, turn) for key, one in layers if isinstance(one, Rotation) for turn in one.turns]
        aims = [(climb.key, aim) for climb in self.ladders for step in climb.steps for aim in step.aims]
        named = [f"schedule `{key}`" for key, turn in turns if person in turn]
        named += [
            f"ladder `{key}`"
            for key, aim in aims
            if person in aim.people or (aim.kind == "person" and aim.name == person)
        ]
        return tuple(dict.fromkeys(named))
