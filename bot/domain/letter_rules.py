"""Rules on letters: which e-mail fires, which says that it is over, and where each says what."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from bot.domain.alert import AlertState, Severity
from bot.domain.field_mapping import FieldMapping

LETTER: Final = frozenset({"subject", "from", "to", "text", "date", "headers"})
"""What paths of a rule may begin with, besides the groups of its patterns."""

TITLE, KEY, SEVERITY, DESCRIPTION, AT = "title", "key", "severity", "description", "at"
SPOKEN: Final = frozenset({TITLE, KEY, SEVERITY, DESCRIPTION, AT})
"""Groups of these names are these parts, unless the rule says otherwise; all other groups are labels."""


class Occurrence(Protocol):
    """Where a pattern was found."""

    def groupdict(self) -> Mapping[str, str | None]:
        """Its named groups; None for one that took no part."""
        ...


class Search(Protocol):
    """A compiled pattern that takes linear time."""

    def search(self, text: str) -> Occurrence | None:
        """The first place where it is found."""
        ...


class Unmatched(StrEnum):
    """What becomes of a letter that no rule knows."""

    ALERT = "alert"
    UNREAD = "unread"
    IGNORE = "ignore"


@dataclass(frozen=True, kw_only=True, slots=True)
class LetterRule:
    """Counts for letters in which each of its `patterns` is found: by the part, `subject`, `from` or `text`.

    `state` is None for letters that are no alert. `severity` is one that all of them have. `groups` say for
    each named group in which part it stands. Without a key in `mapping` a letter is about what it tells of.
    """

    patterns: Mapping[str, Search]
    groups: Mapping[str, str]
    state: AlertState | None
    mapping: FieldMapping
    severity: Severity | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class LetterRules:
    """All rules of an integration, in order: the first that knows a letter counts."""

    rules: tuple[LetterRule, ...]
    unmatched: Unmatched = Unmatched.ALERT
