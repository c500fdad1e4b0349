"""Ladders within ladders: none may contain itself, and none may become too long."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.config.problem import printable
from bot.config.source import Data, Flaw, Path, Source

MOST_RUNGS = 100
"""Rungs of a ladder when everything that is nested in it has been put in its place."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Nested:
    """A rung of one ladder that names another, and whether it says more than that."""

    path: Path
    name: str
    beside: bool
    when: bool


def flaws_of_nesting(source: Source) -> Iterator[Flaw]:
    """What is wrong, at the place that names the nested ladder. Looks at what was written, valid or not."""
    ladders = _mapping(_mapping(source.data).get("ladders"))
    nested = {name: list(_nested(name, body)) for name, body in ladders.items()}
    circular = set[str]()
    for name in ladders:
        if circle := _circle(name, nested):
            circular.add(name)
            way = " → ".join(printable(each) for each in (name, *(one.name for one in circle)))
            message = f"the ladder contains itself: {way}"
            remedy = "Take one of these ladders out of the other."
            yield _flaw(source, circle[0].path, message, remedy)
    for name in ladders:
        if name in circular or any(_leads_to(one.name, circular, nested) for one in nested[name]):
            continue
        yield from _conditions(source, nested[name], ladders)
        length = _length(name, ladders, nested, {})
        if length > MOST_RUNGS:
            path = nested[name][0].path if nested[name] else ("ladders", name)
            message = f"with what is nested in it the ladder has {length} rungs"
            yield _flaw(
                source, path, message, f"At most {MOST_RUNGS} are allowed: nest less, or fewer rounds."
            )


def _conditions(source: Source, nested: list[Nested], ladders: Mapping[str, Data]) -> Iterator[Flaw]:
    """Two conditions on one rung: which one counts?"""
    for one in nested:
        rungs = [_mapping(rung) for rung in _list(_mapping(ladders.get(one.name)).get("rungs"))]
        inner = [("when" in rung) for rung in rungs]
        name = printable(one.name)
        if one.when and any(inner):
            message = f"has a condition, and so has a rung of `{name}`"
            yield _flaw(source, one.path, message, "Write it at one of the two places.")
        elif one.beside and inner[:1] == [True]:
            message = f"names others beside `{name}`, whose first rung has a condition"
            yield _flaw(source, one.path, message, "Give the others a rung of their own before it.")


def _nested(name: str, body: Data) -> Iterator[Nested]:
    for number, rung in enumerate(_list(_mapping(body).get("rungs"))):
        targets = _list(_mapping(rung).get("targets"))
        for place, target in enumerate(targets):
            inner = _ladder_of(target)
            if inner is not None:
                last = ("ladder",) if isinstance(target, dict) else ()
                path = ("ladders", name, "rungs", number, "targets", place, *last)
                yield Nested(path=path, name=inner, beside=len(targets) > 1, when="when" in _mapping(rung))


def _ladder_of(target: Data) -> str | None:
    if isinstance(target, str):
        kind, _, named = target.partition(":")
        return named.strip() if kind.strip() == "ladder" else None
    inner = _mapping(target).get("ladder")
    return inner if isinstance(inner, str) else None


def _circle(name: str, nested: Mapping[str, list[Nested]]) -> list[Nested]:
    """The shortest way from a ladder back to itself; empty when there is none."""
    ways, seen = [[one] for one in nested[name]], set[str]()
    while ways:
        way = ways.pop(0)
        here = way[-1].name
        if here == name:
            return way
        if here not in seen:
            seen.add(here)
            ways += [[*way, one] for one in nested.get(here, ())]
    return []


def _leads_to(name: str, goals: set[str], nested: Mapping[str, list[Nested]]) -> bool:
    waiting, seen = [name], set[str]()
    while waiting:
        here = waiting.pop()
        if here in goals:
            return True
        if here not in seen:
            seen.add(here)
            waiting += [one.name for one in nested.get(here, ())]
    return False


def _length(
    name: str,
    ladders: Mapping[str, Data],
    nested: Mapping[str, list[Nested]],
    known: dict[str, int] | None = None,
) -> int:
    """How many rungs it has in the end; each nested ladder counts with its rounds."""
    known = {} if known is None else known
    if name not in known:
        count = len(_list(_mapping(ladders.get(name)).get("rungs")))
        for one in nested.get(name, ()):
            rounds = _mapping(ladders.get(one.name)).get("rounds", 1)
            times = rounds if isinstance(rounds, int) and rounds > 0 else 1
            count += _length(one.name, ladders, nested, known) * times - 1
        known[name] = count
    return known[name]


def _mapping(data: Data) -> Mapping[str, Data]:
    return data if isinstance(data, dict) else {}


def _list(data: Data) -> list[Data]:
    return data if isinstance(data, list) else []


def _flaw(source: Source, path: Path, message: str, remedy: str) -> Flaw:
    return Flaw(line=source.line(path), path=path, message=message, remedy=remedy)
