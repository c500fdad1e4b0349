"""Unheard: spans in which no process listened. What was silent then may have told something all the same."""

from collections.abc import Iterable
from datetime import datetime, timedelta

Span = tuple[datetime, datetime]

FROM = timedelta(seconds=30)
"""So long without a sign of life of any process, and nobody listened."""

SPARED = timedelta(hours=1)
"""So long after such a span, at most, a heartbeat that comes seldom is waited for."""


def due(last: datetime, after: timedelta, spans: Iterable[Span], most: timedelta = timedelta.max) -> datetime:
    """When something of which nothing was heard since `last` has been silent for so long.

    What nobody could hear does not count, and whoever is back is told within `after` of it again; `most`
    bounds that, so that one restart a day does not hide what should come once a day.
    """
    at = last + after
    for begin, end in sorted(spans):
        if end > last and begin < at:
            at = max(at + (end - max(begin, last)), end + min(after, most))
    return at
