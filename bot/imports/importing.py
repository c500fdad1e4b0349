"""Importing: from a file of another product's to the text of a `tocsin.yaml`, checked, with all notes."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.config.load import parse
from bot.config.problem import InvalidConfiguration, Problem, printable
from bot.imports import oncall, opsgenie, pagerduty
from bot.imports.comparison import Compared, compare
from bot.imports.completion import complete
from bot.imports.draft import Draft
from bot.imports.entries import Contents, contents, missing_pages
from bot.imports.file import Read, read
from bot.imports.note import Notes, Place, together
from bot.imports.product import TITLES, Product, expect
from bot.imports.record import Reader
from bot.imports.source import Source
from bot.imports.workspace import Workspace
from bot.imports.yaml import document, header

MOST_PROBLEMS = 20
MOST_STRANGERS = 3
MOST_DIFFERENCES = 5

TRANSLATORS = {
    Product.PAGERDUTY: pagerduty.TRANSLATOR,
    Product.OPSGENIE: opsgenie.TRANSLATOR,
    Product.GRAFANA_ONCALL: oncall.TRANSLATOR,
}


@dataclass(frozen=True, kw_only=True)
class Imported:
    """What came of an import. `wrong` is what `tocsin check` would still say against the text."""

    product: Product
    text: str
    draft: Draft
    notes: Notes
    compared: tuple[Compared, ...]
    wrong: tuple[Problem, ...]


def import_from(product: Product, export: Path, *, now: datetime, slack: Workspace, channel: str) -> Imported:
    """Translate an export. Raises InvalidConfiguration where it can't be read or says nothing of use.

    `slack` says who is in Slack; incidents are shown in `channel` where nothing says where.
    """
    found, notes, reader = read(export), Notes(), Reader()
    expect(product, found.documents, str(export))
    translator = TRANSLATORS[product]
    inside = contents(map(translator.prepare, found.documents), translator.vocabulary)
    source = Source(contents=inside, reader=reader, notes=notes, now=now, slack=slack, channel=channel)
    draft = translator.translate(source)
    if reader.problems:
        raise InvalidConfiguration(reader.problems[:MOST_PROBLEMS])
    if not draft.schedules and not draft.ladders:
        raise InvalidConfiguration([_nothing(product, export)])
    missing_pages(inside, notes)
    default = complete(draft, source)
    compared = tuple(compare(draft))
    _tell_differences(compared, draft, notes)
    _tell_strangers(inside, found, reader, notes)
    text = document(draft, header(TITLES[product], together(notes.found)), default)
    return Imported(
        product=product,
        text=text,
        draft=draft,
        notes=notes,
        compared=compared,
        wrong=tuple(_check(text)),
    )


def _check(text: str) -> list[Problem]:
    """What is wrong with the text, as if Slack, SMTP and Jira were all configured."""
    try:
        parse(text.encode(), "the imported file")
    except InvalidConfiguration as error:
        return list(error.problems)
    return []


def _nothing(product: Product, export: Path) -> Problem:
    return Problem(
        file=str(export),
        line=None,
        path="",
        message=f"there is no schedule and no ladder of {TITLES[product]}'s in it that could be translated",
        remedy="Export schedules and escalation policies as docs/migrating.md says.",
    )


def _tell_differences(compared: tuple[Compared, ...], draft: Draft, notes: Notes) -> None:
    for one in compared:
        for difference in one.differences[:MOST_DIFFERENCES]:
            notes.changed(
                f"schedule `{one.schedule}`",
                f"{draft.product} itself says otherwise: {difference}",
                "Look at the layers of that time before this schedule pages anybody.",
            )
        if len(one.differences) > MOST_DIFFERENCES:
            more = len(one.differences) - MOST_DIFFERENCES
            what = f"{more} more differences to {draft.product}'s own rendering"
            notes.changed(f"schedule `{one.schedule}`", what, "`--json` tells all of them.")


def _tell_strangers(inside: Contents, found: Read, reader: Reader, notes: Notes) -> None:
    for place in inside.strangers[:MOST_STRANGERS]:
        notes.info("something", "could not be recognised and was passed over", place=place)
    if len(inside.strangers) > MOST_STRANGERS:
        what = f"{len(inside.strangers) - MOST_STRANGERS} more things could not be recognised"
        notes.info("something", what)
    if found.others:
        shown = ", ".join(printable(name) for name in found.others[:3])
        what = f"{len(found.others)} files are no JSON, or lie too deep, and were not read: {shown}"
        notes.info("files", what, place=Place())
    if reader.unknown:
        keys = ", ".join(f"{printable(key, 60)} ({count})" for key, count in reader.unknown.most_common(12))
        more = f" and {len(reader.unknown) - 12} more" if len(reader.unknown) > 12 else ""
        notes.info("keys", f"these mean nothing here and were ignored: {keys}{more}")
