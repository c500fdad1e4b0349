"""Edits: a message that tells something else now is the same alert still, or its end and another one."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.alert import Alert, AlertState, MessageRef, Severity
from bot.domain.heartbeat import SOURCE as HEARTBEAT
from bot.domain.route import Placement
from bot.domain.standing import AlertKey, Told
from bot.intake.arrival import TROUBLE, WORDS, Arrived, Brought
from bot.ports import Tx

_WORD = re.compile(r"[^\W_](?:[\w.:@/-]*\w)?%?")
_MEASURE = re.compile(r"[0-9][0-9.,:/-]*(?:%|[a-z]{1,2})?")
_SAYS_NOTHING = frozenset(
    _WORD.findall(
        "a an and are as at be by for from has have in is it its no not of on or that the this to was "
        "were with acknowledged alarm alert alerting alerts claimed critical crit degraded down "
        "emergency error fail failed failing failure fatal fire firing fixed high identified incident "
        "investigating issue low major minor monitoring new ongoing open outage problem resolved solved "
        "triggered unavailable up update warn warning p1 p2 p3 p4 p5 sev1 sev2 sev3 sev4"
    )
)


_TROUBLE = frozenset(
    _WORD.findall(
        "broken crashed crashing dead degraded down error errors fail failed failing fails failure failures "
        "fatal full lost outage slow timeout timeouts unavailable unhealthy unreachable"
    )
)
"""Each says of one thing that something is wrong with it."""

EDITED = "its message was edited, and had told it already"
"""Why an alert that fires is ignored, or wakes nobody; that is written down."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Before:
    """An alert that a message told until now. Without a `key` its incident is not known."""

    identity: AlertKey
    title: str
    state: AlertState
    severity: Severity
    key: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Edit:
    """What stood in a message until now, as far as it is known; nothing where it is not an edited one."""

    stood: Sequence[Before] = ()
    lone: bool = False

    def now_told(self, alert: Alert) -> Iterator[tuple[Alert, str | None]]:
        """What the message tells now, each with the key of its incident if that is known already.

        Another problem takes the place of what stood there: that one is over, as far as its source tells.
        Several alerts are known by themselves.
        """
        was = _only(self.stood) if self.lone and alert.source != HEARTBEAT else None
        if was is None:
            yield alert, None
            return
        source, fingerprint = was.identity
        known = replace(alert, source=source, fingerprint=fingerprint)
        same = was.identity == (alert.source, alert.fingerprint)
        if same or alert.state is AlertState.CLEARED or same_subject(was.title, alert.title):
            yield known, was.key
            return
        yield replace(known, state=AlertState.CLEARED, title=was.title, labels={}), was.key
        yield alert, None

    def arrived(self, alert: Alert, placement: Placement, key: str) -> Arrived:
        """With what is new in it. What says nothing worse than before, whatever ended it since knew of."""
        was = next((each for each in self.stood if each.identity == (alert.source, alert.fingerprint)), None)
        if was is None or not was.state is alert.state is AlertState.FIRING:
            return Arrived(alert=alert, placement=placement, key=key)
        more = added(was.title, alert.title)
        again = more != TROUBLE and not placement.severity.outranks(was.severity)
        return Arrived(alert=alert, placement=placement, key=key, again=again, more=more)


class Edits:
    """What messages told of their alerts: looked up for those that are edited, noted of each."""

    def __init__(self, tx: Tx, now: datetime, *, blind: bool) -> None:
        self._tx = tx
        self._now = now
        self._blind = blind
        self._told: dict[MessageRef, dict[AlertKey, Told]] = {}

    def of(self, brought: Brought) -> Edit:
        """What it may have told before."""
        own = [each for each in brought.alerts if each.source != HEARTBEAT]
        origin = own[0].origin if own and brought.edited else None
        return Edit(stood=self._stood(origin), lone=len(own) == 1) if origin else Edit()

    def note(self, arrived: Iterable[Arrived]) -> None:
        """Remember what their messages tell now."""
        for one in arrived:
            alert = one.alert
            if alert.origin is not None and alert.source != HEARTBEAT:
                self._told.setdefault(alert.origin, {})[one.identity] = Told(
                    origin=alert.origin,
                    source=alert.source,
                    fingerprint=alert.fingerprint,
                    state=alert.state,
                    severity=one.placement.severity,
                    title=alert.title,
                )

    def save(self) -> None:
        """Write it."""
        self._tx.note_told([each for some in self._told.values() for each in some.values()], self._now)

    def _stood(self, origin: MessageRef) -> list[Before]:
        """What incidents and standings know is the newest of each alert; another message may have told it."""
        held = [
            Before(
                identity=(each.source, each.fingerprint),
                title=each.title,
                state=each.state,
                severity=each.severity,
                key=key,
            )
            for key, each in self._tx.by_origin(origin)
        ]
        keys = {each.identity: each.key for each in reversed(held)}
        told = self._remembered(origin)
        found = [
            Before(
                identity=key, title=each.title, state=each.state, severity=each.severity, key=keys.get(key)
            )
            for key, each in told.items()
        ]
        return found or held + self._quiet(origin)

    def _remembered(self, origin: MessageRef) -> dict[AlertKey, Told]:
        if self._blind:
            return {}
        told = {(each.source, each.fingerprint): each for each in self._tx.told_by(origin)}
        return told | self._told.get(origin, {})

    def _quiet(self, origin: MessageRef) -> list[Before]:
        """Alerts that were kept quiet from the beginning, before messages were remembered."""
        known = [] if self._blind else self._tx.kept_quiet_of(origin)
        return [
            Before(identity=each.key, title=each.alert.title, state=each.alert.state, severity=each.severity)
            for each in known
        ]


def _only(stood: Sequence[Before]) -> Before | None:
    """The one alert of the message, or the one of it that fires; None for several."""
    among = [each for each in stood if each.state is AlertState.FIRING] or stood
    return among[0] if len({each.identity for each in among}) == 1 else None


def same_subject(old: str, new: str) -> bool:
    """Whether a title may be the other with more words, or with fewer that begin alike."""
    first, second = _words(old), _words(new)
    kept = set(first) & set(second)
    return len(kept) == len(set(first)) or (len(kept) == len(set(second)) and first[0] in kept)


def added(old: str, new: str) -> str:
    """What a title says that it did not say before: WORDS, or TROUBLE with further things; or nothing."""
    if set(_words(new)) <= set(_words(old)):
        return ""
    return TROUBLE if _troubles(new) > _troubles(old) else WORDS


def _troubles(title: str) -> int:
    return sum(word in _TROUBLE for word in _WORD.findall(title.casefold()))


def _words(title: str) -> list[str]:
    found = _WORD.findall(title.casefold())
    return [word for word in found if word not in _SAYS_NOTHING and not _MEASURE.fullmatch(word)]
