"""Leftovers: what was read without being sure and led to nothing is kept where people see it."""

import hashlib
from datetime import datetime

import structlog

from bot.domain.alert import Alert
from bot.domain.standing import Standing
from bot.domain.unread import NEWS, Unread, storable
from bot.ids import new_id
from bot.ports import Tx

SURE = 1.0
"""An end that was guessed, however likely, and ends nothing, may have been a beginning."""

UNSURE = "read as the end of something, but not surely, and nothing of it was firing"
UNSURE_AGAIN = f"{UNSURE}; it came before"
NO_ALERT = "read as news, so it is no alert"
MOST = 200
LONGEST = 16_384
"""So many things of one origin are kept, and so many characters of each."""

log = structlog.get_logger(__name__)


class Leftovers:
    """What a sitting keeps so. Written at its end, and the same thing once."""

    def __init__(self, tx: Tx, now: datetime) -> None:
        self._tx = tx
        self._now = now
        self._things: list[Unread] = []

    def ended_nothing(self, alert: Alert, before: Standing | None) -> str:
        """Why an end that ended nothing is written down; empty for one that was said for sure.

        What is known to be over is only kept when it is said to be so for the first time.
        """
        if alert.confidence >= SURE:
            return ""
        if before is not None and not before.firing:
            return UNSURE_AGAIN
        log.warning("unsure_end", source=alert.source, confidence=alert.confidence)
        origin = f"channel {alert.origin.channel}" if alert.origin else alert.source
        said = f"{alert.title}\n{alert.description}" if alert.description else alert.title
        why = f"{UNSURE} (confidence {alert.confidence:.2f})"
        self.keep(_kept(origin, said, alert.places.get("state", ""), why, self._now))
        return UNSURE

    def keep(self, thing: Unread | None) -> None:
        """Keep this as well."""
        self._things += [thing] if thing else []

    def save(self) -> None:
        """Write it."""
        if self._things:
            self._tx.note_unread(self._things, MOST)


def news(channel: str, said: str, why: str, now: datetime) -> Unread:
    """What is kept of a message of a watched channel that was no alert; `why` where it is known."""
    return _kept(f"{NEWS}{channel}", said, "", why or NO_ALERT, now)


def _kept(origin: str, said: str, place: str, why: str, now: datetime) -> Unread:
    body = storable(said, LONGEST)
    return Unread(
        id=new_id(now),
        integration=origin,
        hash=hashlib.sha256(body.encode()).hexdigest(),
        first_at=now,
        last_at=now,
        count=1,
        place=storable(place, 500),
        reason=why,
        body=body,
    )
