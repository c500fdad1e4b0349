"""The sheet: a timetable as it goes to the process that draws, and back."""

import json
from datetime import datetime
from typing import Any

from bot.render.timetable import Bar, ClockChange, Timetable


def written(table: Timetable, form: str) -> bytes:
    """JSON; `form` is `png` or `svg`."""
    return json.dumps(
        {
            "form": form,
            "title": table.title,
            "zone": table.zone,
            "now": table.now.isoformat(),
            "since": table.since.isoformat(),
            "until": table.until.isoformat(),
            "bars": [
                [bar.name, bar.since.isoformat(), bar.until.isoformat(), bar.overridden] for bar in table.bars
            ],
            "gaps": [[since.isoformat(), until.isoformat()] for since, until in table.gaps],
            "changes": [[each.at.isoformat(), each.minutes] for each in table.changes],
        }
    ).encode()


def understood(sheet: bytes) -> tuple[Timetable, str]:
    """The timetable, and the form in which it is to be drawn."""
    told: dict[str, Any] = json.loads(sheet)
    at = datetime.fromisoformat
    table = Timetable(
        title=told["title"],
        zone=told["zone"],
        now=at(told["now"]),
        since=at(told["since"]),
        until=at(told["until"]),
        bars=tuple(Bar(name=n, since=at(s), until=at(u), overridden=o) for n, s, u, o in told["bars"]),
        gaps=tuple((at(since), at(until)) for since, until in told["gaps"]),
        changes=tuple(ClockChange(at=at(moment), minutes=minutes) for moment, minutes in told["changes"]),
    )
    return table, told["form"]
