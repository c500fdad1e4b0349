"""Firing or cleared: every sign in a message is weighed, and how clear the sum is says how sure we are."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from bot.domain.alert import AlertState, Severity
from handlers.alerts.foreign import own_value, own_words, tells_of_attack
from handlers.alerts.look import Line, Look, bare
from handlers.alerts.severities import NAMES, severity_of
from handlers.alerts.wording import (
    DENIED,
    begins,
    colour_state,
    field_state,
    is_yellow,
    leading_state,
    opening_state,
    relapsed,
    said_states,
    signed_state,
    sole_state,
    turned_state,
    verbal_state,
)

STATE_FIELD = re.compile(r"(?:.*_)?(?:status|state|condition|health|result|outcome)")
FORMER = re.compile(r"(?:old|previous|prior|former|last|before)_.*")
GRAVE = (Severity.SEV1, Severity.SEV2)
UNCERTAIN = 0.3
"""The confidence of a message that says nothing of its state; it is firing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sign:
    """Something that speaks for a state: more than 0 for firing, less for cleared.

    `plain`: it stands where the bot itself says the state, and nobody's words are handed on.
    """

    weight: float
    place: str
    plain: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """The state, how sure it is, and the place that told most of it."""

    state: AlertState
    confidence: float
    place: str


def headline(look: Look) -> Line:
    """The line that says most of the state, titles first; else the first title, else the first words.

    Where an attack is spoken of it is no line below that, for it may be in the attacker's words.
    """
    candidates = (*look.titles[:3], *[line for line in look.lines if not line.title][:6])
    told = (line for line in candidates if _outspoken(line.text))
    worded = (line for line in candidates if any(char.isalpha() for char in line.text))
    found = next(told, None) or next(worded, None) or look.lines[0]
    attacks = () if found in _top(look) else (line for line in candidates if tells_of_attack(line.text))
    return next(iter(attacks), found)


def judge(look: Look, line: Line) -> Verdict:
    """Weigh. It would rather fire than miss: only what speaks for an end clears, in the bot's own words.

    Where a red bar contradicts, or an attack is spoken of, only what says the end plainly does.
    """
    signs = list(_signs(_own(look), replace(line, text=own_words(line.text))))
    if _contradicted(look):
        signs = [sign for sign in signs if sign.weight > 0 or sign.plain]
    total = sum(sign.weight for sign in signs)
    if not signs:
        return Verdict(state=AlertState.FIRING, confidence=UNCERTAIN, place="nothing says so")
    state = AlertState.CLEARED if total < -0.1 else AlertState.FIRING
    direction = -1 if state is AlertState.CLEARED else 1
    place = max(signs, key=lambda sign: sign.weight * direction).place
    return Verdict(state=state, confidence=round(min(0.95, 0.4 + 0.4 * abs(total)), 2), place=place)


def tells_of_trouble(look: Look, *, lines: int) -> bool:
    """Whether a title, a summary, the first lines, a field or any sign speaks of trouble."""
    first = [*look.titles, *look.summaries, *look.lines[:lines]]
    fields = [_field_sign(entry.value) for entry in look.fields if is_state_field(entry.name)]
    words = any(
        said_states(line.text)[2] or verbal_state(bare(line.text)) is AlertState.FIRING for line in first
    )
    signs = any(signed_state(line.text)[0] is AlertState.FIRING for line in (*first, *look.lines))
    return words or signs or any(weight > 0 for weight in fields)


def is_state_field(name: str) -> bool:
    """Whether a field's name announces how it is now."""
    return bool(STATE_FIELD.fullmatch(name)) and not FORMER.fullmatch(name)


def _outspoken(text: str) -> bool:
    plain = bare(own_words(text))
    return bool(leading_state(plain) or verbal_state(plain) or turned_state(plain) or any(said_states(plain)))


def _own(look: Look) -> Look:
    lines = tuple(replace(each, text=own_words(each.text)) for each in look.lines)
    fields = tuple(replace(each, value=own_value(each.name, each.value)) for each in look.fields)
    return replace(look, lines=lines, fields=fields)


def _top(look: Look) -> tuple[Line, ...]:
    return (*look.titles[:1], *look.lines[:1])


def _contradicted(look: Look) -> bool:
    red = colour_state(look.colour) is AlertState.FIRING and not is_yellow(look.colour)
    return red or any(tells_of_attack(each.text) for each in (*look.titles, *look.summaries, *look.lines[:6]))


def _signs(look: Look, line: Line) -> Iterator[Sign]:
    """A change, a prefix, a field, a verb say it; words, signs and colours hint at it."""
    text = bare(line.text)
    turned = turned_state(text)
    lead = None if turned else leading_state(text)
    verb = None if turned else verbal_state(text)
    top = line in _top(look)
    yield from _sign(turned or lead, 1.0, line.place, plain=top and opening_state(text) is lead)
    yield from _sign(verb, 0.3 if lead else 0.9, line.place)
    yield from _words(text, line.place, trusted=not (turned or lead or verb))
    signed, first = signed_state(line.text)
    yield from _sign(signed, 0.6 if first else 0.3, line.place, plain=top and first)
    for entry in look.fields:
        if is_state_field(entry.name) and (weight := _field_sign(entry.value)):
            yield Sign(weight=weight, place=entry.place, plain=True)
            break
    if any(severity_of(entry.value) in GRAVE for entry in look.fields if entry.name in NAMES):
        yield Sign(weight=0.25, place="its severity")
    yield from _below(look, line)
    colour = colour_state(look.colour)
    yield from _sign(colour, 0.3 if is_yellow(look.colour) else 0.5, look.colour_place, plain=True)


def _words(text: str, place: str, *, trusted: bool) -> Iterator[Sign]:
    """Words anywhere in the headline. Trouble is often only what it is about: `API errors: recovered`."""
    ended, fine, trouble = said_states(text)
    if ended and not (DENIED.search(text.casefold()) or relapsed(text)):
        yield Sign(weight=-0.7, place=place)
    if fine and trusted and not ended:
        yield Sign(weight=-0.2, place=place)
    if trouble:
        yield Sign(weight=0.4 if trusted else 0.2, place=place)
    elif trusted and begins(text):
        yield Sign(weight=0.25, place=place)


def _below(look: Look, line: Line) -> Iterator[Sign]:
    """What other lines say: the first that is nothing but a state, that begins with one, that has a verb."""
    others = [other for other in look.lines if other.text != line.text]
    sole = ((sole_state(bare(other.text)), other) for other in others)
    for state, other in [each for each in sole if each[0]][:1]:
        yield from _sign(state, 1.0, other.place)
        return
    leads = ((turned_state(text := bare(other.text)) or leading_state(text), other) for other in others)
    for state, other in [each for each in leads if each[0]][:1]:
        yield from _sign(state, 0.5, other.place)
    verbs = ((verbal_state(bare(other.text)), other) for other in others)
    told = [each for each in verbs if each[0]]
    places = [(state, other.place) for state, other in told if state]
    inner = (entry for entry in look.fields if not entry.listed)
    places += [(state, entry.place) for entry in inner if (state := verbal_state(entry.value))]
    for state, place in places[:1]:
        yield from _sign(state, 0.3, place)
    signed = ((signed_state(other.text)[0], other) for other in others)
    for state, other in [each for each in signed if each[0]][:1]:
        yield from _sign(state, 0.3, other.place)


def _field_sign(value: str) -> float:
    return {None: 0.0, AlertState.FIRING: 1.2, AlertState.CLEARED: -1.2}[field_state(value)]


def _sign(state: AlertState | None, weight: float, place: str, *, plain: bool = False) -> Iterator[Sign]:
    if state is not None:
        yield Sign(weight=weight if state is AlertState.FIRING else -weight, place=place, plain=plain)
