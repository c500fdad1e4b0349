"""The timeline in words: one sentence an entry, for the card's thread, lists and exports."""

from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from bot.domain.incident import Incident
from bot.domain.timeline import Entry, EntryKind
from bot.render.escape import clip, clock, date, marked, marked_lines, one_line, several_lines, utc
from bot.render.look import severity_word
from bot.render.message import LONGEST_TEXT, Message, context, message, section
from bot.render.tell import Show, tell

LOUD = frozenset({EntryKind.PAGE_FAILED, EntryKind.EXHAUSTED, EntryKind.REOPENED, EntryKind.DENIED})
"""What is worth showing in the channel as well as in the thread."""


def sentence(entry: Entry, zone: str = "UTC") -> str:
    """What happened, plain; times are in the zone. Not escaped."""
    where = ZoneInfo(zone)

    def local(at: datetime) -> str:
        return f"{at.astimezone(where):%Y-%m-%d %H:%M} {zone}"

    return tell(entry, Show(word=one_line, block=several_lines, time=local))


def marked_sentence(entry: Entry) -> str:
    """What happened, escaped for Slack; nobody is mentioned."""
    return tell(entry, Show(word=marked, block=marked_lines, time=clock))


def loud(entries: Sequence[Entry]) -> bool:
    """Whether a reply that tells these is to be shown in the channel too."""
    return any(entry.kind in LOUD for entry in entries)


def thread_reply(entries: Sequence[Entry]) -> Message:
    """One reply for a batch of entries, a line each with its UTC time. Names are plain: nobody is pinged."""
    lines = [f"`{entry.at.astimezone(UTC):%H:%M:%S} UTC` {marked_sentence(entry)}" for entry in entries]
    return message(_fitting(lines, LONGEST_TEXT))


def timeline(incident: Incident, entries: Sequence[Entry], now: datetime) -> Message:
    """The newest entries of an incident, for one reader."""
    lines = [f"{date(entry.at)} {marked_sentence(entry)}" for entry in entries]
    shown = _fitting(list(reversed(lines)), LONGEST_TEXT - 100) or "-"
    title = f"Timeline of {incident.key}: {marked(incident.title)}"
    return message(
        f"{title}, {len(entries)} entries.",
        section(f"*{title}*"),
        section(shown),
        context(f"Newest first · {len(entries)} entries · as of {clock(now)}"),
    )


def export(incident: Incident, entries: Sequence[Entry]) -> str:
    """The whole timeline as Markdown, times in UTC."""
    head = [
        f"# {incident.key}: {_markdown(one_line(incident.title))}",
        "",
        f"* Severity: {severity_word(incident.severity)}",
        f"* Service: {_markdown(one_line(incident.service.name))}",
        f"* Status: {incident.status.value}",
        f"* Opened: {utc(incident.opened_at)}",
        "",
    ]
    lines = [
        f"* {entry.at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC  {_markdown(sentence(entry))}"
        for entry in entries
    ]
    return "\n".join([*head, *lines]) + "\n"


def _markdown(text: str) -> str:
    escaped = "".join(f"\\{each}" if each in "\\`*_[]<>#|!~" else each for each in text)
    return escaped.replace("\n", "\n  ")


def _fitting(lines: list[str], limit: int) -> str:
    """Whole lines as long as there is room, then how many more there are."""
    kept: list[str] = []
    room = limit - 40
    for number, line in enumerate(lines):
        short = clip(line, 1000)
        if len(short) + 1 > room:
            return "\n".join([*kept, f"… and {len(lines) - number} more"])
        kept.append(short)
        room -= len(short) + 1
    return "\n".join(kept)
