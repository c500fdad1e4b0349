"""Matchers as people write them: `team =~ "pay.*"`. Patterns are RE2's, which takes linear time."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, cast

import re2
import structlog

from bot.domain.letter_rules import Search
from bot.domain.quiet import Hiding
from bot.domain.route import Matcher, Pattern
from bot.domain.silence import Silence

log = structlog.get_logger(__name__)

LONGEST_PATTERN = 512
PATTERN_MEMORY = 1 << 20
MATCHER = re.compile(r"([A-Za-z_][A-Za-z0-9_.:/-]{0,127})\s*(=~|!~|!=|=)(.*)", re.DOTALL)


class NoMatcher(ValueError):
    """It is none: `str()` says why, `remedy` what to write instead."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.remedy = remedy


@lru_cache(maxsize=4096)
def matcher(written: str) -> Matcher:
    """Label, operator and value, perhaps in quotes. Raises NoMatcher."""
    found = MATCHER.fullmatch(written.strip())
    if found is None:
        remedy = "Write label, operator (`=`, `!=`, `=~`, `!~`) and value: `'team =~ \"pay.*\"'`."
        raise NoMatcher(f"`{_shown(written.strip())}` is no matcher", remedy)
    if found[3].startswith("="):
        remedy = f"Write `{found[2]}`, or quotes around a value that begins with `=`."
        raise NoMatcher(f"`{_shown(found[2])}=` is no operator", remedy)
    op, wanted = cast('Literal["=", "!=", "=~", "!~"]', found[2]), _unquoted(found[3].strip())
    pattern = cast("Pattern", _compiled(wanted)) if op.endswith("~") else None
    return Matcher(label=found[1], op=op, value=wanted, pattern=pattern)


def hidings(silences: Iterable[Silence]) -> Iterable[Hiding]:
    """Silences ready for use; one whose conditions can't be understood hides nothing."""
    for each in silences:
        try:
            yield Hiding(silence=each, matchers=tuple(map(matcher, each.conditions)))
        except NoMatcher as error:
            log.error("silence_not_understood", silence=each.id, why=str(error))  # noqa: TRY400 - its words say all


@dataclass(frozen=True, kw_only=True, slots=True)
class Sought:
    """A pattern that may stand anywhere in a text, and its named groups."""

    pattern: Search
    groups: tuple[str, ...]


def sought(written: str) -> Sought:
    """One that people write. Raises NoMatcher."""
    compiled = _compiled(written)
    return Sought(pattern=cast("Search", compiled), groups=tuple(compiled.groupindex))


def _unquoted(value: str) -> str:
    quoted = len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'"
    return value[1:-1] if quoted else value


def _compiled(expression: str) -> "re2._Regexp":
    if len(expression) > LONGEST_PATTERN:
        message = f"the pattern is longer than {LONGEST_PATTERN} characters"
        raise NoMatcher(message, "Split it into several.")
    options = re2.Options()
    options.max_mem = PATTERN_MEMORY
    options.log_errors = False
    try:
        return re2.compile(expression, options)
    except re2.error as error:
        said = error.args[0]
        reason = _shown(said.decode(errors="replace") if isinstance(said, bytes) else str(said))
        message = f"the pattern can't be used: {reason}"
        raise NoMatcher(message, "Correct it; RE2's syntax has no look-around.") from None


def _shown(text: str) -> str:
    """On one line, and not too long."""
    line = "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)
    return line if len(line) <= 80 else f"{line[:79]}…"
