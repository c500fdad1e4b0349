"""Holes in words: when, for whom nobody is there, and who would be reached first."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain.alert import Severity
from bot.domain.hole import Finding, Hole
from bot.domain.notice import HolesAhead
from bot.render.escape import date, marked
from bot.render.explanation import packed, zulu
from bot.render.look import span
from bot.render.message import Message, context, message, section
from bot.render.tell import Show

MOST_MISSING = 6


def hole_words(hole: Hole, show: Show) -> str:
    """`Payments sev1-sev4: Thu 2026-12-24 03:00 to 07:00 Europe/London: nobody on call for …`."""
    who = f"{show.word(hole.name, 80)} {severities(hole.severities)}"
    return f"{who}: {when(hole)}: {finding_words(hole, show)}"


def when(hole: Hole) -> str:
    """From when until when, on the clock of the ladder's first schedule."""
    zone = ZoneInfo(hole.zone)
    begin, end = hole.since.astimezone(zone), hole.until.astimezone(zone)
    if hole.open:
        return f"from {begin:%a %Y-%m-%d %H:%M} {zone.key} on"
    last = f"{end:%H:%M}" if begin.date() == end.date() else f"{end:%a %Y-%m-%d %H:%M}"
    return f"{begin:%a %Y-%m-%d %H:%M} to {last} {zone.key}"


def severities(of: Sequence[Severity]) -> str:
    """`sev1`, or `sev1-sev3` for those in a row."""
    known = list(Severity)
    first, last = known.index(of[0]), known.index(of[-1])
    if len(of) > 1 and list(of) == known[first : last + 1]:
        return f"{of[0].value}-{of[-1].value}"
    return ", ".join(each.value for each in of)


def finding_words(hole: Hole, show: Show) -> str:
    """For whom nobody is there, and who is reached first all the same."""
    finding, ladder = hole.finding, show.word(str(hole.ladder), 80)
    missing = [show.word(name, 80) for name in finding.missing[:MOST_MISSING]]
    if len(finding.missing) > MOST_MISSING:
        missing.append(f"{len(finding.missing) - MOST_MISSING} more")
    if finding.ladder:
        return f"nobody on call for {', '.join(missing)} (ladder {ladder}); {_first(finding, show)}"
    which = f" ({', '.join(missing)})" if missing else ""
    return f"NOBODY on any rung of {ladder}{which}; {_first(finding, show)}"


def _first(finding: Finding, show: Show) -> str:
    if finding.first is None or finding.after is None:
        return "NOBODY AT ALL is reached"
    soon = "at once" if finding.after == timedelta() else f"after {span(finding.after)}"
    by = "" if finding.ladder else ", by the catch-all"
    return f"first reached is {show.word(finding.first, 80)} {soon}{by}"


def holes_told(told: HolesAhead) -> Message:
    """For the channel of the service: what is to come, or begins within a day."""
    show = Show(word=marked, block=marked, time=date)
    title, count = marked(told.about.title, 80), len(told.holes) + told.more
    what = "at one time" if count == 1 else f"at {count} times"
    begins = "soon" if told.soon else "in the next days"
    text = f"Incidents of {title} would find nobody {what} {begins}: first {date(told.holes[0].since)}."
    lines = [
        f"• {severities(hole.severities)}: {when(hole)}: {finding_words(hole, show)}" for hole in told.holes
    ]
    paragraphs, _ = packed([*lines, *([f"… and {told.more} more"] if told.more else [])], most=4)
    return message(
        text,
        section(f"⚠️ *{text}*"),
        *(section(each) for each in paragraphs),
        context(
            "`/oncall take` or `/oncall override` fills a hole; `tocsin simulate --holes` lists them all."
        ),
    )


def document(holes: Sequence[Hole], since: datetime, until: datetime) -> dict[str, object]:
    """For machines, times in UTC."""
    return {
        "since": zulu(since),
        "until": zulu(until),
        "holes": [
            {
                "service": hole.service,
                "severities": [each.value for each in hole.severities],
                "ladder": hole.ladder,
                "since": zulu(hole.since),
                "until": None if hole.open else zulu(hole.until),
                "missing": list(hole.finding.missing),
                "first": hole.finding.first,
                "after_seconds": None if hole.finding.after is None else hole.finding.after.total_seconds(),
                "on_ladder": hole.finding.ladder,
            }
            for hole in holes
        ],
    }
