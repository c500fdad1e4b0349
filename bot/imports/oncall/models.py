"""What Grafana OnCall's public API says of users, shifts, schedules, escalation chains and integrations."""

from datetime import datetime
from typing import Annotated, ClassVar

from pydantic import AliasChoices, Field, PlainValidator
from pydantic_core import PydanticCustomError

from bot.imports.record import Instant, Many, Record


def _wall(value: object) -> datetime:
    """`2026-11-02T09:00:00` on a clock in some zone; a `Z` behind it means nothing."""
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value.strip()).replace(tzinfo=None)
        except ValueError:
            moment = datetime.min  # noqa: DTZ901 - a wall clock's, in no zone
        if 1990 < moment.year < 2200:
            return moment
    raise PydanticCustomError("moment", "must be a time such as 2026-11-02T09:00:00")


Wall = Annotated[datetime, PlainValidator(_wall)]


class SlackIdentity(Record):
    """Who somebody is in Slack."""

    ignored: ClassVar = frozenset({"team_id"})

    user_id: str | None = None


class User(Record):
    """A user; `slack` is one identity, or a list in older versions."""

    ignored: ClassVar = frozenset({"role", "is_phone_number_verified", "grafana_id", "avatar_url", "name"})

    id: str
    username: str | None = None
    email: str | None = None
    slack: SlackIdentity | list[SlackIdentity] | None = None
    timezone: str | None = None
    teams: Many[str] = Field(default_factory=list)

    @property
    def slack_id(self) -> str | None:
        """The first Slack user id."""
        identities = self.slack if isinstance(self.slack, list) else [self.slack]
        return next((one.user_id for one in identities if one and one.user_id), None)


class Shift(Record):
    """Events that repeat, with people or with groups that take turns."""

    ignored: ClassVar = frozenset({"team_id", "source", "schedule", "title"})

    id: str
    name: str | None = None
    type: str
    time_zone: str | None = None
    level: int | None = Field(default=0, ge=-1_000_000, le=1_000_000)
    start: Wall
    duration: int = Field(ge=1, le=3 * 366 * 86_400)
    rotation_start: Wall | None = None
    frequency: str | None = None
    interval: int | None = Field(default=None, ge=1, le=10_000)
    until: Wall | None = None
    week_start: str | None = None
    by_day: Many[str] = Field(default_factory=list)
    by_month: Many[int] = Field(default_factory=list)
    by_monthday: Many[int] = Field(default_factory=list)
    users: Many[str] = Field(default_factory=list)
    rolling_users: Many[list[str]] = Field(default_factory=list)
    start_rotation_from_user_index: int | None = Field(default=None, ge=0, le=10_000)


class SlackPlace(Record):
    """A channel, and a user group."""

    ignored: ClassVar = frozenset({"enabled"})

    channel_id: str | None = None
    user_group_id: str | None = None


class Schedule(Record):
    """A schedule of shifts (`web`, `calendar`) or of calendars kept elsewhere (`ical`)."""

    ignored: ClassVar = frozenset({"team_id", "on_call_now", "enable_web_overrides"})

    id: str
    name: str | None = None
    type: str | None = None
    time_zone: str | None = None
    ical_url_primary: str | None = None
    ical_url_overrides: str | None = None
    slack: SlackPlace | None = None
    shifts: Many[str] = Field(default_factory=list)


class FinalShift(Record):
    """Somebody's turn, as Grafana OnCall has worked it out."""

    ignored: ClassVar = frozenset({"user_username"})

    user_pk: str
    user_email: str | None = None
    shift_start: Instant
    shift_end: Instant


class Chain(Record):
    """An escalation chain."""

    ignored: ClassVar = frozenset({"team_id"})

    id: str
    name: str | None = None


class Policy(Record):
    """One step of a chain."""

    ignored: ClassVar = frozenset({"id", "severity"})

    escalation_chain_id: str
    position: int = 0
    type: str | None = None
    duration: int | None = Field(default=None, ge=0, le=10_000_000)
    important: bool | None = None
    persons_to_notify: Many[str] = Field(default_factory=list)
    persons_to_notify_next_each_time: Many[str] = Field(default_factory=list)
    notify_on_call_from_schedule: str | None = None
    group_to_notify: str | None = None
    team_to_notify: str | None = None
    action_to_trigger: str | None = None
    notify_if_time_from: str | None = None
    notify_if_time_to: str | None = None
    num_alerts_in_window: int | None = None
    num_minutes_in_window: int | None = None
    run_from_stage: int | None = None


class Rule(Record):
    """One step of how somebody is notified."""

    ignored: ClassVar = frozenset({"id"})

    user_id: str
    position: int = 0
    type: str | None = None
    duration: int | None = Field(default=None, ge=0, le=10_000_000)
    important: bool = False


class Route(Record):
    """Which alerts of an integration go to which chain."""

    ignored: ClassVar = frozenset({"telegram", "msteams"})

    id: str
    integration_id: str | None = None
    escalation_chain_id: str | None = None
    routing_type: str | None = None
    routing_regex: str | None = None
    position: int | None = None
    is_the_last_route: bool | None = None
    slack: SlackPlace | None = None


class Integration(Record):
    """Where alerts come from."""

    ignored: ClassVar = frozenset(
        {
            *("description_short", "team_id", "link", "inbound_email", "type", "templates", "heartbeat"),
            *("maintenance_started_at", "labels", "dynamic_labels"),
        }
    )

    id: str
    name: str | None = None
    default_route: Route | None = None
    maintenance_mode: object = None
    maintenance_end_at: object = None


class Group(Record):
    """A Slack user group, by OnCall's own id."""

    ignored: ClassVar = frozenset({"type"})

    class Identity(Record):
        """The group in Slack."""

        ignored: ClassVar = frozenset({"name", "handle"})

        id: str | None = None

    id: str
    slack: Identity | None = None


class Webhook(Record):
    """An outgoing webhook."""

    ignored: ClassVar = frozenset(
        {
            *("team", "team_id", "data", "username", "password", "authorization_header", "trigger_template"),
            *("headers", "http_method", "trigger_type", "integration_filter", "preset", "forward_all"),
            *("is_webhook_enabled", "labels", "user", "forward_whole_payload"),
        }
    )

    id: str
    name: str | None = None
    url: str | None = Field(default=None, validation_alias=AliasChoices("url", "webhook"))
