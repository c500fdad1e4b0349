"""A lesson proposed from one example: what the general reader looked at, written down as a rule."""

import re

from bot.domain.alert import AlertState
from bot.domain.lesson import ANYWHERE, GUESSED, Lesson
from handlers.alerts.look import Line, Look, bare, look_at
from handlers.alerts.reading import SlackMessage
from handlers.alerts.severities import NAMES
from handlers.alerts.spots import COLOUR, FIELD, parts, spots
from handlers.alerts.subject import identity, normalised, specific, subject_of
from handlers.alerts.verdict import headline, judge
from handlers.alerts.wording import CLEAR_SIGNS, CLEAR_WORDS, FINE_WORDS, WORD

# What a bot that begins with one of these words is likely to say when it is over.
OPPOSITES = {
    "down": "up, ok",
    "firing": "resolved, ok",
    "fired": "resolved",
    "alerting": "ok, resolved",
    "alarm": "ok, resolved",
    "triggered": "resolved, recovered, ok",
    "problem": "resolved, recovery, ok",
    "critical": "ok, resolved, recovered",
    "warning": "ok, resolved, recovered",
    "failed": "succeeded, passed, success, recovered",
    "failing": "passing, recovered, ok",
    "failure": "success, recovered, back to normal",
    "open": "closed, resolved",
    "opened": "closed, resolved",
    "active": "closed, resolved, inactive",
    "unhealthy": "healthy",
    "degraded": "healthy, operational, resolved",
    "offline": "online",
    "unreachable": "reachable",
    "investigating": "resolved",
    "red": "green",
    "yellow": "green",
}
SIGN_OPPOSITES = {":red_circle:": ":large_green_circle:, :green_circle:, :white_check_mark:", "🔴": "🟢, ✅"}
SIGN_OPPOSITES |= {":x:": ":white_check_mark:, :heavy_check_mark:", "❌": "✅, ✔"}
SIGN_OPPOSITES |= {":fire:": ":white_check_mark:, :large_green_circle:", "🔥": "🟢, ✅"}
SIGN_OPPOSITES |= {":rotating_light:": ":white_check_mark:", "🚨": "✅"}
UNFIT = re.compile(r"[^A-Za-z0-9._-]+")


def propose(message: SlackMessage) -> Lesson | None:
    """A lesson for messages like this one; None for one that shows nothing."""
    look = look_at(message)
    if not look.lines:
        return None
    line = headline(look)
    state, cleared = _over(message, look, line)
    return Lesson(
        name=lesson_name(message),
        channel=message.channel,
        bot=message.bot_id or message.app_id or message.username,
        title=_title(look, line).place,
        key=_key(look),
        state=state,
        cleared=cleared,
        severity=next((f"{FIELD}{entry.label}" for entry in look.fields if entry.name in NAMES), GUESSED),
    )


def lesson_name(message: SlackMessage) -> str:
    """The name of the lesson about a message's author in its channel; it is the same for all of them."""
    bot = message.bot_id or message.app_id or message.username
    author = UNFIT.sub("-", message.username.casefold()).strip("-.") or "bot"
    return f"{author[:24]}-{UNFIT.sub('-', message.channel)}-{UNFIT.sub('-', bot)}"[:63].strip("-.")


def _title(look: Look, line: Line) -> Line:
    """The headline, unless another line names what it is about and that one does not."""
    if specific(subject_of(line.text)):
        return line
    others = (*look.titles, *look.lines)
    return next((other for other in others if specific(subject_of(other.text))), line)


def _key(look: Look) -> tuple[str, ...]:
    about = identity(look)
    fields = [f"{FIELD}{entry.label}" for entry in about.fields]
    lines = [spot for line in about.lines for spot in _telling(line)]
    return tuple(dict.fromkeys([*lines, *fields]))[:10]


def _telling(line: Line) -> list[str]:
    """Of a line in parts those that say more than a state or a measure; else the line."""
    within = parts(line.place, bare(line.text).strip())
    found = [spot for spot, text in within.items() if normalised(text)]
    return found or [line.place]


def _over(message: SlackMessage, look: Look, line: Line) -> tuple[str, tuple[str, ...]]:
    """Where the state is told, and the phrases there that say it is over; nothing when that is not plain."""
    verdict, stands = judge(look, line), spots(message)
    place = next((entry.label for entry in look.fields if entry.place == verdict.place), "")
    told = [f"{FIELD}{place}", COLOUR if verdict.place == look.colour_place else verdict.place]
    for spot in (spot for spot in told if spot in stands):
        found = _ended(stands[spot]) if verdict.state is AlertState.CLEARED else _opposites(stands[spot])
        if found:
            return spot, found
    return ANYWHERE, ()


def _ended(text: str) -> tuple[str, ...]:
    """The words and signs of an end that stand in a text."""
    words = [word for word in WORD.findall(text.casefold()) if word in CLEAR_WORDS or word in FINE_WORDS]
    return tuple(dict.fromkeys([*words, *(sign for sign in CLEAR_SIGNS if sign in text)]))[:5]


def _opposites(text: str) -> tuple[str, ...]:
    found = [OPPOSITES[word] for word in WORD.findall(text.casefold()) if word in OPPOSITES]
    found += [opposite for sign, opposite in SIGN_OPPOSITES.items() if sign in text]
    return tuple(dict.fromkeys(part for each in found for part in each.split(", ")))[:8]
