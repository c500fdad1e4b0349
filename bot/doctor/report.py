"""The report, for people and for machines."""

import json
from collections.abc import Sequence
from dataclasses import asdict

from rich.console import Console
from rich.text import Text

from bot.config.problem import printable
from bot.doctor.line import Line, Verdict, worst

_STYLES = {Verdict.OK: "green", Verdict.WARN: "yellow", Verdict.BAD: "bold red"}
_CLOSING = {
    Verdict.OK: "All is well.",
    Verdict.WARN: "Tocsin works; something wants to be looked at.",
    Verdict.BAD: "Something is wrong.",
}


def show(lines: Sequence[Line], console: Console) -> None:
    """One line each; what to do stands below it."""
    width = max((len(line.name) for line in lines), default=0)
    for line in lines:
        text = Text(f"{line.verdict.value:<4}  ", style=_STYLES[line.verdict])
        text.append(f"{line.name:<{width}}  {printable(line.says, 500)}", style="default")
        console.print(text, soft_wrap=True)
        if line.remedy:
            console.print(Text(f"{'':<{width + 6}}  → {printable(line.remedy, 500)}"), soft_wrap=True)
    verdict = worst(lines)
    console.print(Text(_CLOSING[verdict], style=_STYLES[verdict]))


def as_json(lines: Sequence[Line]) -> str:
    """One document."""
    return json.dumps({"verdict": worst(lines).value, "lines": [asdict(line) for line in lines]}, indent=2)
