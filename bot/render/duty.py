"""What people are told of schedules: changes with what was before, and offers of swaps."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.domain.duty import Change, ChangeKind, Difference, Swap, Turn
from bot.domain.ids import PersonId
from bot.domain.people import Person
from bot.domain.timeline import Entry, EntryKind
from bot.render import actions as a
from bot.render.escape import clip, date, marked, utc
from bot.render.message import Message, actions, button, context, message, section
from bot.render.seal import Seal

MOST_LINES = 12
NAME = 60


def change_told(change: Change) -> Message:
    """A change, for everybody whom it concerns: who did it, what was before, and what is now."""
    text = f"{_what(change)}{_gap_words(change)}"
    lines = [_difference(change, each) for each in change.differences[:MOST_LINES]]
    if len(change.differences) > MOST_LINES:
        lines.append(f"… and {len(change.differences) - MOST_LINES} more times until {date(change.until)}")
    if not lines and change.kind in (ChangeKind.OVERRIDDEN, ChangeKind.WITHDRAWN, ChangeKind.SWAPPED):
        lines = ["Who is on call stays the same."]
    return message(
        text,
        section(f"*{_what(change)}*"),
        section("\n".join(lines)) if lines else None,
        section(f"⚠️ *{_gap_words(change).strip()}*") if change.gaps else None,
        context(f"Reason: {marked(change.reason, 300)}") if change.reason else None,
    )


def swap_asked(swap: Swap, change: Change, seal: Seal) -> Message:
    """The question to the other side, with the two buttons."""
    asks = f"{marked(change.by.name, NAME)} asks you to swap shifts of {marked(change.title, NAME)}"
    lines = [
        f"You would do: {turn_words(swap.mine, change.zone)}",
        f"{_name(change, swap.mine.person)} would do: {turn_words(swap.theirs, change.zone)}",
    ]
    return message(
        f"{asks}. Agree or decline until {date(swap.expires_at)}.",
        section(f"*{asks}*"),
        section("\n".join(lines)),
        context(f"Reason: {marked(swap.reason, 300)}") if swap.reason else None,
        actions(
            [
                button(
                    "Agree",
                    a.SWAP_AGREE,
                    seal.stamp(a.SWAP_AGREE, swap.id),
                    said=f"Agree to swap shifts with {change.by.name}",
                    style="primary",
                ),
                button(
                    "Decline",
                    a.SWAP_DECLINE,
                    seal.stamp(a.SWAP_DECLINE, swap.id),
                    said=f"Decline to swap shifts with {change.by.name}",
                ),
            ]
        ),
        context(f"The offer stands until {date(swap.expires_at)}; nothing changes until you agree."),
    )


def swap_expired(swap: Swap, change: Change) -> Message:
    """The question when nobody has answered it in time: what it was, and nothing to press."""
    asked = f"{marked(change.by.name, NAME)} asked you to swap shifts of {marked(change.title, NAME)}"
    return message(
        f"{asked}. Nobody answered until {date(swap.expires_at)}; nothing has changed.",
        section(f"*{asked}*\nThe offer expired {date(swap.expires_at)}; nothing has changed."),
    )


def trial_report(person: Person | None, entries: Sequence[Entry]) -> Message:
    """What arrived of a test: each method of the person, and whether they answered."""
    sent = {each.facts.get("method", "") for each in entries if each.kind is EntryKind.PAGE_SENT}
    failed = {
        each.facts.get("method", ""): each.facts.get("reason", "")
        for each in entries
        if each.kind is EntryKind.PAGE_FAILED
    }
    answered = any(each.kind is EntryKind.ACKNOWLEDGED for each in entries)
    kinds = [str(each.kind) for each in person.methods] if person else sorted(sent | failed.keys())
    lines = [f"• {marked(each, 30)}: {_arrival(each, sent, failed)}" for each in dict.fromkeys(kinds)]
    well = all(each in sent for each in kinds)
    title = f"Your test page {'went' if well else 'did NOT go'} out by every method."
    follow = "You acknowledged it." if answered else "You have not acknowledged it: did you get it?"
    return message(f"{title} {follow}", section(f"*{title}*"), section("\n".join(lines)), context(follow))


def _arrival(kind: str, sent: set[str], failed: Mapping[str, str]) -> str:
    if kind in sent:
        return "taken by the provider"
    if kind in failed:
        return f"REFUSED ({marked(failed[kind], 100)})"
    return "NOT SENT YET"


def turn_words(turn: Turn, zone: str) -> str:
    """From when until when, for the reader and for the schedule."""
    return span_words(turn.since, turn.until, zone)


def span_words(since: datetime, until: datetime, zone: str) -> str:
    """`… to …` in the reader's zone, and in brackets on the clocks of another one."""
    return f"{date(since)} to {date(until)} ({wall(since, zone)} to {wall(until, zone)} {marked(zone, 40)})"


def wall(at: datetime, zone: str) -> str:
    """`Mon 23 Nov 09:00` on the clocks of that zone; UTC for one that does not exist."""
    try:
        return f"{at.astimezone(ZoneInfo(zone)):%a %d %b %H:%M}"
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return utc(at)


def _what(change: Change) -> str:
    by, title = marked(change.by.name, NAME), marked(change.title, NAME)
    match change.kind:
        case ChangeKind.OVERRIDDEN:
            return f"{by} changed who is on call for {title}."
        case ChangeKind.WITHDRAWN:
            return f"{by} withdrew an override of {title}."
        case ChangeKind.SWAPPED:
            return f"Shifts of {title} were swapped; {by} agreed."
        case ChangeKind.OFFERED:
            return f"{by} offers a swap of shifts of {title}."
        case ChangeKind.DECLINED:
            return f"{by} declined to swap shifts of {title}. Nothing was changed."


def _difference(change: Change, each: Difference) -> str:
    before, after = _names(change, each.before), _names(change, each.after)
    return f"• {span_words(each.since, each.until, change.zone)}: {before} → *{after}*"


def _gap_words(change: Change) -> str:
    if not change.gaps:
        return ""
    spans = "; ".join(span_words(each.since, each.until, change.zone) for each in change.gaps[:3])
    more = " and at other times" if len(change.gaps) > 3 else ""
    return clip(f" NOBODY IS ON CALL for {marked(change.title, NAME)} from {spans}{more}.", 1500)


def _names(change: Change, people: Sequence[PersonId]) -> str:
    return ", ".join(_name(change, each) for each in people) or "NOBODY"


def _name(change: Change, person: PersonId) -> str:
    return marked(change.names.get(person, person), NAME)
