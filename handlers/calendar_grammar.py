"""The grammar of what `/oncall` shows and gives: pictures, links to calendars, figures of fairness."""

import re
from datetime import timedelta

from handlers import oncall_orders as on
from handlers import words as w
from handlers.words import Unclear

_WEEKS = re.compile(r"([1-9][0-9]?) ?(?:w|weeks?)", re.IGNORECASE)
_SPAN = re.compile(r"([1-9][0-9]{0,3}) ?(d|days?|w|weeks?)", re.IGNORECASE)
MOST_WEEKS = 8
LONGEST = timedelta(days=366)


def show(rest: str) -> on.ShowSchedule:
    """`[schedule] [2w]`."""
    name, weeks = rest.strip(), 2
    if found := re.search(rf"(?:^|\s){_WEEKS.pattern}$", name, re.IGNORECASE):
        name, weeks = name[: found.start()], int(found.group(1))
    if weeks > MOST_WEEKS:
        raise Unclear(f"At most {MOST_WEEKS} weeks fit into a picture: `show primary {MOST_WEEKS}w`.")
    return on.ShowSchedule(schedule=_name(name), weeks=weeks)


def calendar(rest: str) -> on.GiveCalendar:
    """`[revoke] [all] [schedule|me]`."""
    words, revoke, everybodys = rest.split(), False, False
    if words and words[0].lower() == "revoke":
        revoke, words = True, words[1:]
        if words and words[0].lower() == "all":
            everybodys, words = True, words[1:]
    name = _name(" ".join(words))
    mine = name is not None and name.lower() in ("me", "mine")
    return on.GiveCalendar(schedule=None if mine else name, mine=mine, revoke=revoke, everybodys=everybodys)


def fairness(rest: str) -> on.ShowFairness:
    """`[schedule] [90d]`."""
    name, span = rest.strip(), timedelta(days=90)
    if found := re.search(rf"(?:^|\s){_SPAN.pattern}$", name, re.IGNORECASE):
        days = int(found.group(1)) * (7 if found.group(2).lower().startswith("w") else 1)
        name, span = name[: found.start()], timedelta(days=days)
    if span > LONGEST:
        raise Unclear(f"I count at most {LONGEST.days} days: `fairness primary 90d`.")
    return on.ShowFairness(schedule=_name(name), span=span)


def _name(text: str) -> str | None:
    return w.free_text(text).translate(w.QUOTES).strip('" ').removeprefix("@") or None
