"""What is wrong with a configuration: where, what, and what to do about it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from bot.errors import ConfigurationError


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """One mistake. `line` begins at 1, None where there is none; `path` is like `services.api.ladder`."""

    file: str
    line: int | None
    path: str
    message: str
    remedy: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        where = f"{self.path}: " if self.path else ""
        return f"{place}: {where}{self.message}. {self.remedy}"


class InvalidConfiguration(ConfigurationError):
    """The settings or `tocsin.yaml` have mistakes; `problems` has them all, in the order of the file."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


def guess(word: str, known: Iterable[str]) -> str:
    """What to do about a word that is not known: the likely one, or the ones there are."""
    names = sorted(known)
    lowered = {name.lower(): name for name in names}
    if close := get_close_matches(word.lower(), lowered, n=1, cutoff=0.6):
        return f"Did you mean `{lowered[close[0]]}`?"
    if not names:
        return "There is none yet."
    shown = ", ".join(f"`{name}`" for name in names[:8])
    return f"Known: {shown}{', …' if len(names) > 8 else ''}."


def printable(text: str, limit: int = 80) -> str:
    """Text of the file for a message: on one line, without control characters, not too long."""
    shown = "".join(c if c.isprintable() else "�" for c in text)
    return shown if len(shown) <= limit else f"{shown[: limit - 1]}…"
