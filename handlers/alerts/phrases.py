"""Whether taught phrases for an end are meant: trouble and negations beside them win.

`up` stands in `follow up: payments down`, `ok` in `backup not ok`. A word for nothing but an end (`resolved`)
counts beside the name of what was wrong, and so does a state before all else: `OK: db-1 down`.
"""

import re
from collections.abc import Sequence

from bot.domain.alert import AlertState
from bot.domain.lesson import says
from handlers.alerts.foreign import own_words
from handlers.alerts.look import bare
from handlers.alerts.markup import words
from handlers.alerts.severities import OUTSPOKEN
from handlers.alerts.wording import (
    CLEAR_WORDS,
    DENIED,
    FIRE_SIGNS,
    FIRE_WORDS,
    MISLEADING,
    TROUBLE,
    WORD,
    leading_state,
    relapsed,
    sole_state,
    turned_state,
    verbal_state,
)

LONGEST = 2_000
AMISS = (
    FIRE_WORDS
    | OUTSPOKEN
    | words(
        "lost losing dead broken refused rejected denied fault faulty exhausted full dropped missing "
        "gestört ausgefallen"
    )
)
# Verbs with an `up` that is no state, and `up to`.
PHRASAL = re.compile(
    r"\b(?:follow|look|set|start|back|clean|wake|speed|catch|pick|hold|end|show|come|sign|scale|warm|boot|ramp|mix"
    r"|blow|give|make|stand|queue|pile|build|fill|hang|bring|open|top|heat)\w{0,4}[\s-]{1,3}"
    r"(?:(?:it|them|this|that|him|her|us)\s{1,3})?up\b|\bup\s{1,3}(?:to|in the|until)\b",
    re.IGNORECASE,
)
NEGATED = re.compile(
    r"\b(?:not|never|isn't|aren't|wasn't|hasn't|haven't|no|without|un)\W{1,3}(?:\w{1,12}\W{1,3}){0,2}$"
)
PART_OF = re.compile(r"\b([0-9]{1,6})\s{0,2}(?:of|/|out of|von)\s{0,2}([0-9]{1,6})\b")
COUNTED = re.compile(r"\W{0,12}[^\W\d_]{2,20}\s{0,3}[:=]\s{0,3}[0-9]")


def over(text: str, phrases: Sequence[str]) -> bool:
    """Whether what stands at the place of the state says that it is over."""
    plain = _plain(own_words(text[:LONGEST]))
    said = [phrase for phrase in phrases if says(plain, phrase)]
    if not said:  # unless it was taught as a part of a name or value
        joined = [phrase for phrase in phrases if own_words(phrase) != phrase]
        plain = _plain(text[:LONGEST]) if joined else plain
        said = [phrase for phrase in joined if says(plain, phrase)]
    if not said or any(sign in _without(plain, said) for sign in FIRE_SIGNS):
        return False
    if turned := turned_state(plain):
        return turned is AlertState.CLEARED
    rest = _without(plain, said)
    if _denied(plain, said) or TROUBLE.search(rest):
        return False
    if any(word in CLEAR_WORDS for phrase in said for word in WORD.findall(phrase.casefold())):
        return True
    first = leading_state(plain) is AlertState.CLEARED and not COUNTED.match(plain)
    return first or _last(plain) or _leads(plain, said) or not _amiss(rest)


def _plain(text: str) -> str:
    return MISLEADING.sub(" ", PHRASAL.sub(" ", bare(text)))


def over_anywhere(text: str, phrases: Sequence[str]) -> bool:
    """The same of a whole message: one of its lines says so, and none that something is the matter."""
    lines = [line for line in text.splitlines() if line.strip()]
    ends = [line for line in lines if over(line, phrases)]
    if any(_ended(line, phrases) for line in ends):
        return True
    return bool(ends) and not any(_matters(line) for line in lines if line not in ends)


def _ended(line: str, phrases: Sequence[str]) -> bool:
    said = (phrase for phrase in phrases if says(line, phrase))
    return any(word in CLEAR_WORDS for phrase in said for word in WORD.findall(phrase.casefold()))


def _matters(line: str) -> bool:
    plain = bare(line[:LONGEST])
    states = (
        leading_state(plain),
        verbal_state(plain),
        sole_state(plain),
        sole_state(plain.partition(":")[2]),
    )
    return AlertState.FIRING in states


def _denied(plain: str, said: Sequence[str]) -> bool:
    lowered = plain.casefold()
    if relapsed(lowered) or any(
        DENIED.search(lowered) and not DENIED.search(phrase.casefold()) for phrase in said
    ):
        return True
    places = (lowered.find(phrase.casefold()) for phrase in said)
    return any(NEGATED.search(lowered[max(0, at - 50) : at]) for at in places if at > 0)


def _last(plain: str) -> bool:
    """Whether a line names one thing and then says its state: `Error rate of shop: ok`."""
    name, _, last = plain.rpartition(":")
    several = "," in name or ";" in name or verbal_state(name) is AlertState.FIRING
    return bool(name) and not several and sole_state(last) is AlertState.CLEARED


def _leads(plain: str, said: Sequence[str]) -> bool:
    """Whether a sign stands before all words."""
    start = plain.lstrip()
    return any(start.startswith(phrase) and not phrase[0].isalnum() for phrase in said)


def _amiss(rest: str) -> bool:
    parts = any(found[1] != found[2] for found in PART_OF.finditer(rest))
    return parts or bool(AMISS & set(WORD.findall(rest.casefold())))


def _without(plain: str, said: Sequence[str]) -> str:
    """What is left beside the phrases themselves."""
    for phrase in said:
        plain = re.sub(re.escape(phrase), " ", plain, flags=re.IGNORECASE)
    return plain
