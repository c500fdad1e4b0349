"""Unheard: remembers in the database when no process listened."""

from datetime import datetime, timedelta

from bot.domain.unheard import FROM, Span
from bot.ports import Mark, Tx

UNHEARD = "unheard"
"""The name of the mark."""

MOST, KEPT = 50, timedelta(days=32)


def unheard(tx: Tx, now: datetime) -> tuple[Span, ...]:
    """The spans in which nobody listened, the one that ends now among them."""
    last = tx.progress().seen_at
    before = _known(tx)
    return (*before, (last, now)) if last is not None and now - last > FROM else before


def note_unheard(tx: Tx, now: datetime) -> None:
    """Before a sign of life is written: if it is the first for long, nobody listened meanwhile."""
    found = [span for span in unheard(tx, now) if now - span[1] < KEPT][-MOST:]
    if found and found[-1][1] == now:
        words = " ".join(f"{begin.isoformat()}/{end.isoformat()}" for begin, end in found)
        tx.set_mark(Mark(name=UNHEARD, value=len(found), at=now, text=words))


def _known(tx: Tx) -> tuple[Span, ...]:
    mark = tx.mark(UNHEARD)
    parts = [each.split("/") for each in mark.text.split()] if mark else []
    return tuple((datetime.fromisoformat(begin), datetime.fromisoformat(end)) for begin, end in parts)
