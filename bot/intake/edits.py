"""Edits: a message that tells something else now is the same alert still, or its end and another one."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from bot.domain.alert import Alert, AlertState
from bot.domain.standing import AlertKey
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


@dataclass(frozen=True, kw_only=True, slots=True)
class Before:
    """The one alert that a message told until now. Without a `key` it never came to an incident."""

    identity: AlertKey
    title: str
    key: str | None


def before(tx: Tx, alert: Alert, *, blind: bool) -> Before | None:
    """What stood in its message before; None for several alerts, which are known by themselves."""
    if alert.origin is None:
        return None
    told = tx.by_origin(alert.origin)
    firing = [(key, held) for key, held in told if held.state is AlertState.FIRING]
    found = [
        Before(identity=(held.source, held.fingerprint), title=held.title, key=key)
        for key, held in firing or told
    ]
    if not blind:  # an alert that was kept quiet from the beginning
        found += [
            Before(identity=known.key, title=known.alert.title, key=None)
            for known in tx.kept_quiet_of(alert.origin)
        ]
    return found[0] if len({each.identity for each in found}) == 1 else None


def now_told(alert: Alert, was: Before) -> Iterator[tuple[Alert, str | None]]:
    """What the message tells now, each with the key of its incident if that is known already.

    Another problem takes the place of what stood there: that one is over, as far as its source tells.
    """
    source, fingerprint = was.identity
    same = was.identity == (alert.source, alert.fingerprint)
    if same or alert.state is AlertState.CLEARED or same_subject(was.title, alert.title):
        yield replace(alert, source=source, fingerprint=fingerprint), was.key
        return
    yield (
        replace(
            alert,
            source=source,
            fingerprint=fingerprint,
            state=AlertState.CLEARED,
            title=was.title,
            labels={},
        ),
        was.key,
    )
    yield alert, None


def same_subject(old: str, new: str) -> bool:
    """Whether a title may be the other with more words, or with fewer that begin alike."""
    first, second = _words(old), _words(new)
    kept = set(first) & set(second)
    return len(kept) == len(set(first)) or (len(kept) == len(set(second)) and first[0] in kept)


def _words(title: str) -> list[str]:
    found = _WORD.findall(title.casefold())
    return [word for word in found if word not in _SAYS_NOTHING and not _MEASURE.fullmatch(word)]
