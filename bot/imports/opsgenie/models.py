"""What Opsgenie's REST API v2 and its configuration backup say of users, teams, schedules and escalations."""

from typing import Annotated, ClassVar

from pydantic import AliasChoices, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from bot.imports.record import Instant, Many
from bot.imports.record import Record as AnyRecord


def _word(value: object) -> object:
    """The API writes `time-of-day`, libraries write `TIME_OF_DAY`."""
    return value.lower().replace("_", "-") if isinstance(value, str) else value


Word = Annotated[str, BeforeValidator(_word)]


class Record(AnyRecord):
    """Opsgenie writes its keys `likeThis`."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class Recipient(Record):
    """Somebody or something that is notified, or takes turns; `none` is nobody."""

    ignored: ClassVar = frozenset({"links"})

    type: Word = "user"
    id: str | None = None
    name: str | None = None
    username: str | None = None


class Delay(Record):
    """An amount of time; minutes when nothing else is said."""

    amount: int = Field(
        default=0, ge=0, le=1_000_000, validation_alias=AliasChoices("timeAmount", "minutes", "amount")
    )
    unit: Word = Field(default="minutes", validation_alias=AliasChoices("timeUnit", "unit"))

    @property
    def minutes(self) -> int:
        """It in minutes."""
        sizes = {"hours": 60, "days": 1440, "weeks": 10_080}
        return self.amount * sizes.get(self.unit, 1)


class Contact(Record):
    """A way to reach a user."""

    ignored: ClassVar = frozenset({"id", "enabled", "status", "disabledReason", "contactMethod"})

    method: Word | None = None
    to: str | None = None


class Step(Record):
    """After that long by that way."""

    ignored: ClassVar = frozenset({"id", "_parent", "parent"})

    contact: Contact | None = None
    method: Word | None = None
    send_after: Delay | None = None
    enabled: bool = True


class NotificationRule(Record):
    """What a user is told of, and how."""

    ignored: ClassVar = frozenset(
        {"id", "name", "order", "_parent", "notificationTime", "timeRestriction", "criteria", "schedules"}
    )

    action_type: Word | None = None
    enabled: bool = True
    steps: Many[Step] = Field(default_factory=list)
    repeat: dict[str, object] | None = None


class User(Record):
    """A user; the username is the e-mail address."""

    ignored: ClassVar = frozenset(
        {
            *("role", "locale", "createdAt", "userAddress", "tags", "details", "skypeUsername", "links"),
            *("expandable", "userContacts", "userRole", "_readOnly", "mutedUntil", "hasCustomRole"),
            *("customRoleName", "invitationDisabled", "accountId"),
        }
    )

    id: str
    username: str | None = None
    full_name: str | None = None
    time_zone: str | None = Field(default=None, validation_alias=AliasChoices("timeZone", "timezone"))
    blocked: bool | None = None
    verified: bool | None = None
    notification_rules: Many[NotificationRule] = Field(
        default_factory=list,
        validation_alias=AliasChoices("notificationRuleList", "notificationRules", "notification_rules"),
    )


class Hours(Record):
    """From one moment of the day or week until another."""

    start_day: Word | None = None
    start_hour: int = Field(default=0, ge=0, le=24)
    start_min: int = Field(default=0, ge=0, le=59)
    end_day: Word | None = None
    end_hour: int = Field(default=0, ge=0, le=24)
    end_min: int = Field(default=0, ge=0, le=59)


class Restriction(Record):
    """When a rotation or a rule counts: one span of every day, or several of the week."""

    type: Word = "user"
    restriction: Hours | None = None
    restrictions: Many[Hours] = Field(default_factory=list)


class Rotation(Record):
    """Participants who take turns."""

    ignored: ClassVar = frozenset({"id", "order", "enabled", "_parent", "parent"})

    name: str | None = None
    start_date: Instant
    end_date: Instant | None = None
    type: Word = "weekly"
    length: int = Field(default=1, ge=1, le=10_000)
    participants: Many[Recipient] = Field(default_factory=list)
    time_restriction: Restriction | None = None


class Override(Record):
    """Somebody else for some time; in some rotations only, where they are named."""

    ignored: ClassVar = frozenset({"alias", "_parent", "parent"})

    user: Recipient | None = None
    start_date: Instant
    end_date: Instant
    rotations: Many[dict[str, object]] = Field(default_factory=list)


class Owner(Record):
    """The team that something belongs to."""

    id: str | None = None
    name: str | None = None


class Schedule(Record):
    """A schedule; without rotations where they were not asked for."""

    ignored: ClassVar = frozenset({"description", "links", "expandable"})

    id: str
    name: str | None = None
    timezone: str | None = Field(default=None, validation_alias=AliasChoices("timezone", "timeZone"))
    enabled: bool = True
    owner_team: Owner | None = None
    rotations: list[Rotation] | None = None
    overrides: Many[Override] = Field(
        default_factory=list, validation_alias=AliasChoices("overrides", "scheduleOverrideList")
    )


class Period(Record):
    """Somebody's turn, as Opsgenie has worked it out."""

    ignored: ClassVar = frozenset({"type", "flattenedRecipients", "fromUsers", "duration"})

    start_date: Instant
    end_date: Instant
    recipient: Recipient | None = None


class Line(Record):
    """The periods of one rotation."""

    ignored: ClassVar = frozenset({"id", "name", "order"})

    periods: Many[Period] = Field(default_factory=list)


class Lines(Record):
    """All rotations of a timeline."""

    rotations: Many[Line] = Field(default_factory=list)


class Timeline(Record):
    """Who is on call when, with overrides and forwarding."""

    ignored: ClassVar = frozenset(
        {"startDate", "endDate", "baseTimeline", "overrideTimeline", "forwardingTimeline", "description"}
    )

    parent: Owner | None = Field(default=None, validation_alias=AliasChoices("_parent", "parent"))
    final_timeline: Lines


class Rule(Record):
    """Whom to notify, so long after the alert began, if it still is not acknowledged or closed."""

    ignored: ClassVar = frozenset({"id", "isHighPriority"})

    condition: Word = "if-not-acked"
    notify_type: Word = "default"
    delay: Delay = Field(default_factory=Delay)
    recipient: Recipient


class Repeat(Record):
    """How often the rules begin again, and after how many minutes."""

    wait_interval: int = Field(default=0, ge=0, le=100_000)
    count: int = Field(default=0, ge=0, le=1000)
    reset_recipient_states: bool | None = None
    close_alert_after_all: bool | None = None


class Escalation(Record):
    """An escalation."""

    ignored: ClassVar = frozenset({"description", "links"})

    id: str
    name: str | None = None
    owner_team: Owner | None = None
    rules: Many[Rule] = Field(default_factory=list)
    repeat: Repeat | None = None


class Member(Record):
    """Somebody in a team; `admin` or `user`."""

    user: Recipient
    role: Word = "user"


class RoutingRule(Record):
    """Which alerts of a team go where."""

    ignored: ClassVar = frozenset({"id", "order", "links", "timezone"})

    name: str | None = None
    is_default: bool | None = None
    criteria: dict[str, object] | None = None
    time_restriction: Restriction | None = None
    notify: Recipient | None = None


class Team(Record):
    """A team."""

    ignored: ClassVar = frozenset({"description", "links", "teamRoles"})

    id: str
    name: str | None = None
    members: Many[Member] = Field(default_factory=list)
    routing_rules: Many[RoutingRule] = Field(
        default_factory=list,
        validation_alias=AliasChoices("teamRoutingRules", "routingRules", "routing_rules"),
    )


class Service(Record):
    """A service of a team."""

    ignored: ClassVar = frozenset({"description", "tags", "visibility", "links", "isExternal"})

    id: str
    name: str | None = None
    team_id: str | None = None
