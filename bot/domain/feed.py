"""Feeds: calendars that are kept elsewhere, and whose time on call each of their events is."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.ids import PersonId, ScheduleId
from bot.domain.people import Person
from bot.domain.schedule import Feed, Schedule, Span

BEHIND, AHEAD = timedelta(days=8), timedelta(days=90)
"""The time for which a calendar is read."""

MOST = 2000
"""Events of a calendar in that time; what follows is left out."""

MOST_UNKNOWN = 20
_BETWEEN = re.compile(r"[,;/&+|\n]|\s(?:and|und|et|y)\s|\s-\s|:\s")


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One event: when, who attends it (e-mail addresses in lower case), and what it is called; untrusted."""

    since: datetime
    until: datetime
    attendees: tuple[str, ...] = ()
    summary: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """Whose time it is; `unknown` are names that are nobody's, each once."""

    spans: tuple[Span, ...]
    unknown: tuple[str, ...]


def of_schedules(schedules: Mapping[ScheduleId, Schedule]) -> dict[str, list[tuple[Schedule, Feed]]]:
    """Every feed by its key, with the schedules that it is a layer of."""
    found: dict[str, list[tuple[Schedule, Feed]]] = {}
    for schedule in schedules.values():
        for layer in schedule.layers:
            if isinstance(layer, Feed):
                found.setdefault(layer.key, []).append((schedule, layer))
    return found


def read(entries: Iterable[Entry], people: Mapping[PersonId, Person]) -> Reading:
    """Attendees name the people by their e-mail addresses; where none is ours, the summary does.

    It does by the key, the name or the address of a person, alone or several with commas between, or by
    a full name or an address anywhere in it.
    """
    names = _Names(people)
    spans: list[Span] = []
    unknown: dict[str, None] = {}
    for entry in entries:
        found = names.of(entry)
        spans += [Span(person=person, since=entry.since, until=entry.until) for person in found]
        if not found:
            unknown.setdefault(
                (entry.summary or ", ".join(entry.attendees) or "an event without a name")[:100]
            )
    spans.sort(key=lambda span: (span.since, span.until, span.person))
    return Reading(spans=tuple(spans), unknown=tuple(unknown)[:MOST_UNKNOWN])


class _Names:
    """Finds people by what events call them."""

    def __init__(self, people: Mapping[PersonId, Person]) -> None:
        self._emails = {each.email.casefold(): key for key, each in people.items() if each.email}
        called: dict[str, list[PersonId]] = {}
        for key, person in people.items():
            for name in {key.casefold(), person.name.casefold(), f"@{key.casefold()}"}:
                called.setdefault(name, []).append(key)
        self._names = {name: keys[0] for name, keys in called.items() if len(keys) == 1} | self._emails
        long = [name for name in self._names if " " in name or "@" in name[1:]]
        self._inside = sorted(long, key=len, reverse=True)

    def of(self, entry: Entry) -> Sequence[PersonId]:
        """Whom an event means, in its order."""
        attending = [self._emails[each] for each in entry.attendees if each in self._emails]
        if attending:
            return list(dict.fromkeys(attending))
        summary = " ".join(entry.summary.casefold().split())
        if summary in self._names:
            return [self._names[summary]]
        parts = [part.strip(" .()[]") for part in _BETWEEN.split(summary)]
        exact = [self._names[part] for part in parts if part in self._names]
        return list(dict.fromkeys([*exact, *self._spoken_of(summary)]))

    def _spoken_of(self, summary: str) -> Iterator[PersonId]:
        for name in self._inside:
            if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", summary):
                yield self._names[name]
                summary = summary.replace(name, " ")
