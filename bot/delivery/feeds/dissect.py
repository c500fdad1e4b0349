"""Takes a calendar apart: `python -m bot.delivery.feeds.dissect`, which has an end to its time and memory."""

import json
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.confined import confine
from bot.domain.feed import MOST
from bot.domain.walltime import instant

TOO_MUCH = 75
"""The exit code of one that ran out of memory."""

DAY = timedelta(days=1)

_NOT_COMING = frozenset({"DECLINED"})
_NOBODY = frozenset({"ROOM", "RESOURCE"})


def main() -> None:
    """A line of JSON with the question, then the calendar; the answer is JSON."""
    confine()
    try:
        question, _, raw = sys.stdin.buffer.read().partition(b"\n")
        asked = json.loads(question)
        answer = dissect(
            raw,
            ZoneInfo(asked["zone"]),
            datetime.fromisoformat(asked["since"]),
            datetime.fromisoformat(asked["until"]),
        )
    except MemoryError:
        sys.exit(TOO_MUCH)
    sys.stdout.write(json.dumps(answer))


def dissect(raw: bytes, zone: ZoneInfo, since: datetime, until: datetime) -> dict[str, object]:
    """`entries` by their beginning and whether there were more (`cut`), or a `problem`."""
    import icalendar  # noqa: PLC0415 - the bot itself never loads it
    import recurring_ical_events  # noqa: PLC0415 - the same

    try:
        calendars = icalendar.Calendar.from_ical(raw, multiple=True)
    except (ValueError, IndexError, KeyError, TypeError, AttributeError) as error:
        return {"problem": f"it is no iCal file ({type(error).__name__})"}
    if not calendars:
        return {"problem": "it is no iCal file"}
    entries: list[dict[str, object]] = []
    for calendar in calendars:
        try:
            query = recurring_ical_events.of(calendar, skip_bad_series=True)
            events = query.between(since - DAY, until + DAY)  # days of another zone begin at another time
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
            return {"problem": f"its events cannot be understood ({type(error).__name__})"}
        entries += _entries(events, zone, since, until)
    entries.sort(key=lambda entry: (str(entry["since"]), str(entry["until"])))
    return {"entries": entries[:MOST], "cut": len(entries) > MOST}


def _entries(
    events: Iterable[Any],  # icalendar's components, as untyped as the file
    zone: ZoneInfo,
    since: datetime,
    until: datetime,
) -> Iterator[dict[str, object]]:
    for event in events:
        get = event.get
        if str(get("STATUS") or "").upper() == "CANCELLED":
            continue
        begin, end = _instant(event.start, zone), _instant(event.end, zone)
        if begin < end and end > since and begin < until:
            yield {
                "since": begin.isoformat(),
                "until": end.isoformat(),
                "attendees": list(_attendees(get("ATTENDEE"))),
                "summary": str(get("SUMMARY") or "")[:200],
            }


def _instant(at: "date | datetime", zone: ZoneInfo) -> datetime:
    """Days begin at midnight, and times without a zone are meant, on the clocks of the schedule."""
    if not isinstance(at, datetime):
        return instant(at, time(), zone)
    if at.tzinfo is None:
        whole = instant(at.date(), at.time().replace(microsecond=0, fold=0), zone)
        return whole + timedelta(microseconds=at.microsecond)
    return at.astimezone(UTC)


def _attendees(value: object) -> Iterator[str]:
    """The e-mail addresses of those who did not decline; rooms attend, but nobody is paged there."""
    for each in (value if isinstance(value, list) else [value] if value else [])[:50]:
        params = getattr(each, "params", {})
        coming = str(params.get("PARTSTAT") or "").upper() not in _NOT_COMING
        address = str(each)[:300].casefold().removeprefix("mailto:").strip()
        if coming and str(params.get("CUTYPE") or "").upper() not in _NOBODY and "@" in address:
            yield address


if __name__ == "__main__":
    main()
