"""What may stand in `tocsin.yaml`, section by section; the reference is made from these models."""

from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    AliasChoices,
    Field,
    ValidationInfo,
    model_validator,
)

from bot.config.integrations import IntegrationSection
from bot.config.ladders import LadderSection
from bot.config.lessons import LessonSection
from bot.config.observables import ObservablesSection
from bot.config.people import LimitsSection, PersonSection
from bot.config.quiet import (
    HeartbeatSection,
    InhibitionSection,
    MaintenanceSection,
    differently_named,
    ending,
)
from bot.config.references import (
    LadderName,
    LadderOrNone,
    Member,
    Parser,
    ServiceName,
    WaitOrNone,
    known,
)
from bot.config.routes import Flood, RouteSection
from bot.config.schedules import CalendarSection, ScheduleSection
from bot.config.section import Section
from bot.config.tickets import Text, TicketSection
from bot.config.values import (
    Channel,
    Mention,
    Name,
    SeverityName,
    TimeOfDay,
    Title,
    Window,
    wrong,
)
from bot.config.webhooks import WebhookSection


class ServiceSection(Section):
    """What can break, and what is done about it."""

    name: Title | None = Field(default=None, description="The name to show; without it the key.")
    channel: Channel = Field(description="Where its incidents are shown.")
    ladder: LadderName = Field(description="The ladder that is climbed.")
    ladders: dict[SeverityName, LadderOrNone] = Field(
        default_factory=dict, description="Other ladders for some severities; `none` pages nobody."
    )
    catch_all: LadderName | None = Field(
        default=None,
        validation_alias=AliasChoices("catch_all", "exhausted"),
        description="The ladder after the last round (`exhausted` means the same).",
    )
    acknowledgement_timeouts: dict[SeverityName, WaitOrNone] = Field(
        default_factory=dict,
        description="After that long an acknowledged incident is triggered again; "
        "without it `sev1: 30m` and `sev2: 2h`, others `none`.",
    )
    reopen_window: Window = Field(
        default="30m",
        validate_default=True,
        description="For that long after the end the same alert opens the incident again, "
        "unless it only repeats what fired when somebody resolved it.",
    )
    mention: Mention | None = Field(default=None, description="Who is mentioned when a ladder is exhausted.")
    ticket: TicketSection | None = Field(default=None, description="Its tickets; without it there are none.")


class WatchSection(Section):
    """A channel whose alert messages are read."""

    channel: Channel = Field(description="The channel.")
    bots: list[Text] = Field(
        default_factory=list,
        max_length=50,
        description="Ids or names of the bots or apps that count; without it all of them.",
    )
    parser: Parser = Field(default="auto", description="How their messages are read.")
    service: ServiceName | None = Field(default=None, description="The service; wins over routes.")


class DefaultsSection(Section):
    """What counts when nothing else says so."""

    service: ServiceName | None = Field(
        default=None,
        description="The service of alerts that no route matches; may be missing when there is just one.",
    )
    severity: SeverityName = Field(
        default="sev3", validate_default=True, description="The severity of alerts that tell none."
    )
    limit: Flood = Field(
        default="50 in 2m",
        validate_default=True,
        description="For each service, what is a storm where no route has a `limit`.",
    )
    morning: TimeOfDay = Field(
        default="08:00",
        validate_default=True,
        description="When an acknowledgement “until morning” ends, on the clock of whoever gave it.",
    )
    limits: LimitsSection = Field(
        default=LimitsSection(),
        description="How many pages reach a person; when nothing is said one a minute by each way (`1/1m`).",
    )

    @model_validator(mode="after")
    def _unambiguous(self, info: ValidationInfo) -> Self:
        services = known(info).names.get("services", frozenset())
        if self.service is None and len(services) > 1:
            wrong(
                "the default service is missing",
                "Add `defaults: {service: …}`: it takes what no route matches.",
            )
        return self


class AuthoritySection(Section):
    """Who may do what. The people of this file are responders anyway."""

    acknowledge: Literal["members", "responders"] = Field(
        default="members", description="Whether every member may acknowledge, or responders only."
    )
    responders: list[Member] = Field(default_factory=list, description="Who else may act on incidents.")
    admins: list[Member] = Field(default_factory=list, description="Who may change what concerns everyone.")
    allowed_guests: list[Member] = Field(
        default_factory=list, description="Guests and people of other workspaces who count as members."
    )
    declares: Flood = Field(
        default="20 in 10m",
        validate_default=True,
        description="How many incidents one person may open by hand; those of `sev1` count apart.",
    )


class FileSection(Section):
    """Everything that the file may say."""

    people: dict[Name, PersonSection] = Field(
        default_factory=dict, description="Those who can be paged, by a short name."
    )
    calendars: dict[Name, CalendarSection] = Field(
        default_factory=dict, description="Hours that count, for ladders and layers."
    )
    schedules: dict[Name, ScheduleSection] = Field(default_factory=dict, description="Who is on call when.")
    ladders: dict[Name, LadderSection] = Field(min_length=1, description="Whom to page, in which order.")
    services: dict[Name, ServiceSection] = Field(min_length=1, description="What can break.")
    routes: list[RouteSection] = Field(
        default_factory=list, max_length=1000, description="Which service an alert belongs to."
    )
    inhibit: list[InhibitionSection] = Field(
        default_factory=list, max_length=200, description="Alerts that are quiet while another one fires."
    )
    maintenance: Annotated[
        list[MaintenanceSection], AfterValidator(differently_named), AfterValidator(ending)
    ] = Field(default_factory=list, max_length=200, description="Maintenance that recurs.")
    heartbeats: Annotated[list[HeartbeatSection], AfterValidator(differently_named)] = Field(
        default_factory=list, max_length=500, description="Signals that are missed when they do not come."
    )
    channels: list[WatchSection] = Field(
        default_factory=list, max_length=200, description="Channels whose alert messages are read."
    )
    integrations: dict[Name, IntegrationSection] = Field(
        default_factory=dict, max_length=500, description="What posts alerts to addresses of ours."
    )
    lessons: dict[Name, LessonSection] = Field(
        default_factory=dict, description="How messages of bots are read that somebody taught."
    )
    observables: ObservablesSection = Field(
        default=ObservablesSection(), description="What alerts name, and which of it is one's own."
    )
    webhooks: dict[Name, WebhookSection] = Field(
        default_factory=dict, description="Machines that ladders may page."
    )
    defaults: DefaultsSection = Field(
        default_factory=dict, validate_default=True, description="What counts when nothing else says so."
    )
    authority: AuthoritySection = Field(default=AuthoritySection(), description="Who may do what.")
    allow_short_waits: bool = Field(
        default=False, description="Permits waits from `1s` on, for trials; never where people sleep."
    )
