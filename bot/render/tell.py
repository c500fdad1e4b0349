"""What a timeline entry says, as a sentence; how words and instants are written is the caller's choice."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, assert_never

from bot.domain.timeline import Entry, EntryKind


@dataclass(frozen=True, kw_only=True, slots=True)
class Show:
    """How untrusted words (one line), texts (several lines) and instants are written."""

    word: Callable[[str, int], str]
    block: Callable[[str, int], str]
    time: Callable[[datetime], str]


_Signalled = Literal[
    EntryKind.OPENED,
    EntryKind.ALERT,
    EntryKind.ALERT_CLEARED,
    EntryKind.STILL_FIRING,
    EntryKind.STORM,
    EntryKind.STORM_OVER,
]
_Changed = Literal[EntryKind.NOTE, EntryKind.SEVERITY, EntryKind.RESOLVED, EntryKind.REOPENED]
_Answered = Literal[
    EntryKind.ACKNOWLEDGED,
    EntryKind.JOINED,
    EntryKind.UNACKNOWLEDGED,
    EntryKind.SNOOZED,
    EntryKind.WOKEN,
    EntryKind.ESCALATED,
    EntryKind.DECLINED,
]
_Moved = Literal[
    EntryKind.EXTENDED,
    EntryKind.UNDONE,
    EntryKind.OFFERED,
    EntryKind.HANDED_OVER,
    EntryKind.OFFER_DECLINED,
]
_Paged = Literal[
    EntryKind.RUNG,
    EntryKind.NOBODY,
    EntryKind.EXHAUSTED,
    EntryKind.PAGE_SENT,
    EntryKind.PAGE_FAILED,
    EntryKind.PAGED_BY_HAND,
    EntryKind.ASKED_AGAIN,
    EntryKind.TURN,
    EntryKind.LATER,
]
_Climbed = Literal[
    EntryKind.SKIPPED,
    EntryKind.HELD,
    EntryKind.QUIET,
    EntryKind.STOPPED,
    EntryKind.MOVED,
    EntryKind.RESTARTED,
]


def tell(entry: Entry, show: Show) -> str:
    """What happened. Every fact passes through `show`."""
    by, kind, say = show.word(entry.by.name, 80), entry.kind, _Say(entry, show)
    match kind:
        case (
            EntryKind.OPENED
            | EntryKind.ALERT
            | EntryKind.ALERT_CLEARED
            | EntryKind.STILL_FIRING
            | EntryKind.STORM
            | EntryKind.STORM_OVER
        ):
            return _signal(kind, by, say)
        case EntryKind.NOTE | EntryKind.SEVERITY | EntryKind.RESOLVED | EntryKind.REOPENED:
            return _change(kind, by, say)
        case EntryKind.TICKET:
            return _ticket(entry, say)
        case EntryKind.DENIED:
            return f"{by} is not allowed to change this incident, and tried several times"
        case EntryKind.GIVEN_UP:
            return f"Could not deliver {say.fact('what')}: {say.fact('reason')}. It was given up"
        case _:
            return _tell_of_people(entry, kind, by, say)


def _tell_of_people(entry: Entry, kind: _Answered | _Moved | _Paged | _Climbed, by: str, say: "_Say") -> str:
    match kind:
        case (
            EntryKind.ACKNOWLEDGED
            | EntryKind.JOINED
            | EntryKind.UNACKNOWLEDGED
            | EntryKind.SNOOZED
            | EntryKind.WOKEN
            | EntryKind.ESCALATED
            | EntryKind.DECLINED
        ):
            return _answer(entry, kind, by, say)
        case (
            EntryKind.EXTENDED
            | EntryKind.UNDONE
            | EntryKind.OFFERED
            | EntryKind.HANDED_OVER
            | EntryKind.OFFER_DECLINED
        ):
            return _move(entry, kind, by, say)
        case (
            EntryKind.RUNG
            | EntryKind.NOBODY
            | EntryKind.EXHAUSTED
            | EntryKind.PAGE_SENT
            | EntryKind.PAGE_FAILED
            | EntryKind.PAGED_BY_HAND
            | EntryKind.ASKED_AGAIN
            | EntryKind.TURN
            | EntryKind.LATER
        ):
            return _paging(kind, by, say)
        case _:
            return _climbed(kind, by, say)


class _Say:
    """The facts of one entry, written as its reader needs them."""

    def __init__(self, entry: Entry, show: Show) -> None:
        self._facts = entry.facts
        self._show = show

    def fact(self, name: str) -> str:
        return self._show.word(self._facts.get(name, ""), 200)

    def text(self, name: str) -> str:
        return self._show.block(self._facts.get(name, ""), 900)

    def severity(self, name: str) -> str:
        return self._show.word(self._facts.get(name, "").upper(), 10)

    def also(self, words: str, name: str) -> str:
        """The fact after these words; nothing at all without the fact."""
        text = self._facts.get(name, "")
        return f"{words}{self._show.block(text, 600)}" if text.strip() else ""

    def time(self, name: str) -> str:
        text = self._facts.get(name, "")
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            return self._show.word(text, 40)
        return self._show.time(at) if at.tzinfo else self._show.word(text, 40)


def _signal(kind: _Signalled, by: str, say: _Say) -> str:
    match kind:
        case EntryKind.OPENED:
            return f"Opened by {by} as {say.severity('severity')}: {say.fact('title')}"
        case EntryKind.ALERT:
            group = say.also("; firing in its group: ", "members")
            return f"Alert from {by}, {say.severity('severity')}: {say.fact('title')}{group}"
        case EntryKind.ALERT_CLEARED:
            return f"Cleared by {by}: {say.fact('title')}"
        case EntryKind.STILL_FIRING:
            return f"Still firing: {say.fact('alerts')} alerts"
        case EntryKind.STORM:
            return f"Alert storm: more than {say.fact('most')} new alerts in {say.fact('per')}, gathered here"
        case EntryKind.STORM_OVER:
            return (
                f"The storm is over: it brought {say.fact('alerts')} alerts, {say.fact('firing')} still fire"
            )
        case _:
            assert_never(kind)


def _change(kind: _Changed, by: str, say: _Say) -> str:
    match kind:
        case EntryKind.NOTE:
            return f"Note by {by}: {say.text('text')}"
        case EntryKind.SEVERITY:
            return f"{by} changed the severity from {say.severity('before')} to {say.severity('after')}"
        case EntryKind.RESOLVED:
            return f"Resolved by {by}{say.also(' as ', 'reason')}{say.also(': ', 'summary')}"
        case EntryKind.REOPENED:
            return f"Reopened by {by}{say.also(': ', 'reason')}"
        case _:
            assert_never(kind)


def _answer(entry: Entry, kind: _Answered, by: str, say: _Say) -> str:
    match kind:
        case EntryKind.ACKNOWLEDGED:
            via = entry.facts.get("via", "")
            how = f" ({say.fact('via')})" if via.strip() else ""
            return f"{by} acknowledged{how}{say.also('; still needed: ', 'missing')}"
        case EntryKind.JOINED:
            return f"{by} acknowledged too"
        case EntryKind.UNACKNOWLEDGED:
            return f"{by} took the acknowledgement back; the ladder begins again"
        case EntryKind.SNOOZED:
            return f"{by} snoozed it until {say.time('until')}"
        case EntryKind.WOKEN:
            what = "The snooze" if entry.facts.get("snoozed") else "The acknowledgement"
            return f"{what} ended; the ladder begins again"
        case EntryKind.ESCALATED if entry.facts.get("to"):
            return f"{by} escalated to rung {say.fact('to')}: it is paged now"
        case EntryKind.ESCALATED:
            return f"{by} escalated: the next rung is paged now"
        case EntryKind.DECLINED:
            return f"{by} can't take it; the next rung is paged now"
        case _:
            assert_never(kind)


def _move(entry: Entry, kind: _Moved, by: str, say: _Say) -> str:
    match kind:
        case EntryKind.EXTENDED:
            return f"{by} still has it, until {say.time('until')}"
        case EntryKind.UNDONE:
            return f"{by} took the {say.fact('what')} back; the ladder goes on where it was"
        case EntryKind.OFFERED if entry.facts.get("schedule"):
            turn = f"The turn of {say.fact('schedule')} has changed"
            return f"{turn}: {say.fact('to')} is asked to take it over from {say.fact('giver')}"
        case EntryKind.OFFERED:
            return f"{by} asks {say.fact('to')} to take it over"
        case EntryKind.HANDED_OVER:
            return f"{by} took it over from {say.fact('giver')}"
        case EntryKind.OFFER_DECLINED:
            return f"{by} can't take it over; it stays with {say.fact('giver')}"
        case _:
            assert_never(kind)


def _paging(kind: _Paged, by: str, say: _Say) -> str:
    match kind:
        case EntryKind.RUNG:
            return f"Rung {say.fact('rung')}, round {say.fact('round')}: paging {say.fact('people')}"
        case EntryKind.NOBODY:
            return f"NOBODY ON CALL for {say.fact('missing')}"
        case EntryKind.EXHAUSTED:
            ladder, rounds = say.fact("ladder"), say.fact("rounds")
            return f"The ladder {ladder} is exhausted (rounds: {rounds}), and the incident is not taken"
        case EntryKind.PAGE_SENT:
            return f"Page to {say.fact('person')} sent ({say.fact('method')})"
        case EntryKind.PAGE_FAILED:
            return f"Page to {say.fact('person')} FAILED ({say.fact('method')}): {say.fact('reason')}"
        case EntryKind.PAGED_BY_HAND:
            return f"{by} paged {say.fact('people')}{say.also(': ', 'message')}"
        case EntryKind.ASKED_AGAIN:
            return f"No answer yet: paging {say.fact('people')} again"
        case EntryKind.TURN:
            return f"Rung {say.fact('rung')}, round {say.fact('round')}: next in turn, {say.fact('people')}"
        case EntryKind.LATER:
            step = f"Rung {say.fact('rung')}, round {say.fact('round')}"
            why = "nobody was there before" if say.also("", "why") else "they could not be paged before"
            return f"{step}: paging {say.fact('people')} now; {why}"
        case _:
            assert_never(kind)


def _climbed(kind: _Climbed, by: str, say: _Say) -> str:
    match kind:
        case EntryKind.SKIPPED:
            return f"Rung {say.fact('rung')}, round {say.fact('round')} skipped: only {say.fact('why')}"
        case EntryKind.HELD:
            step = f"Rung {say.fact('rung')}, round {say.fact('round')}"
            return f"{step} is held until {say.time('until')}: only {say.fact('why')}"
        case EntryKind.QUIET:
            resting = f"{say.fact('people')} has quiet hours until {say.time('until')}"
            if not say.also("", "turn"):
                return f"{resting} and is paged then"
            return f"{resting}; the turn changes at {say.time('turn')}, and who is on call is asked anew"
        case EntryKind.STOPPED:
            return f"{by} is not paged any more: somebody else has it"
        case EntryKind.MOVED:
            return f"{by} moved it from {say.fact('before')} to {say.fact('after')}, whose ladder begins now"
        case EntryKind.RESTARTED:
            return f"{by} has the configuration's ladder{say.also(' ', 'ladder')} climbed from its beginning"
        case _:
            assert_never(kind)


def _ticket(entry: Entry, say: _Say) -> str:
    if entry.facts.get("problem"):
        return f"The ticket failed: {say.fact('problem')}"
    left_out = f", without {say.fact('dropped')}" if entry.facts.get("dropped") else ""
    return f"Ticket {say.fact('key')} opened{left_out}"
