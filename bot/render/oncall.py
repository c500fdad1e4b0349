"""Answers about who is on call, for one reader: what was changed, what was decided, what cannot be."""

from collections.abc import Sequence
from datetime import datetime

from bot.domain.duty import Change, Swap
from bot.domain.ids import PersonId, ScheduleId
from bot.domain.override import Override, OverrideKind
from bot.domain.people import Person
from bot.domain.roster import Roster
from bot.domain.schedule import Gap
from bot.render import actions as a
from bot.render.duty import change_told, span_words, swap_asked, turn_words
from bot.render.escape import date, fence, flatten, marked
from bot.render.message import Block, Message, actions, button, context, message, section
from bot.render.seal import Seal

MOST_OVERRIDES = 10
MOST_OFFERS = 5
MARK = 6
"""So many characters at the end of an override's id tell it from others."""


def mark_of(override: Override) -> str:
    """The end of an override's id, by which it is named."""
    return override.id[-MARK:]


def changed(change: Change | None) -> Message:
    """What came of a wish."""
    if change is None:
        return message("That was done already.", section("That was done already."))
    told = change_told(change)
    follow = "Both sides and the schedule's channel are told."
    return message(f"Done. {told.text} {follow}", *told.blocks, context(f"Done. {follow}"))


def offered(swap: Swap, name: str, zone: str) -> Message:
    """An offer that stands."""
    text = f"{marked(name, 60)} is asked whether they swap; nothing changes until they agree."
    lines = f"You give: {turn_words(swap.mine, zone)}\nYou get: {turn_words(swap.theirs, zone)}"
    return message(
        text, section(f"{text}\n{lines}"), context(f"The offer stands until {date(swap.expires_at)}.")
    )


def tried_out(person: Person) -> Message:
    """A test is on its way."""
    ways = ", ".join(dict.fromkeys(str(each.kind) for each in person.methods))
    text = f"Test pages are on their way to you by {marked(ways, 200)}. You are told soon what arrived."
    return message(text, section(text))


def leaves_nobody(change: Change, seal: Seal, *, withdraw: str | None = None, typed: str = "") -> Message:
    """What was wanted leaves nobody on call: refused, and how to say that it is meant."""
    spans = "; ".join(span_words(each.since, each.until, change.zone) for each in change.gaps[:5])
    text = (
        f"That would leave NOBODY ON CALL for {marked(change.title, 60)} from {spans}. Nothing was changed."
    )
    how = "Name somebody instead. If you mean it, add the words `leaving nobody`."
    sure = (
        button("Leave nobody on call", a.WITHDRAW, seal.stamp(a.WITHDRAW, f"{withdraw}!"), style="danger")
        if withdraw
        else None
    )
    echo = section(f"You typed:\n{fence(flatten(typed), 1400)}") if typed.strip() else None
    return message(text, section(f"*{text}*\n{how}"), echo, actions([sure]))


def decided_list(
    roster: Roster, overrides: Sequence[Override], swaps: Sequence[Swap], seal: Seal, now: datetime
) -> Message:
    """Overrides that count now or later, the last made first, and offers that nobody has answered."""
    if not overrides and not swaps:
        return message("There are no overrides.", section("There are no overrides, and no offers of swaps."))
    last = sorted(overrides, key=lambda each: (each.made_at, each.id), reverse=True)
    rows = [_row(each, roster, last, seal, now) for each in last[:MOST_OVERRIDES]]
    more = len(last) - MOST_OVERRIDES
    return message(
        f"{len(last)} overrides, and {len(swaps)} offers of swaps.",
        *rows,
        context(f"… and {more} more; name a schedule: `list primary`") if more > 0 else None,
        *(section(_offer(each, roster)) for each in swaps[:MOST_OFFERS]),
        context("Where overrides overlap, the one that was made last wins."),
    )


def offers(swaps: Sequence[Swap], changes: Sequence[Change], seal: Seal) -> list[Block]:
    """Offers that the reader can answer."""
    return [
        block
        for swap, change in zip(swaps, changes, strict=True)
        for block in swap_asked(swap, change, seal).blocks
    ]


def gap_lines(gaps: Sequence[tuple[ScheduleId, str, Gap]]) -> str:
    """When nobody is on call in the reader's schedules."""
    return "\n".join(
        f"⚠️ NOBODY ON CALL for *{marked(schedule, 60)}*: {span_words(gap.since, gap.until, zone)}"
        for schedule, zone, gap in gaps[:10]
    )


def _row(override: Override, roster: Roster, newest: Sequence[Override], seal: Seal, now: datetime) -> Block:
    schedule = roster.schedules.get(override.schedule)
    zone = schedule.zone if schedule else "UTC"
    after = newest[: newest.index(override)]
    hidden = any(
        each.schedule == override.schedule and each.since < override.until and override.since < each.until
        for each in after
    )
    notes = [
        "now" if override.since <= now else "",
        "a later one overlaps" if hidden else "",
        f"“{marked(override.reason, 100)}”" if override.reason else "",
        f"by {marked(override.by.name, 60)}",
        f"`#{mark_of(override)}`",
    ]
    text = (
        f"*{marked(override.schedule, 60)}*: {_meaning(override, roster)}\n"
        f"{span_words(override.since, override.until, zone)}\n{' · '.join(each for each in notes if each)}"
    )
    cancel = button("Cancel", a.WITHDRAW, seal.stamp(a.WITHDRAW, override.id), said="Cancel this override")
    return section(text, accessory=cancel)


def _meaning(override: Override, roster: Roster) -> str:
    who = _name(roster, override.person)
    match override.kind:
        case OverrideKind.ADD:
            return f"{who} besides whoever is on call"
        case OverrideKind.REMOVE:
            return f"{who} is not on call"
        case OverrideKind.REPLACE if override.instead_of:
            return f"{who} instead of {_name(roster, override.instead_of)}"
        case OverrideKind.REPLACE:
            return f"{who} is on call"


def _offer(swap: Swap, roster: Roster) -> str:
    schedule = roster.schedules.get(swap.schedule)
    zone = schedule.zone if schedule else "UTC"
    mine, theirs = _name(roster, swap.mine.person), _name(roster, swap.theirs.person)
    return (
        f"*{marked(swap.schedule, 60)}*: {mine} offers {theirs} a swap, open until {date(swap.expires_at)}\n"
        f"{mine} gives {turn_words(swap.mine, zone)}\n{theirs} gives {turn_words(swap.theirs, zone)}"
    )


def _name(roster: Roster, person: PersonId) -> str:
    found = roster.person(person)
    return marked(found.name if found else person, 60)
