"""What PagerDuty's REST API v2 says of users, schedules, escalation policies and services."""

from typing import ClassVar

from pydantic import Field

from bot.imports.record import Instant, Many, Record

SEEN = frozenset({"self", "html_url", "summary", "type", "description", "teams", "created_at", "updated_at"})


class Reference(Record):
    """`{"id": …, "type": "user_reference", "summary": "Ann Lee"}`, or the object itself."""

    id: str
    type: str | None = None
    summary: str | None = None
    name: str | None = None

    def unknown(self) -> list[str]:  # type: ignore[override]  # whole objects may stand there
        """What else a reference says is of no interest."""
        return []


class ContactMethod(Record):
    """A way to reach a user."""

    ignored: ClassVar = SEEN | {
        *(
            "address",
            "label",
            "send_short_email",
            "send_html_email",
            "country_code",
            "enabled",
            "blacklisted",
        ),
        *("device_type", "sounds", "user"),
    }

    id: str | None = None
    type: str | None = None


class NotificationRule(Record):
    """After so many minutes a user is reached by that way."""

    ignored: ClassVar = SEEN | {"id"}

    start_delay_in_minutes: int = 0
    urgency: str | None = None
    contact_method: ContactMethod | None = None


class User(Record):
    """A user, with `include[]=contact_methods` and `include[]=notification_rules` if they were asked for."""

    ignored: ClassVar = SEEN | {
        *("avatar_url", "color", "role", "invitation_sent", "job_title", "coordinated_incidents", "billed"),
        *("locale", "oncall_handoff_notification_rules", "status_update_notification_rules", "license"),
    }

    id: str
    name: str | None = None
    summary: str | None = None
    email: str | None = None
    time_zone: str | None = None
    contact_methods: Many[ContactMethod] = Field(default_factory=list)
    notification_rules: Many[NotificationRule] = Field(default_factory=list)


class Restriction(Record):
    """Hours of a day, or of a week that begins on Monday (1)."""

    type: str
    start_time_of_day: str
    duration_seconds: int = Field(ge=0, le=31 * 86_400)
    start_day_of_week: int | None = Field(default=None, ge=0, le=7)


class LayerUser(Record):
    """A place in a rotation."""

    ignored: ClassVar = frozenset({"member_order"})

    user: Reference


class Layer(Record):
    """A rotation; `rotation_virtual_start` is where its turns are counted from."""

    ignored: ClassVar = SEEN | {
        *("id", "rendered_schedule_entries", "rendered_coverage_percentage", "restriction_type", "priority"),
    }

    name: str | None = None
    start: Instant
    end: Instant | None = None
    rotation_virtual_start: Instant | None = None
    rotation_turn_length_seconds: int = Field(ge=1, le=3 * 365 * 86_400)
    users: Many[LayerUser] = Field(default_factory=list)
    restrictions: Many[Restriction] = Field(default_factory=list)


class Entry(Record):
    """Somebody's turn, as PagerDuty has worked it out; also an override."""

    ignored: ClassVar = SEEN | {"id", "schedule"}

    start: Instant
    end: Instant
    user: Reference | None = None


class Rendered(Record):
    """The final schedule, or the overrides in it."""

    ignored: ClassVar = SEEN | {"name", "rendered_coverage_percentage", "id"}

    rendered_schedule_entries: list[Entry] | None = None


class Schedule(Record):
    """A schedule; without `schedule_layers` where only the list was exported."""

    ignored: ClassVar = SEEN | {
        *("users", "escalation_policies", "web_cal_url", "http_cal_url", "personal_web_cal_url"),
        *("personal_http_cal_url", "canonical", "next_oncall_for_user", "privilege", "cal_url", "today"),
        *("user", "color", "source"),
    }

    id: str
    name: str | None = None
    summary: str | None = None
    time_zone: str | None = None
    schedule_layers: list[Layer] | None = None
    final_schedule: Rendered | None = None
    overrides_subschedule: Rendered | None = None
    overrides: list[Entry] | None = None


class Strategy(Record):
    """Whether everyone of a rule is notified, or one in turn."""

    ignored: ClassVar = frozenset({"description"})

    type: str | None = None


class Rule(Record):
    """Whom to notify, and how long to wait."""

    ignored: ClassVar = SEEN | {"id"}

    escalation_delay_in_minutes: int = Field(ge=0, le=100_000)
    targets: Many[Reference] = Field(default_factory=list)
    escalation_rule_assignment_strategy: Strategy | str | None = None

    @property
    def round_robin(self) -> bool:
        """One in turn."""
        strategy = self.escalation_rule_assignment_strategy
        return (strategy.type if isinstance(strategy, Strategy) else strategy) == "round_robin"


class Policy(Record):
    """An escalation policy."""

    ignored: ClassVar = SEEN | {"services", "on_call_handoff_notifications", "privilege", "repeat_enabled"}

    id: str
    name: str | None = None
    summary: str | None = None
    num_loops: int | None = Field(default=None, ge=0, le=1000)
    escalation_rules: Many[Rule] = Field(default_factory=list)


class Urgency(Record):
    """How urgent the incidents of a service are."""

    type: str | None = None
    urgency: str | None = None
    during_support_hours: "Urgency | None" = None
    outside_support_hours: "Urgency | None" = None


class SupportHours(Record):
    """Office hours of a service."""

    ignored: ClassVar = frozenset({"type"})

    time_zone: str | None = None
    days_of_week: Many[int] = Field(default_factory=list)
    start_time: str | None = None
    end_time: str | None = None


class Service(Record):
    """A service."""

    ignored: ClassVar = SEEN | {
        *("integrations", "addons", "alert_creation", "alert_grouping", "alert_grouping_timeout"),
        *("alert_grouping_parameters", "last_incident_timestamp", "scheduled_actions", "response_play"),
        *("auto_pause_notifications_parameters", "privilege"),
    }

    id: str
    name: str | None = None
    summary: str | None = None
    status: str | None = None
    escalation_policy: Reference | None = None
    acknowledgement_timeout: int | None = Field(default=None, ge=0)
    auto_resolve_timeout: int | None = Field(default=None, ge=0)
    incident_urgency_rule: Urgency | None = None
    support_hours: SupportHours | None = None
