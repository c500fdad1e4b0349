"""Any bot's message by a sane default: state, severity, title and identity are guessed from how it looks.

It would rather fire than miss: what says nothing of its state is firing, with little confidence.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from bot.domain.alert import Alert, AlertState, Severity
from handlers.alerts.blocks import Field
from handlers.alerts.identity import MAX_DESCRIPTION, MAX_LABEL, digest, moment, shortened, titled
from handlers.alerts.markup import words
from handlers.alerts.reading import SlackMessage
from handlers.alerts.severities import NAMES, severity_in, severity_of, worst
from handlers.alerts.wording import (
    STATE_FIELDS,
    STATE_WORDS,
    colour_state,
    field_state,
    is_yellow,
    leading_state,
    signed_state,
    spoken_state,
)

SOURCE = "generic"
MAX_LINES = 60
NAMED_LINE = re.compile(r"[^\w\n]{0,6}([^\W\d_][\w /-]{0,40}?)\*?:\*?\s+(\S[^\n]{0,300})")
# Fields that tell one thing from another and are the same when it is over.
IDENTIFYING = words(
    "host hostname instance service monitor check resource alarm_name name rule rule_name rule_id "
    "project environment env cluster namespace application app device agent job region node pod "
    "database queue"
)
EMOJI = re.compile(r"(?<!\w):[a-z0-9_+'-]{1,60}:(?!\w)|[\u2190-\u2bff\ufe0f\U0001f000-\U0001faff]")
URL = re.compile(r"https?://\S+")
# A reason after the verb is another one when it is over: "triggered due to …", "resolved after …".
REASON = re.compile(r"\s(?:due to|because|after|since|with the following)\s.*", re.DOTALL)
BRACKETED_STATE = re.compile(r"\[([^\]\n]{1,40})\]")
CLOCK = re.compile(
    r"\b[0-9]{4}[-./][0-9]{1,2}[-./][0-9]{1,2}(?:[t ][0-9:.]{4,15}(?:z|[+-][0-9:]{4,6})?)?"
    r"|\b[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?\b"
)
PLAIN_NUMBER = re.compile(
    r"[#~<>=±+-]?[0-9][0-9.,]*"
    r"(?:%|[mnuµ]?s|secs?|m|mins?|h|hrs?|d|days?|[kmgt]|[kmgt]?i?b(?:/s|ps)?|k?hz|x|c|rpm|[qr]ps|/[0-9]+)?"
)
OPAQUE_ID = re.compile(
    r"(?=[0-9a-f-]*[0-9])[0-9a-f]{8}-[0-9a-f-]{27}|(?=[a-f]*[0-9])(?=[0-9]*[a-f])[0-9a-f]{7,}|[0-9]{7,}"
)
SMALL = words("a an the in at on of for to is are was were has have had been be now again back by over since")


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """What the guessing looks at: the lines in the order in which a reader meets them."""

    lines: tuple[str, ...]
    titles: tuple[str, ...]
    prose: tuple[str, ...]
    fields: tuple[Field, ...]
    colour: str


def parse(message: SlackMessage) -> list[Alert]:
    """One alert for every message that shows anything at all."""
    look = _look(message)
    if not look.lines:
        return []
    line = _headline(look)
    state, confidence = _state(look, line)
    return [
        Alert(
            source=SOURCE,
            fingerprint=_fingerprint(message, look, line),
            state=state,
            title=titled(_without_emoji(line).replace("[ ", "[")) or titled(line) or "Alert",
            severity=_severity(look, line),
            description=shortened("\n".join(look.lines), MAX_DESCRIPTION),
            labels=_labels(message, look),
            links=message.all_links,
            at=moment(message),
            origin=message.ref,
            confidence=confidence,
        )
    ]


def _look(message: SlackMessage) -> Look:
    parts = message.attachments
    texts = [message.blocks.header, message.blocks.text, message.text]  # with blocks, the text is not shown
    for part in parts:
        texts += [part.pretext, part.title, part.blocks.header, part.text, part.blocks.text]
    prose = _lines(texts)
    values = [f"{e.name}: {e.value}" if e.value.strip() else e.name for part in parts for e in part.fields]
    lines = _lines([*prose, *values]) or _lines(part.fallback or part.footer for part in parts)
    titles = (message.blocks.header, *(text for part in parts for text in (part.title, part.blocks.header)))
    return Look(
        lines=lines,
        titles=_lines(titles),
        prose=prose,
        fields=_fields(message, lines),
        colour=next((part.colour for part in parts if part.colour), ""),
    )


def _lines(texts: Iterable[str]) -> tuple[str, ...]:
    """Lines that are not empty, each once, as many as are looked at."""
    every = (line.strip() for text in texts for line in text.splitlines())
    return tuple(dict.fromkeys(islice((line for line in every if line), MAX_LINES)))


def _fields(message: SlackMessage, lines: tuple[str, ...]) -> tuple[Field, ...]:
    """What is named: fields of attachments and blocks, and lines such as `Host: db-01`."""
    found = list(message.blocks.fields)
    for part in message.attachments:
        found += [*part.fields, *part.blocks.fields]
    told = (NAMED_LINE.match(line) for line in lines)
    return (*found, *(Field(name=match[1], value=match[2]) for match in told if match))


def _headline(look: Look) -> str:
    """The first line that says a state; else the first title, else the first line with a word in it."""
    candidates = (*look.titles[:3], *look.prose[:6]) or look.lines[:3]
    colour = colour_state(look.colour)
    told = (line for line in candidates if leading_state(line) or spoken_state(line, colour))
    worded = (line for line in candidates if any(char.isalpha() for char in _without_emoji(line)))
    return next(told, None) or next(worded, None) or look.lines[0]


def _state(look: Look, line: str) -> tuple[AlertState, float]:
    """The state, and how sure it is: by a prefix, a field, words, a sign, the colour, words further down."""
    colour = colour_state(look.colour)
    below = "\n".join(look.lines)[:2_000]
    fields = (field_state(entry.value) for entry in look.fields if _name(entry) in STATE_FIELDS)
    guesses: Iterator[tuple[AlertState | None, float]] = iter(
        (
            (leading_state(line), 0.9),
            (next((state for state in fields if state), None), 0.85),
            (spoken_state(line, colour), 0.8),
            (signed_state(line), 0.7),
            (colour, 0.6),
            (signed_state(below), 0.5),
            (spoken_state(below, None), 0.5),
        )
    )
    return next(((state, sure) for state, sure in guesses if state), (AlertState.FIRING, 0.3))


def _severity(look: Look, line: str) -> Severity | None:
    named = worst(severity_of(entry.value) for entry in look.fields if _name(entry) in NAMES)
    return named or severity_in(line) or (Severity.SEV3 if is_yellow(look.colour) else None)


def _fingerprint(message: SlackMessage, look: Look, line: str) -> str:
    bot = message.app_id or message.bot_id or message.username
    subject = next((key for text in (line, *look.titles, *look.lines) if (key := normalised(text))), "")
    told = sorted({(_name(e), e.value.casefold().strip()) for e in look.fields if _name(e) in IDENTIFYING})
    return digest(SOURCE, message.channel, bot, subject, told)


def normalised(text: str) -> str:
    """A title without what differs from one message about the same thing to the next.

    Emoji, addresses, times, free-standing numbers, opaque ids, state words and reasons go;
    `web-1`, `10.0.0.7` and `db02` stay, for they tell one thing from another.
    """
    lowered = URL.sub(" ", EMOJI.sub(" ", text[:1_000])).casefold()
    named = _before_state(lowered)
    kept = (
        word.strip(".,;:!?\"'“”‘’()[]{}*_`|–—-") for word in CLOCK.sub(" ", REASON.sub("", named)).split()
    )
    return " ".join(word for word in kept if word and not _varies(word))


def _before_state(lowered: str) -> str:
    """`[Name] [Down] reason` is about Name: what follows a bracketed state is its reason."""
    for found in BRACKETED_STATE.finditer(lowered):
        if found.start() > 0 and set(found[1].split()) & STATE_WORDS and lowered[: found.start()].strip():
            return lowered[: found.start()]
    return lowered


def _varies(word: str) -> bool:
    return bool(
        word in SMALL or word in STATE_WORDS or PLAIN_NUMBER.fullmatch(word) or OPAQUE_ID.fullmatch(word)
    ) and not _is_address(word)


def _is_address(word: str) -> bool:
    return word.count(".") == 3 and word.replace(".", "").isdigit()


def _labels(message: SlackMessage, look: Look) -> dict[str, str]:
    labels = {"bot": message.username} if message.username else {}
    for entry in look.fields:
        name = _name(entry)
        if entry.value.strip() and len(labels) < 40 and (name in IDENTIFYING or name in NAMES):
            labels.setdefault(name, shortened(_bare(entry.value), MAX_LABEL))
    return labels


def _name(entry: Field) -> str:
    return "_".join(entry.name.casefold().split())


def _bare(text: str) -> str:
    return text.replace("`", "").replace("*", "")


def _without_emoji(text: str) -> str:
    return " ".join(EMOJI.sub(" ", text).split())
