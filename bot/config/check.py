"""What `tocsin check` finds offline, and how it is told to people and to machines."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.text import Text

from bot.config.environment import check_paging, read_settings, trusted
from bot.config.load import load
from bot.config.problem import InvalidConfiguration, Problem
from bot.settings import Settings


def check_report(
    path: Path | None = None,
    parsers: frozenset[str] = frozenset(),
    sources: frozenset[str] = frozenset(),
    *,
    strict: bool = False,
) -> list[Problem]:
    """Everything that is wrong with the settings and the file, at once.

    Without `path` it is the settings' own. The file is checked even when the settings can't be used. Where
    nothing is set up to page people it is checked by itself; `strict` has that a problem, as the bot has.
    """
    problems: list[Problem] = []
    settings: Settings | None = None
    try:
        settings = read_settings()
        problems += check_paging(settings) if strict else ()
    except InvalidConfiguration as error:
        problems += error.problems
    try:
        load(path or (settings.config if settings else _default_path()), trusted(settings), parsers, sources)
    except InvalidConfiguration as error:
        problems += error.problems
    return problems


def _default_path() -> Path:
    default: Path = Settings.model_fields["config"].default
    return default


def as_json(problems: Iterable[Problem]) -> str:
    """One list of objects with `file`, `line`, `path`, `message` and `remedy`."""
    return json.dumps([asdict(problem) for problem in problems], indent=2, ensure_ascii=False)


def show(problems: Sequence[Problem], console: Console) -> None:
    """Print problems for people: where, what, and what to do."""
    for problem in problems:
        place = problem.file if problem.line is None else f"{problem.file}:{problem.line}"
        where = f"  {problem.path}" if problem.path else ""
        console.print(Text.assemble((place, "bold"), (where, "cyan")), soft_wrap=True)
        console.print(Text(f"    {problem.message}", style="red"), soft_wrap=True)
        console.print(Text(f"    → {problem.remedy}"), soft_wrap=True)
    if problems:
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        console.print(Text(f"{count} found.", style="bold red"))
    else:
        console.print(Text("The configuration is fine.", style="green"))


def show_notes(notes: Iterable[str], console: Console) -> None:
    """Print what is no problem, below the verdict."""
    for note in notes:
        console.print(Text(f"Note: {note}", style="yellow"), soft_wrap=True)
