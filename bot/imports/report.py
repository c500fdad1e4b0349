"""Tell people in a terminal, and machines in JSON, what came of an import."""

import json
from pathlib import Path

from rich.console import Console
from rich.text import Text

from bot.config.check import show
from bot.imports.comparison import Compared
from bot.imports.importing import Imported
from bot.imports.note import Note, Same, Weight, together
from bot.imports.product import TITLES

MOST_SHOWN = 8
MOST_OF_A_WEIGHT = 40
HEADINGS = {
    Weight.FILL: ("To fill in", "bold yellow"),
    Weight.LOST: ("Not translated", "bold red"),
    Weight.CHANGED: ("Translated differently", "bold yellow"),
    Weight.LATER: ("To do in Slack, once the bot runs", "bold cyan"),
    Weight.INFO: ("Good to know", "bold"),
}


def show_import(imported: Imported, written: Path | None, console: Console) -> None:
    """Print what was made, what it was checked against, and every note by its weight."""
    where = f" → {written}" if written else ""
    console.print(
        Text(f"Imported from {TITLES[imported.product]}: {_counts(imported)}{where}", style="bold"),
        soft_wrap=True,
    )
    _compared(imported, console)
    same = together(imported.notes.found)
    for weight, (heading, style) in HEADINGS.items():
        of_weight = [one for one in same if one.weight is weight]
        if of_weight:
            console.print(Text(f"\n{heading} ({len(of_weight)})", style=style))
        for one in of_weight[:MOST_OF_A_WEIGHT]:
            _note(one, console)
        if len(of_weight) > MOST_OF_A_WEIGHT:
            console.print(
                Text(f"  … and {len(of_weight) - MOST_OF_A_WEIGHT} more; `--json` has all of them.")
            )
    console.print()
    if imported.wrong:
        show(imported.wrong[:MOST_OF_A_WEIGHT], console)


def _compared(imported: Imported, console: Console) -> None:
    if not imported.compared:
        return
    equal = sum(one.equal for one in imported.compared)
    differ = sum(len(one.differences) for one in imported.compared)
    words = (
        f"Checked against {TITLES[imported.product]}'s own rendering: {equal} shifts equal, {differ} differ."
    )
    console.print(Text(words, style="bold red" if differ else "green"), soft_wrap=True)
    for one in imported.compared:
        console.print(Text(f"  {one}", style="red" if one.differences else ""), soft_wrap=True)


def _note(one: Same, console: Console) -> None:
    subjects = ", ".join(one.subjects[:MOST_SHOWN])
    more = f" and {len(one.subjects) - MOST_SHOWN} more" if len(one.subjects) > MOST_SHOWN else ""
    console.print(Text.assemble("  • ", (f"{subjects}{more}", "bold"), f": {one.what}."), soft_wrap=True)
    if one.remedy:
        console.print(Text(f"    → {one.remedy}"), soft_wrap=True)
    places = [str(place) for place in one.places if place.file]
    if places:
        rest = f" and {len(places) - 3} more places" if len(places) > 3 else ""
        console.print(Text(f"    {'; '.join(places[:3])}{rest}", style="dim"), soft_wrap=True)


def _counts(imported: Imported) -> str:
    draft = imported.draft
    counts = (
        (len(draft.people), "person", "people"),
        (len(draft.schedules), "schedule", "schedules"),
        (len(draft.ladders), "ladder", "ladders"),
        (len(draft.services), "service", "services"),
    )
    return ", ".join(f"{count} {one if count == 1 else many}" for count, one, many in counts)


def as_json(imported: Imported, written: Path | None) -> str:
    """One object: what was made, every comparison, every note, every problem that is left."""
    draft = imported.draft
    return json.dumps(
        {
            "product": imported.product,
            "written": str(written) if written else None,
            "people": [one.key for one in draft.people],
            "schedules": [one.key for one in draft.schedules],
            "ladders": [one.key for one in draft.ladders],
            "services": [one.key for one in draft.services],
            "compared": [_comparison(one) for one in imported.compared],
            "notes": [_told(note) for note in imported.notes.found],
            "problems": [str(problem) for problem in imported.wrong],
        },
        indent=2,
        ensure_ascii=False,
    )


def _comparison(one: Compared) -> dict[str, object]:
    differences = [
        {
            "since": each.since.isoformat(),
            "until": each.until.isoformat(),
            "theirs": each.theirs,
            "ours": each.ours,
        }
        for each in one.differences
    ]
    return {
        "schedule": one.schedule,
        "since": one.since.isoformat(),
        "until": one.until.isoformat(),
        "equal": one.equal,
        "differences": differences,
    }


def _told(note: Note) -> dict[str, str]:
    return {
        "weight": note.weight,
        "subject": note.subject,
        "what": note.what,
        "remedy": note.remedy,
        "file": note.place.file,
        "path": note.place.path,
    }
