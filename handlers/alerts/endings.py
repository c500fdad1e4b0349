"""Where a taught end is said, of lines in parts: `P1 | payments | 5xx above 5% | OK since 03:20`.

A part that begins with the end and names nothing of its own speaks of its whole line: others name what it
is about. One that names a thing (`OK search | payments down`) is an entry of a list, and a part that is
nothing but a state (`DOWN`) contradicts; there the whole line is weighed, as any other.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.domain.alert import AlertState
from bot.domain.lesson import says
from handlers.alerts.look import LEADING_EMOJI, bare
from handlers.alerts.phrases import AMISS, LONGEST, NEGATED, PART_OF, PHRASAL, over, over_anywhere
from handlers.alerts.severities import severity_of
from handlers.alerts.spots import parts
from handlers.alerts.subject import normalised
from handlers.alerts.verdict import is_state_field
from handlers.alerts.wording import (
    DENIED,
    FIRE_SIGNS,
    MISLEADING,
    TROUBLE,
    WORD,
    sole_state,
    turned_state,
    verbal_state,
)

MOST_WORDS = 5
SIGNS = re.compile(r"^[^\w\[(]{1,10}")
COUNT = re.compile(r"\W{0,5}[0-9]{1,9}\W{0,5}")
LABEL = re.compile(r"([^\W\d_][\w /-]{0,40}?)\s?:\s{1,5}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Against:
    """Why a text that holds a taught phrase is not over: the words that win; none if it stands elsewhere."""

    phrase: str
    words: tuple[str, ...] = ()


def says_over(text: str, phrases: Sequence[str], *, anywhere: bool) -> bool:
    """Whether a text says by one of the phrases that it is over: that of a place, or a whole message."""
    told = _speaking(text, phrases)
    return over_anywhere(told, phrases) if anywhere else over(told, phrases)


def against(text: str, everything: str, phrases: Sequence[str]) -> Against | None:
    """What speaks against an end, for a place whose text is not over; None where no phrase stands at all."""
    phrase = next((each for each in phrases if says(text, each)), None)
    if phrase is None:
        phrase = next((each for each in phrases if says(everything, each)), None)
        return Against(phrase=phrase) if phrase else None
    lines = [line for line in _speaking(text, phrases).splitlines() if line.strip()]
    holding = [line for line in lines if says(line, phrase)]
    end = next((line for line in holding if over(line, phrases)), None)
    if end is not None:
        words = [bare(line).strip()[:60] for line in lines if not over_anywhere(f"{end}\n{line}", phrases)]
    else:
        words = [word for line in holding for word in _winning(bare(line[:LONGEST]), phrases)]
    return Against(phrase=phrase, words=tuple(dict.fromkeys(words))[:MOST_WORDS])


def _speaking(text: str, phrases: Sequence[str]) -> str:
    """A text in which lines with a part that begins with an end stand once: as that part, or as a whole."""
    lines = text.splitlines()
    ended = {line: end for line in lines if (end := _end_of(line, phrases))}
    within = {part for line in ended for part in _parts(line)}
    return "\n".join(ended.get(line, line) for line in lines if line in ended or line.strip() not in within)


def _end_of(line: str, phrases: Sequence[str]) -> str | None:
    """The part that says that the thing of its line is over; the line, if it is no such part; or none."""
    told = {part: rest for part in _parts(line) if (rest := _behind(part, phrases)) is not None}
    ends = [part for part, rest in told.items() if _names_nothing(rest) and over(part, phrases)]
    contradicted = any(_contradicts(part) for part in _parts(line) if part not in ends)
    return (ends[0] if ends and not contradicted else line) if told else None


def _parts(line: str) -> list[str]:
    return [*parts("", bare(line[:LONGEST]).strip()).values()]


def _behind(part: str, phrases: Sequence[str]) -> str | None:
    """What follows a phrase with which a part begins, perhaps behind a sign or `State:`."""
    said = SIGNS.sub("", LEADING_EMOJI.sub("", part))
    label = LABEL.match(said)
    if label and is_state_field("_".join(label[1].casefold().split())):
        said = said[label.end() :]
    for text in (said.strip(), part.strip()):
        for phrase in (each.strip() for each in phrases):
            if text.casefold().startswith(phrase.casefold()) and says(text, phrase):
                return text[len(phrase) :]
    return None


def _names_nothing(rest: str) -> bool:
    return not COUNT.fullmatch(rest) and not normalised(rest, chosen=True)


def _contradicts(part: str) -> bool:
    """Whether a part tells how it is now, by a state alone, a sign, a change, a verb; a severity does not."""
    states = (verbal_state(part), turned_state(part), None if severity_of(part) else sole_state(part))
    return AlertState.FIRING in states or any(sign in part for sign in FIRE_SIGNS)


def _winning(plain: str, phrases: Sequence[str]) -> Iterator[str]:
    """The words and signs of a line by which its phrases do not count."""
    rest = plain
    for phrase in phrases:
        rest = re.sub(re.escape(phrase.strip()) or "$^", " ", rest, flags=re.IGNORECASE)
    yield from (sign for sign in FIRE_SIGNS if sign in rest)
    for rule, text in ((PHRASAL, plain), (MISLEADING, plain), (DENIED, plain), (TROUBLE, rest)):
        yield from (found.group().strip() for found in rule.finditer(text))
    for phrase in phrases:
        before, said, _ = plain.casefold().partition(phrase.casefold().strip())
        if said and (found := NEGATED.search(before[-50:])):
            yield found.group().strip()
    yield from (found.group() for found in PART_OF.finditer(rest) if found[1] != found[2])
    yield from (word for word in WORD.findall(rest) if word.casefold() in AMISS)
