"""Forms in which somebody teaches how messages are read, and what comes back of them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from bot.domain.alert import Severity
from bot.domain.lesson import ANYWHERE, GUESSED, Lesson, phrases
from bot.domain.refused import Refused
from bot.render import actions as a
from bot.render.escape import marked
from bot.render.look import severity_word
from bot.render.message import (
    MOST_OPTIONS,
    Block,
    Message,
    actions,
    button,
    context,
    message,
    option,
    section,
)
from bot.render.modals import labelled, modal, select, typed
from bot.render.seal import Seal
from bot.render.submitted import Errors, State, Values

TITLE, KEY, STATE, CLEARED, IGNORED, SEVERITY = "title", "key", "state", "cleared", "ignored", "severity"
"""Names of inputs; each is the block id and the action id of its input."""

MOST_SPOTS = 40
LONGEST_PACKED = 3000
_ANYWHERE, _GUESSED = "anywhere", "guessed"  # an option's value may not be empty
OVER = "Words or emoji, between commas: resolved, :white_check_mark:. Empty: Tocsin guesses."
GONE = "This form is not whole any more. Close it and teach from the message again."


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """A message of the rehearsal: what it would have become, in a word, and its title."""

    became: str
    title: str
    severity: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """A message that holds a phrase for the end and is not over, and its words that win, if any do."""

    title: str
    phrase: str
    words: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Tried:
    """What a lesson would have made of the channel's last messages. `problem`: why that cannot be told."""

    messages: int = 0
    counts: Mapping[str, int] | None = None
    newest: Sequence[Told] = ()
    held: Sequence[Held] = ()
    problem: str = ""


def teach_form(
    lesson: Lesson, spots: Mapping[str, str], *, more: str = "", retire: Block | None = None
) -> Block:
    """What was proposed, for correction. `spots` are the places of the example with what stands there.

    `retire` is the button that ends what was taught before.
    """
    places = _places(lesson, spots)
    state = {ANYWHERE: option("Anywhere in the message", _ANYWHERE)} | places
    fixed = {each.value: option(f"Always {severity_word(each)}", each.value) for each in Severity}
    severity = {GUESSED: option("As Tocsin guesses", _GUESSED)} | fixed | places
    chosen = [places[spot] for spot in lesson.key if spot in places]
    key: Block = {"type": "multi_static_select", "options": list(places.values())[:MOST_OPTIONS]}
    return modal(
        a.MODAL_TEACH,
        "Teach Tocsin",
        "Try it",
        packed(lesson),
        section(_intro(lesson, more), accessory=retire),
        labelled(TITLE, "Title", select(list(places.values()), places.get(lesson.title))),
        labelled(
            KEY,
            "What tells one thing from another",
            key | {"initial_options": chosen} if chosen else key,
            hint="Equal in all messages about one thing. Times, measures and the state in it don't count.",
        ),
        labelled(
            STATE, "Where it says that it is over", select(list(state.values()), state.get(lesson.state))
        ),
        _phrases(CLEARED, "It is over when it says one of these", lesson.cleared, OVER),
        labelled(SEVERITY, "Severity", select(list(severity.values()), severity.get(lesson.severity))),
        _phrases(IGNORED, "No alert when it says one of these", lesson.ignored),
    )


def _intro(lesson: Lesson, more: str) -> str:
    return f"How messages of `{marked(lesson.bot, 60)}` in this channel are to be read. {more}".strip()


def _phrases(name: str, label: str, known: Sequence[str], hint: str | None = None) -> Block:
    return labelled(name, label, typed(", ".join(known), 600), optional=True, hint=hint)


def switch_on_form(lesson: Lesson, tried: Tried) -> Block:
    """What the lesson would have made of what was posted, before it counts."""
    lines = [f"• *{each.became}* {_mark(each)}{marked(each.title, 120)}" for each in tried.newest]
    return modal(
        a.MODAL_SWITCH_ON,
        "Teach Tocsin",
        "Switch on",
        packed(lesson),
        section(_summary(tried)),
        section("\n".join(lines)) if lines else None,
        section("\n".join(_held(each, lesson) for each in tried.held)) if tried.held else None,
        context("From now on new messages are read like that. What is open stays as it is."),
    )


def switched_on(lesson: Lesson, seal: Seal) -> Message:
    """What is said to whoever taught it."""
    text = f"New messages like that one are read by lesson `{marked(lesson.name)}`, version {lesson.version}."
    return message(text, section(text), actions([retire(lesson, seal)]))


def retire(lesson: Lesson, seal: Seal) -> Block:
    """The button that has it count no more."""
    value = seal.stamp(a.LESSON_RETIRE, lesson.name)
    return button("Retire it", a.LESSON_RETIRE, value, said=f"Retire the lesson {lesson.name}")


def retired(name: str, *, in_file: bool) -> Message:
    """It counts no more."""
    still = " One of that name stands in `tocsin.yaml` and counts still: take it away there."
    text = f"The lesson `{marked(name, 80)}` counts no more: its bot is read as any other."
    return message(text, section(text + (still if in_file else "")))


def corrected(lesson: Lesson, state: State) -> Lesson | Errors:
    """The lesson as it was submitted."""
    values = Values(state)
    title, key = values.choice(TITLE), values.choices(KEY)
    if not title:
        return Errors(fields={TITLE: "Choose what names the incident."})
    found: dict[str, tuple[str, ...]] = {}
    for name in (CLEARED, IGNORED):
        try:
            found[name] = phrases(values.text(name))
        except Refused as refused:
            return Errors(fields={name: str(refused)})
    place, severity = values.choice(STATE), values.choice(SEVERITY)
    changed = replace(
        lesson,
        title=title,
        key=key,
        state=ANYWHERE if place in (None, _ANYWHERE) else place or ANYWHERE,
        cleared=found[CLEARED],
        ignored=found[IGNORED],
        severity=GUESSED if severity in (None, _GUESSED) else severity or GUESSED,
    )
    if len(packed(changed)) > LONGEST_PACKED:
        return Errors(fields={CLEARED: "That is too much for one lesson: choose fewer places and phrases."})
    return changed


def packed(lesson: Lesson) -> str:
    """A lesson as a form's metadata."""
    told = {name: value for name, value in asdict(lesson).items() if value and name not in ("made_at", "by")}
    return json.dumps(told)


def unpacked(metadata: str) -> Lesson:
    """The lesson of a submitted form. Raises Refused for metadata that is not ours."""
    try:
        told = json.loads(metadata)
        words = {name: str(told.get(name, "")) for name in ("state", "severity")}
        lists = {name: tuple(str(each) for each in told.get(name, ())) for name in (KEY, CLEARED, IGNORED)}
        return Lesson(
            name=str(told["name"]),
            channel=str(told["channel"]),
            bot=str(told["bot"]),
            title=str(told["title"]),
            key=lists[KEY],
            state=words["state"],
            cleared=lists[CLEARED],
            ignored=lists[IGNORED],
            severity=words["severity"],
            version=int(told.get("version", 1)),
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise Refused(GONE) from None


def _places(lesson: Lesson, spots: Mapping[str, str]) -> dict[str, Block]:
    """The spots of the example as options, and those of the lesson that it has not."""
    places = {spot: option(f"{spot}: {value}", spot) for spot, value in [*spots.items()][:MOST_SPOTS]}
    for spot in (lesson.title, *lesson.key, lesson.state, lesson.severity):
        if spot and spot not in places and spot not in set(Severity):
            places[spot] = option(f"{spot}: (not in this message)", spot)
    return places


def _summary(tried: Tried) -> str:
    if tried.problem or tried.counts is None:
        return f"What it would have made of earlier messages can't be told now: {marked(tried.problem, 200)}."
    if not tried.messages:
        return "Of the last 200 messages of the channel none is of this bot."
    told = ", ".join(f"*{count}* {name}" for name, count in tried.counts.items() if count)
    over = "" if tried.counts.get("cleared") else " None of them says that something is over."
    return f"Of the last 200 messages of the channel {tried.messages} are of this bot: {told}.{over}"


def _held(each: Held, lesson: Lesson) -> str:
    """Why a message that says so is not over, and what helps."""
    said = f":warning: “{marked(each.title, 100)}” says “{marked(each.phrase, 60)}” and is not over"
    if each.words:
        wins = ", ".join(f"“{marked(word, 60)}”" for word in each.words)
        return f"{said}: {wins} beside it wins. A place that says only that it is over helps."
    if lesson.state == ANYWHERE:
        return f"{said}: what stands beside it wins. A place that says only that it is over helps."
    return f"{said}: it does not stand at `{marked(lesson.state, 100)}`."


def _mark(each: Told) -> str:
    return f"({marked(each.severity, 10)}) " if each.severity else ""
