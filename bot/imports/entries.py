"""Entries: the objects inside of documents, whatever envelopes they come in, and pages that are missing."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from bot.imports.file import Document, Json
from bot.imports.note import Notes, Place

Object = Mapping[str, Json]


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One object of some kind, and where it stood."""

    kind: str
    place: Place
    data: Object


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """An envelope that speaks of at least so many objects of a kind."""

    kind: str
    place: Place
    at_least: int


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """How one product wraps its objects.

    `kinds` are the keys (and names of files or folders) that tell what stands inside; `lists` are keys of
    envelopes that tell nothing. `recognise(hint, object)` names the kind of a bare object, or None.
    `expected(envelope, items)` is how many objects of the kind there must be at least.
    """

    kinds: Mapping[str, str]
    lists: frozenset[str]
    recognise: Callable[[str, Object], str | None]
    expected: Callable[[Object, int], int]


@dataclass(kw_only=True)
class Contents:
    """Everything that was found in an export."""

    entries: dict[str, list[Entry]] = field(default_factory=dict)
    pages: list[Page] = field(default_factory=list)
    strangers: list[Place] = field(default_factory=list)

    def of(self, kind: str) -> list[Entry]:
        """The entries of one kind, in their order."""
        return self.entries.get(kind, [])


def contents(documents: Iterable[Document], vocabulary: Vocabulary) -> Contents:
    """What stands in the documents."""
    found = Contents()
    for document in documents:
        hint = _hint(document.file, vocabulary)
        _Walk(vocabulary, found).go(document.data, hint, Place(file=document.file))
    return found


def merged(entries: list[Entry]) -> list[Entry]:
    """One entry for each id: the later ones add what the first did not say."""
    found: dict[str, Entry] = {}
    for entry in entries:
        key = str(entry.data.get("id", entry.place))
        if key not in found:
            found[key] = entry
            continue
        first = found[key]
        more = {name: value for name, value in entry.data.items() if value not in (None, [], {})}
        richer = len(entry.data) > len(first.data)
        found[key] = Entry(
            kind=first.kind, place=entry.place if richer else first.place, data={**first.data, **more}
        )
    return list(found.values())


def missing_pages(found: Contents, notes: Notes) -> None:
    """Say which kinds were exported in part only."""
    told = set()
    for page in found.pages:
        there = len({str(entry.data.get("id", entry.place)) for entry in found.of(page.kind)})
        if there < page.at_least and page.kind not in told:
            told.add(page.kind)
            notes.lost(
                f"{page.kind}s",
                f"the export is not whole: it has {there} {page.kind}s of at least {page.at_least}",
                "Fetch the other pages too (docs/migrating.md has the calls), and import all together.",
                page.place,
            )


def _hint(file: str, vocabulary: Vocabulary) -> str:
    """What the file's or its folders' names say about it."""
    path = PurePosixPath(file.replace("\\", "/"))
    for word in (path.stem, *reversed(path.parts[:-1])):
        plain = word.lower().replace("-", "_").replace(" ", "_")
        for name in sorted(vocabulary.kinds, key=len, reverse=True):
            if plain == name.lower() or plain.startswith(f"{name.lower()}_"):
                return vocabulary.kinds[name]
    return ""


class _Walk:
    def __init__(self, vocabulary: Vocabulary, found: Contents) -> None:
        self._vocabulary, self._found = vocabulary, found

    def go(self, data: Json, hint: str, place: Place) -> int:
        """How many objects were found there."""
        match data:
            case list():
                return sum(self.go(one, hint, place.below(number)) for number, one in enumerate(data))
            case dict():
                return self._object(data, hint, place)
            case None:
                return 0
            case _:
                self._found.strangers.append(place)
                return 0

    def _object(self, data: Object, hint: str, place: Place) -> int:
        kind = self._vocabulary.recognise(hint, data)
        if kind is not None:
            known = data.get("id")
            named = replace(place, id=known) if isinstance(known, str) else place
            self._found.entries.setdefault(kind, []).append(Entry(kind=kind, place=named, data=data))
            return 1
        inner = list(self._inside(data, hint))
        if not inner:
            self._found.strangers.append(place)
        count = 0
        for key, below, value in inner:
            items = self.go(value, below, place.below(key))
            self._count(data, below, items, place, alone=len(inner) == 1)
            count += items
        return count

    def _inside(self, data: Object, hint: str) -> Iterator[tuple[str, str, Json]]:
        for key, value in data.items():
            if isinstance(value, list | dict):
                if key in self._vocabulary.kinds:
                    yield key, self._vocabulary.kinds[key], value
                elif key in self._vocabulary.lists:
                    yield key, hint, value

    def _count(self, envelope: Object, kind: str, items: int, place: Place, *, alone: bool) -> None:
        at_least = self._vocabulary.expected(envelope, items) if alone else 0
        if at_least > items:
            kind = kind or self._last_kind(place)
            self._found.pages.append(Page(kind=kind, place=place, at_least=at_least))

    def _last_kind(self, place: Place) -> str:
        """What was found below that place, where neither key nor file had told."""
        for kind, entries in self._found.entries.items():
            if entries[-1].place.file == place.file and entries[-1].place.path.startswith(place.path):
                return kind
        return "object"
