"""Source: what every translator is given, and what it gives back."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.imports.draft import Draft
from bot.imports.entries import Contents, Vocabulary
from bot.imports.file import Document
from bot.imports.note import Notes
from bot.imports.record import Reader
from bot.imports.workspace import Workspace


@dataclass(frozen=True, kw_only=True)
class Source:
    """One export. `slack` says who is in Slack; `channel` is where nothing else is said."""

    contents: Contents
    reader: Reader
    notes: Notes
    now: datetime
    slack: Workspace
    channel: str


def _as_it_is(document: Document) -> Document:
    return document


@dataclass(frozen=True, kw_only=True)
class Translator:
    """How the exports of one product are understood; `prepare` makes of other forms the usual one."""

    vocabulary: Vocabulary
    translate: Callable[[Source], Draft]
    prepare: Callable[[Document], Document] = _as_it_is
