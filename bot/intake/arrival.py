"""Arrivals: requests with their alerts, where each belongs, and what is known of it then."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.alert import Alert, AlertState
from bot.domain.changing import changed
from bot.domain.commands import AlertSeen
from bot.domain.incident import Incident, Status
from bot.domain.intake import FUTURE, another
from bot.domain.quiet import FLAPPING, LATE, LATE_FOR, Muted
from bot.domain.route import Placement
from bot.domain.standing import AlertKey, Standing
from bot.domain.unread import Unread
from bot.errors import StoreUnavailable

TURNS = 20
"""So many changes of state of an alert are remembered at most, and"""

TURNS_FOR = timedelta(hours=1)
"""for so long."""


WORDS, TROUBLE = "words", "trouble"
"""What an edit of a message may add."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ingested:
    """What became of one alert: `opened`, `reopened`, `repeated`, `added`, `cleared`, `ignored`, `muted`.

    `why` says what keeps it quiet.
    """

    outcome: str
    incident: Incident | None
    why: str = ""


@dataclass(kw_only=True, slots=True, eq=False)
class Brought:
    """One request. `edited`: what brings its alert may have told something else before.

    `taken` is None until it was taken in; an empty list says that it came before.

    `over`: the transaction that it was in has ended, well or badly. `news`: what is kept of a message without
    any alert.
    """

    request: str | None
    alerts: Sequence[Alert]
    service: str | None = None
    edited: bool = False
    news: Unread | None = None
    over: bool = False
    taken: list[Ingested] | None = None
    unavailable: StoreUnavailable | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Arrived:
    """An alert, where it belongs, and the deduplication key of its incident.

    `again`: the message that tells it was edited, and had told it before. `more`: it says more of it now, in
    WORDS that are new, or of further TROUBLE.
    """

    alert: Alert
    placement: Placement
    key: str
    again: bool = False
    more: str = ""

    @property
    def identity(self) -> AlertKey:
        """What makes it the same alert as another signal."""
        return self.alert.source, self.alert.fingerprint

    @property
    def cleared(self) -> bool:
        """Whether it is over."""
        return self.alert.state is AlertState.CLEARED


def seen(known: Standing | None, one: Arrived, now: datetime) -> Standing:
    """What is known of the alert now. A signal that is older than what is known changes nothing."""
    alert = one.alert
    if known is not None and older(alert, known):
        if not alert.begins:
            return known
        alert = changed(alert, at=known.alert.at) if known.firing else alert
    if known is None or known.alert.state is not alert.state:
        earlier = known.turns if known else ()
        turns = (*(at for at in earlier if now - at <= TURNS_FOR), now)[-TURNS:]
        return Standing(
            alert=alert,
            service=one.placement.service,
            severity=one.placement.severity,
            since=now,
            last_at=now,
            turns=turns,
            incident=known.incident if known else None,
            together=known.together if known else "",
        )
    return changed(
        known,
        alert=alert,
        service=one.placement.service,
        severity=one.placement.severity,
        last_at=now,
        count=known.count + 1,
    )


def older(alert: Alert, known: Standing) -> bool:
    """Whether its source has told something newer. A time that could not be makes nothing old."""
    newest = known.alert.at
    return bool(alert.at and newest and alert.at < newest <= known.last_at + FUTURE)


def late(alert: Alert, known: Standing | None, now: datetime) -> Muted | None:
    """What fires since before its end that was told just now: a late copy, unless nothing ends it again."""
    if known is None or not alert.begins:
        return None
    if known.firing:
        until = known.next_at if known.muted_by == LATE else None
    else:
        until = known.last_at + LATE_FOR if older(alert, known) else None
    if until is None or until <= now:
        return None
    return Muted(by=LATE, until=until, why="it may have come late: its end was just told")


def ended_since(one: Arrived, known: Standing | None) -> bool:
    """Whether an edited message tells again of what was ended elsewhere since it told of it.

    What is over only because nothing was heard of it for long was ended by nobody.
    """
    if not one.again or known is None or known.firing:
        return False
    return known.alert.origin != one.alert.origin


def outcome_of(before: Incident, after: Incident, one: Arrived, command: AlertSeen) -> str:
    """What an alert did to an incident that it found."""
    if before.status is after.status is Status.RESOLVED:
        return "cleared" if one.cleared else "repeated"
    if after.status is Status.RESOLVED or after.alerts.firing < before.alerts.firing:
        return "cleared"
    if before.status is Status.RESOLVED:
        return "reopened"
    more = after.alerts.firing > before.alerts.firing or one.more == TROUBLE or another(command)
    return "added" if more else "repeated"


def told_already(before: Standing | None, standing: Standing, muted: Muted) -> bool:
    """Whether it is known already that this keeps it quiet."""
    if before is None or before.muted_by != muted.by:
        return False
    return muted.by == FLAPPING or before.since == standing.since
