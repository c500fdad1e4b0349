"""Standing: the newest that is known of an alert, and what keeps it quiet, if anything does."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.alert import Alert, AlertState, MessageRef, Severity
from bot.domain.ids import IncidentId, ServiceId

AlertKey = tuple[str, str]
"""Source and fingerprint: what makes two signals the same alert."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """What is known of one alert.

    `alert` is its newest signal; `since` is when it came into its present state, by our clock, and `count`
    how often it was told since. `turns` are its latest changes of state, oldest first.
    `incident` is the one that it belongs to, if it ever came so far. `muted_by` names what keeps it quiet
    (`silence:01k…`); None when nothing does. `next_at`: it is judged again then, without any signal.
    `together` is the deduplication key of its incident where it shares that with others; empty: it is alone.
    """

    alert: Alert
    service: ServiceId
    severity: Severity
    since: datetime
    last_at: datetime
    count: int = 1
    turns: tuple[datetime, ...] = ()
    incident: IncidentId | None = None
    muted_by: str | None = None
    next_at: datetime | None = None
    together: str = ""

    @property
    def key(self) -> AlertKey:
        """Its identity."""
        return self.alert.source, self.alert.fingerprint

    @property
    def firing(self) -> bool:
        """Whether it fires, muted or not."""
        return self.alert.state is AlertState.FIRING


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """What a message of Slack told of an alert when it was read last, whatever others told of it since.

    `severity` is what counted then.
    """

    origin: MessageRef
    source: str
    fingerprint: str
    state: AlertState
    severity: Severity
    title: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Signal:
    """Something that an alert told, and what became of it.

    `outcome` is one of those of bot.intake, or `muted`; `why` says it in words. `facts` are further
    figures and names for those who look back.
    """

    id: str
    at: datetime
    alert: Alert
    outcome: str
    why: str = ""
    incident: IncidentId | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
