"""Lessons: how messages of one bot in one channel are read, as somebody taught it from an example."""

import re
from dataclasses import dataclass
from datetime import datetime

from bot.domain.alert import Severity
from bot.domain.refused import Refused

ANYWHERE = ""
"""The place of a state that may be told anywhere in a message."""

GUESSED = ""
"""The severity of a lesson that leaves it to the general reader."""

MOST_PHRASES = 20
LONGEST_PHRASE = 60
_WORDS = re.compile(r"[\w ./-]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Lesson:
    """How one bot's messages in one channel are read; a later version replaces an earlier one.

    `bot` is a bot's id, an app's id or a name. `title` and `key` name places of a message, as its spots do;
    messages whose values at `key` are equal are about one thing. A message is over when one of the phrases
    of `cleared` stands at `state`, and fires otherwise; without any phrase the general reader judges. One
    that contains a phrase of `ignored` is no alert. `severity` is a place, one of sev1 to sev4, or GUESSED.
    """

    name: str
    channel: str
    bot: str
    title: str
    key: tuple[str, ...] = ()
    state: str = ANYWHERE
    cleared: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    severity: str = GUESSED
    version: int = 1
    by: str = ""
    made_at: datetime | None = None

    @property
    def fixed_severity(self) -> Severity | None:
        """The severity that all of its alerts have, if it is the same for all."""
        return Severity(self.severity) if self.severity in set(Severity) else None

    def fits(self, channel: str, *authors: str) -> bool:
        """Whether it is for messages of that author (its ids and names) in that channel."""
        known = {author.casefold() for author in authors if author}
        return self.channel == channel and self.bot.casefold() in known


def says(text: str, phrase: str) -> bool:
    """Whether a phrase stands in a text: words as whole words, anything else as it is; case never counts."""
    lowered, wanted = text.casefold(), phrase.casefold().strip()
    if not wanted:
        return False
    if not _WORDS.fullmatch(wanted):
        return wanted in lowered
    return re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", lowered) is not None


def phrases(text: str) -> tuple[str, ...]:
    """Phrases as they are typed, between commas or line breaks; each once. Raises Refused for too many."""
    found = tuple(dict.fromkeys(part.strip() for part in re.split(r"[,\n]", text) if part.strip()))
    if len(found) > MOST_PHRASES or any(len(each) > LONGEST_PHRASE for each in found):
        raise Refused(f"At most {MOST_PHRASES} phrases of up to {LONGEST_PHRASE} characters are possible.")
    return found


def newest(*groups: tuple[Lesson, ...]) -> tuple[Lesson, ...]:
    """Of each name the newest version; among equals that of the earlier group."""
    known: dict[str, Lesson] = {}
    for lesson in (each for group in groups for each in group):
        before = known.get(lesson.name)
        if before is None or lesson.version > before.version:
            known[lesson.name] = lesson
    return tuple(known.values())
