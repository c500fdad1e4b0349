"""An alert: one signal from outside in its normal form."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.domain.members import Members


class Severity(StrEnum):
    """How bad it is; sev1 is the worst."""

    SEV1 = "sev1"
    SEV2 = "sev2"
    SEV3 = "sev3"
    SEV4 = "sev4"

    def outranks(self, other: "Severity") -> bool:
        """Whether this is worse than the other."""
        return self.value < other.value


class AlertState(StrEnum):
    """Two states only; everything else that a source knows is a label."""

    FIRING = "firing"
    CLEARED = "cleared"


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """A place to look at; `url` is http or https."""

    label: str
    url: str


@dataclass(frozen=True, kw_only=True, slots=True)
class MessageRef:
    """A message in Slack: the channel's id and the message's `ts`, which together are its identity."""

    channel: str
    ts: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Alert:
    """One signal, normalised.

    `fingerprint` is equal for signals about the same thing, within one `source`.
    `severity` is None when the source does not say; the route then decides.
    `at` is the source's own time of this state, when it tells one. `began`: it may be when the state began,
    not when it was told, so that what fires may be told after something newer and be true.
    `confidence` is 1.0 for an exact parser and less for a reader that guessed; `parser` is its name.
    `places` says where a part was read: the `title` in `alerts[0].annotations.summary` of the document.
    `odd` says of places what stands there that could not be used, and what is understood instead.
    `members`: it is a group of alerts, of which its source tells no more than this.
    """

    source: str
    fingerprint: str
    state: AlertState
    title: str
    severity: Severity | None = None
    description: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    links: tuple[Link, ...] = ()
    at: datetime | None = None
    origin: MessageRef | None = None
    confidence: float = 1.0
    parser: str = ""
    places: Mapping[str, str] = field(default_factory=dict, compare=False)
    began: bool = False
    odd: Mapping[str, str] = field(default_factory=dict, compare=False)
    members: Members | None = None

    @property
    def begins(self) -> bool:
        """Whether it fires, and may do so since before something newer was told."""
        return self.began and self.state is AlertState.FIRING


TOLD = ("title", "state", "severity", "fingerprint", "at")
"""The parts of which incidents remember where they were read."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldAlert:
    """What an incident remembers of one of its alerts; `origin` is the newest message that told of it.

    `parser`, `route` and `severity_by` say in words how it was read, and why it came to this service with
    this severity; they are empty for what was remembered before they were. `confidence` and `places` are
    those of the newest signal, `places` of the parts in TOLD alone. `members` has all that was told of a
    group since it fires.
    """

    source: str
    fingerprint: str
    state: AlertState
    severity: Severity
    title: str
    count: int
    first_at: datetime
    last_at: datetime
    source_at: datetime | None = None
    origin: MessageRef | None = None
    parser: str = ""
    route: str = ""
    severity_by: str = ""
    confidence: float = 1.0
    places: Mapping[str, str] = field(default_factory=dict)
    members: Members | None = None
