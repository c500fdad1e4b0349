"""Reading by a lesson: what somebody taught of one bot's messages, in place of what we would guess."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.domain.alert import Alert, AlertState, Severity
from bot.domain.lesson import ANYWHERE, Lesson, says
from handlers.alerts import generic
from handlers.alerts.endings import Against, against, says_over
from handlers.alerts.identity import MAX_DESCRIPTION, digest, moment, shortened, steady, titled
from handlers.alerts.look import look_at
from handlers.alerts.reading import SlackMessage
from handlers.alerts.severities import severity_in, severity_of
from handlers.alerts.spots import COLOUR, FIELD, PART, spots
from handlers.alerts.subject import normalised, without_emoji

SOURCE = "taught"


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """What a lesson makes of a message. Not `fits`: what it points at is not there."""

    alert: Alert | None
    fits: bool = True


def lesson_for(message: SlackMessage, lessons: Iterable[Lesson]) -> Lesson | None:
    """The first lesson that is for this message's author and channel."""
    authors = (message.bot_id, message.app_id, message.username)
    return next((lesson for lesson in lessons if lesson.fits(message.channel, *authors)), None)


def read_by(lesson: Lesson, message: SlackMessage) -> Reading:
    """Read. A message without the title's spot is none that the lesson is about; it does not fit."""
    stands = spots(message)
    everything = "\n".join([*stands.values(), message.text])
    if _ignored(lesson, everything):
        return Reading(alert=None)
    if not stands.get(lesson.title, "").strip():
        return Reading(alert=None, fits=False)
    guess = generic.parse_whole(message)
    severity, told = _severity(lesson, stands, guess)
    title = stands[lesson.title]
    places = {"title": lesson.title, "fingerprint": ", ".join(lesson.key) or lesson.title}
    return Reading(
        alert=Alert(
            source=SOURCE,
            fingerprint=digest(SOURCE, lesson.name, *message.senders, _key(lesson, stands)),
            state=_state(lesson, stands, everything, guess),
            title=titled(without_emoji(title)) or titled(title) or "Alert",
            severity=severity,
            description=shortened(_description(message, guess), MAX_DESCRIPTION),
            labels=dict(guess.labels if guess else {}) | {"lesson": lesson.name},
            links=message.all_links,
            at=moment(message),
            origin=message.ref,
            parser=f"lesson {lesson.name} version {lesson.version}",
            places=places | {"state": lesson.state or "anywhere"} | ({"severity": told} if severity else {}),
        )
    )


def ignored_by(lesson: Lesson, message: SlackMessage) -> str:
    """The phrase by which a lesson says that a message is no alert; empty if none does."""
    return _ignored(lesson, "\n".join([*spots(message).values(), message.text]))


def contradicted(lesson: Lesson, message: SlackMessage) -> Against | None:
    """What wins over a taught phrase in a message that is read as firing; None if it holds none."""
    stands = spots(message)
    everything = "\n".join([*stands.values(), message.text])
    text = everything if lesson.state == ANYWHERE else stands.get(lesson.state, "")
    return against(text, everything, lesson.cleared)


def _ignored(lesson: Lesson, everything: str) -> str:
    return next((phrase for phrase in lesson.ignored if says(everything, phrase)), "")


def _key(lesson: Lesson, stands: Mapping[str, str]) -> list[tuple[str, str]]:
    """The values that identify; of lines the words that stay. Without any, the title as it stands."""
    found = [(spot, _lasting(lesson, spot, stands)) for spot in lesson.key if spot in stands]
    told = [(spot, value) for spot, value in found if value]
    return told or [(lesson.title, _lasting(lesson, lesson.title, stands))]


def _lasting(lesson: Lesson, spot: str, stands: Mapping[str, str]) -> str:
    """What stays of a value. Where the state stands elsewhere it is all but times and measures.

    A line may have the state within it although it was taught as a value of its own: it is taken out.
    """
    value, state = stands[spot], stands.get(lesson.state, "").strip()
    if spot.startswith((FIELD, COLOUR)):
        return value.casefold()
    if state and lesson.state != spot:
        value = re.sub(rf"(?<!\w){re.escape(state)}(?!\w)", " ", value)
    if PART in spot:
        return steady(value, ids=True) or value.casefold().strip()
    beside = bool(lesson.cleared) and lesson.state not in (ANYWHERE, spot)
    stays = steady(without_emoji(value), ids=True) if beside else normalised(value, chosen=True)
    return stays or value.casefold()


def _state(lesson: Lesson, stands: Mapping[str, str], everything: str, guess: Alert | None) -> AlertState:
    if not lesson.cleared:
        return guess.state if guess else AlertState.FIRING
    anywhere = lesson.state == ANYWHERE
    text = everything if anywhere else stands.get(lesson.state, "")
    ended = says_over(text, lesson.cleared, anywhere=anywhere)
    return AlertState.CLEARED if ended else AlertState.FIRING


def _severity(lesson: Lesson, stands: Mapping[str, str], guess: Alert | None) -> tuple[Severity | None, str]:
    if fixed := lesson.fixed_severity:
        return fixed, "the lesson"
    value = stands.get(lesson.severity, "")
    if found := severity_of(value) or severity_in(value):
        return found, lesson.severity
    return (guess.severity, guess.places.get("severity", "guessed")) if guess else (None, "")


def _description(message: SlackMessage, guess: Alert | None) -> str:
    return guess.description if guess else "\n".join(line.text for line in look_at(message).lines)
