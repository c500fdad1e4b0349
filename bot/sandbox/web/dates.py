"""Slack's `<!date^…>`: an instant written out in the reader's own zone."""

import re
from datetime import UTC, datetime, timedelta

from bot.sandbox.web.reader import Reader

_TOKEN = re.compile(r"\{([a-z_]+)\}")
_LATEST = 253_402_300_799  # the last second of the year 9999


def dated(epoch: str, form: str, fallback: str, reader: Reader) -> str:
    """The form with its tokens filled in; the fallback when the instant or a token is none."""
    if not epoch.isdecimal() or int(epoch) > _LATEST - 86_400:
        return fallback
    there = reader.local(datetime.fromtimestamp(int(epoch), UTC))
    today = reader.local(reader.now).date()
    try:
        return _TOKEN.sub(lambda found: _token(found.group(1), there, (there.date() - today).days), form)
    except KeyError:
        return fallback


def _token(name: str, there: datetime, days: int) -> str:
    pretty = name.endswith("_pretty")
    near = {0: "Today", -1: "Yesterday", 1: "Tomorrow"}.get(days)
    if pretty and near:
        return near
    plain = name.removesuffix("_pretty")
    if plain == "ago":
        return _ago(timedelta(days=days))
    forms = {
        "date_num": "%Y-%m-%d",
        "date_slash": "%d/%m/%Y",
        "date": "%-d %B %Y",
        "date_short": "%-d %b %Y",
        "date_long": "%A, %-d %B %Y",
        "time": "%H:%M",
        "time_secs": "%H:%M:%S",
    }
    return there.strftime(forms[plain])


def _ago(distance: timedelta) -> str:
    days = distance.days
    if days == 0:
        return "today"
    return f"in {days} days" if days > 0 else f"{-days} days ago"
