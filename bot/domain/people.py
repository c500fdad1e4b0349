"""People, the ways to reach them, and those who act on incidents."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Literal

from bot.domain.alert import Severity
from bot.domain.calendar import Window
from bot.domain.ids import PersonId


class MethodKind(StrEnum):
    """A way to reach a person."""

    SLACK = "slack"
    EMAIL = "email"


Way = MethodKind | Literal["webhook"]
"""How a page travels: by a way to reach people, or to a machine."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ContactMethod:
    """One way to reach a person and how long after the page is decided it is used.

    `address` is a Slack user id or an e-mail address.
    """

    kind: MethodKind
    address: str
    delay: timedelta = timedelta()


@dataclass(frozen=True, kw_only=True, slots=True)
class Limit:
    """At most so many messages in that time, whichever time it is."""

    count: int
    span: timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class Quiet:
    """How somebody is paged for what need not wake them: by other methods, and not in their quiet hours.

    Without methods by the usual ones. `hours` are on their own clock; without them every hour will do.
    """

    severities: tuple[Severity, ...]
    methods: tuple[ContactMethod, ...] = ()
    hours: Window | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """Somebody who can be paged. Methods stand in the order of their use.

    `limits` are those of their contact methods; what has none is not limited.
    """

    id: PersonId
    name: str
    slack_user: str | None = None
    email: str | None = None
    zone: str = "UTC"
    methods: tuple[ContactMethod, ...] = ()
    quiet: Quiet | None = None
    limits: Mapping[MethodKind, tuple[Limit, ...]] = field(default_factory=dict)


LISTED = "person:"
"""Begins the identity of somebody who came by a link that was sent to them alone."""


class ActorKind(StrEnum):
    """What sort of somebody did it."""

    PERSON = "person"
    SOURCE = "source"
    SYSTEM = "system"
    TRACKER = "tracker"


class Standing(StrEnum):
    """What Slack says of a user; only a MEMBER is one of us."""

    MEMBER = "member"
    GUEST = "guest"
    STRANGER = "stranger"
    BOT = "bot"
    DEACTIVATED = "deactivated"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True, slots=True)
class Actor:
    """Who did something.

    `id` is `<team>/<user>` for people (an identity, never a display name), the source's or the part's
    name otherwise. `name` is for showing, and untrusted. `standing` matters for people alone.
    """

    kind: ActorKind
    id: str
    name: str
    slack_user: str | None = None
    standing: Standing = Standing.MEMBER

    @property
    def reached_as(self) -> str | None:
        """How to find them again to page them: their Slack id, or their identity when they came by a link."""
        return self.slack_user or (self.id if self.id.startswith(LISTED) else None)

    def same(self, other: "Actor") -> bool:
        """Whether it is the same one, also when they came by another road, such as a link in an e-mail."""
        return self.id == other.id or (self.slack_user is not None and self.slack_user == other.slack_user)


def linked(person: Person) -> Actor:
    """A listed person who comes by such a link."""
    return Actor(
        kind=ActorKind.PERSON, id=f"{LISTED}{person.id}", name=person.name, slack_user=person.slack_user
    )


SYSTEM = Actor(kind=ActorKind.SYSTEM, id="tocsin", name="Tocsin")
