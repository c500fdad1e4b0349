"""What `/oncall show`, `calendar` and `fairness` answer."""

from collections.abc import Sequence
from datetime import timedelta

from bot.domain.fairness import Share
from bot.render.escape import fence, marked, one_line
from bot.render.message import Message, context, message, section
from bot.render.timetable import Timetable, alt_text, rows

MOST_ROWS = 30
MOST_PEOPLE = 40


def table_shown(table: Timetable, *, picture: bool) -> Message:
    """The timetable in words; `picture`: it comes as a picture too."""
    shown = rows(table)
    lines = [
        f"{since:<16} {until:<16} {one_line(who, 28)}{f'  ({note})' if note else ''}"
        for since, until, who, note in shown
    ]
    if len(lines) > MOST_ROWS:
        lines = [*lines[:MOST_ROWS], f"… and {len(shown) - MOST_ROWS} more"]
    title = f"On call for {marked(table.title, 80)} (times of {marked(table.zone, 40)})"
    more = "The picture follows in a moment." if picture else ""
    return message(
        marked(alt_text(table, 600), 700),
        section(f"*{title}*"),
        section(fence("\n".join(lines) or "nobody", 2900)),
        context(more) if more else None,
    )


def picture_failed(why: str) -> Message:
    """The words were told already; why there is no picture."""
    text = f"The picture could not be shown: {marked(why, 200)}. The table above says the same."
    return message(text, section(text))


def link_given(title: str, calendar: str, page: str | None) -> Message:
    """The address, for the reader alone: whoever has it can read the calendar."""
    lines = [f"Calendar to subscribe to (iCal):\n{fence(calendar, 600)}"]
    lines += [f"Page with the picture:\n{fence(page, 600)}"] if page else []
    return message(
        f"Here is your calendar of {marked(title, 80)}.",
        section(f"*Your calendar of {marked(title, 80)}*"),
        *(section(each) for each in lines),
        context(
            "It shows names and times from a week ago to 90 days ahead, overrides included. Whoever has the "
            "address can read it: `/oncall calendar revoke` makes it void."
        ),
    )


def links_revoked(title: str, count: int) -> Message:
    """How many addresses count no more."""
    what = f"{count} address{'es' * (count != 1)} of {marked(title, 80)} count{'s' * (count == 1)} no more."
    text = what if count else f"There is no address of {marked(title, 80)} to revoke."
    return message(text, section(text))


def fairness_shown(title: str, span: timedelta, shares: Sequence[Share]) -> Message:
    """The figures as a table."""
    text = f"Who was on call for {marked(title, 80)} in the last {span.days} days"
    table = "\n".join(fairness_lines(shares[:MOST_PEOPLE])) or "nobody"
    return message(
        f"{text}: {len(shares)} people.",
        section(f"*{text}*"),
        section(fence(table, 2900)),
        context(
            "Nights (22–07) and weekends are on each person's own clock. Pages count whatever caused them."
        ),
    )


def fairness_lines(shares: Sequence[Share]) -> list[str]:
    """A head, and a line for each person."""
    head = f"{'':<24} {'hours':>6} {'nights':>6} {'w’ends':>6} {'pages':>6} {'night':>6}"
    return [
        head,
        *(
            f"{one_line(each.name, 24):<24} {each.hours:>6.0f} {each.nights:>6.0f} {each.weekends:>6.0f} "
            f"{each.pages:>6} {each.night_pages:>6}"
            for each in shares
        ),
    ]
