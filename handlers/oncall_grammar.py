"""The grammar of `/oncall`: the same for commands, mentions and direct messages."""

import difflib
from collections.abc import Callable, Mapping
from datetime import datetime

from handlers import oncall_orders as on
from handlers import orders as o
from handlers import words as w
from handlers.words import Unclear, Zoned

ALIASES: Mapping[str, str] = {"now": "who", "list": "who", "mine": "me", "?": "help", "h": "help"}


def on_call(zoned: Zoned, text: str) -> o.Order:
    """The text after `/oncall`; without any: who is on call. Raises Unclear and nothing else."""
    first, rest = w.split(w.tidy(text))
    verb = first.lower()
    read = _VERBS.get(ALIASES.get(verb, verb))
    if read is None:
        raise Unclear(unknown(first, {each: each for each in VERBS if each}, "/oncall"))
    return read(zoned, rest)


def _who(zoned: Zoned, rest: str) -> o.Order:
    if not rest:
        return on.WhoIsOnCall()
    name, _, when = f" {rest} ".partition(" at ")
    name, when = w.free_text(name).removeprefix("@"), when.strip()
    at = later(zoned, when, "who … at") if when else None
    return on.WhoIsOnCall(schedule=name or None, at=at)


def _me(zoned: Zoned, rest: str) -> o.Order:
    return on.MyShifts()


def _help(zoned: Zoned, rest: str) -> o.Order:
    return o.Help(about="oncall", topic=w.free_text(rest)[:40])


_VERBS: Mapping[str, Callable[[Zoned, str], o.Order]] = {
    "": _who,
    "who": _who,
    "me": _me,
    "help": _help,
}
VERBS = tuple(_VERBS)


def later(zoned: Zoned, text: str, verb: str) -> datetime:
    """An instant to come. Raises Unclear with examples for that verb."""
    try:
        found = w.later(text, zoned)
    except OverflowError:
        found = None
    if found is None:
        raise Unclear(
            f"I don't understand the time “{w.free_text(text)[:60]}”. "
            f"Examples: `{verb} 30m`, `{verb} 1h30m`, `{verb} until 09:00`."
        )
    return found


def unknown(word: str, known: Mapping[str, str], command: str) -> str:
    """Says that a word is not known. `known` maps every word that is understood to its verb."""
    shown = w.free_text(word)[:40]
    near = difflib.get_close_matches(shown.lower(), known, n=1, cutoff=0.6)
    hint = f" Did you mean `{known[near[0]]}`?" if near else ""
    return f"I don't know “{shown}”.{hint} `{command} help` shows what I understand."
