"""Notices: what people are told of schedules without having done anything, as facts."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from bot.domain.hole import Hole
from bot.domain.schedule import Gap


@dataclass(frozen=True, kw_only=True, slots=True)
class About:
    """The schedule that is spoken of: its name to show, and the zone of its clocks."""

    title: str
    zone: str


@dataclass(frozen=True, kw_only=True, slots=True)
class HandedOff:
    """Other people are on call since `at`; `until` is when that changes next, if it is known. Names to show.

    `on` empty: nobody is.
    """

    about: About
    at: datetime
    off: tuple[str, ...]
    on: tuple[str, ...]
    until: datetime | None = None
    you: Literal["on", "off"] | None = None
    """Whether the reader comes or goes; without it, it is for everybody."""
    kind: Literal["handed_off"] = "handed_off"


@dataclass(frozen=True, kw_only=True, slots=True)
class ShiftAhead:
    """The reader is on call from `since`, which is about `before` from now."""

    about: About
    since: datetime
    until: datetime
    before: timedelta
    kind: Literal["shift_ahead"] = "shift_ahead"


@dataclass(frozen=True, kw_only=True, slots=True)
class GapsAhead:
    """Nobody is on call then. `more`: so many others that are not listed. `report`: that of the week."""

    about: About
    gaps: tuple[Gap, ...]
    more: int = 0
    report: bool = False
    until: datetime
    kind: Literal["gaps_ahead"] = "gaps_ahead"


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedTold:
    """How it is with a calendar of elsewhere, by the name of its place; without anything wrong it is well."""

    about: About
    place: str
    problem: str | None = None
    unknown: tuple[str, ...] = ()
    read_at: datetime | None = None
    kind: Literal["feed_told"] = "feed_told"


@dataclass(frozen=True, kw_only=True, slots=True)
class GroupKept:
    """Nobody is on call, so the user group that follows the schedule keeps whom it had."""

    about: About
    group: str
    kind: Literal["group_kept"] = "group_kept"


@dataclass(frozen=True, kw_only=True, slots=True)
class GroupRefused:
    """Slack does not let the user group follow the schedule; `reason` is its code."""

    about: About
    group: str
    reason: str
    kind: Literal["group_refused"] = "group_refused"


@dataclass(frozen=True, kw_only=True, slots=True)
class HolesAhead:
    """Incidents of a service would find nobody then; `about` is the service. `more`: so many are not listed.

    `soon`: they begin within a day, or have begun.
    """

    about: About
    holes: tuple[Hole, ...]
    more: int = 0
    soon: bool = False
    kind: Literal["holes_ahead"] = "holes_ahead"


@dataclass(frozen=True, kw_only=True, slots=True)
class NotReady:
    """Somebody, or a user group, whom no page would reach, with the reason; `about` is their schedules.

    `since` is when they come on call. `you`: it is told to themselves.
    """

    about: About
    name: str
    why: str
    since: datetime | None = None
    you: bool = False
    kind: Literal["not_ready"] = "not_ready"


@dataclass(frozen=True, kw_only=True, slots=True)
class QuietTold:
    """Something about what is kept quiet, or how it is read: that it is over, what it hid, who wants it.

    `about` is what it is called. `text` says it in one sentence; `titles` are alerts that it hid, or rules.
    """

    about: About
    text: str
    titles: tuple[str, ...] = ()
    hint: str = ""
    kind: Literal["quiet_told"] = "quiet_told"


Notice = (
    HandedOff
    | ShiftAhead
    | GapsAhead
    | FeedTold
    | GroupKept
    | GroupRefused
    | HolesAhead
    | NotReady
    | QuietTold
)
