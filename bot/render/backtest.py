"""A backtest in words and as a document: what would have paged, been grouped, been kept quiet, been lost."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.render.escape import one_line
from bot.render.explanation import zulu

SHOWN = 50
WORDS = ("paged", "grouped", "suppressed", "lost", "repeated", "cleared")
_HARM = {"lost": 3, "suppressed": 2, "grouped": 1}


@dataclass(kw_only=True)
class Figures:
    """What became of the alerts; `pages` are climbs that reached somebody, whatever began them."""

    outcomes: dict[str, int] = field(default_factory=lambda: dict.fromkeys(WORDS, 0))
    pages: int = 0
    incidents: int = 0
    by_service: dict[str, int] = field(default_factory=dict)

    def count(self, word: str) -> None:
        """One more of these."""
        self.outcomes[word] += 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """Alerts of one title that would have become something else; `severity` is the worse of both."""

    source: str
    title: str
    before: str
    after: str
    before_where: str
    after_where: str
    why: str
    severity: str
    first_at: datetime
    last_at: datetime | None = None
    count: int = 0

    def again(self, at: datetime) -> "Difference":
        """One more of them."""
        return replace(self, count=self.count + 1, last_at=at)


@dataclass(frozen=True, kw_only=True, slots=True)
class Backtest:
    """All of it. `by_clock` are signals that nobody sent, which each side makes for itself."""

    since: datetime
    until: datetime
    signals: int
    by_clock: int
    today: Figures
    then: Figures
    differences: tuple[Difference, ...]
    others: int


def harm(it: Difference) -> int:
    """How bad it is if nobody meant it: what paged and would be lost comes first."""
    return _HARM.get(it.after, 0) * (2 if it.before == "paged" else 1)


def lines(it: Backtest) -> Iterator[str]:
    """For a terminal."""
    yield f"{it.signals} alerts from {it.since:%Y-%m-%d %H:%M} to {it.until:%Y-%m-%d %H:%M} UTC"
    if not it.signals:
        yield "Nothing is stored of that time, so nothing can be compared."
        return
    yield f"{'':<22}{'today':>10}{'then':>10}"
    yield from (_row(name, ours, theirs) for name, ours, theirs in _rows(it))
    for service in sorted(it.today.by_service.keys() | it.then.by_service.keys()):
        ours, theirs = it.today.by_service.get(service, 0), it.then.by_service.get(service, 0)
        yield _row(f"  of {one_line(service, 40)}", ours, theirs)
    if not it.differences:
        yield "No alert would have become anything else."
    for each in it.differences[:SHOWN]:
        yield from _difference(each)
    if left := len(it.differences) - SHOWN + it.others if len(it.differences) > SHOWN else it.others:
        yield f"… and {left} more: --json has more of them"


def document(it: Backtest) -> dict[str, object]:
    """The same for machines."""
    return {
        "since": zulu(it.since),
        "until": zulu(it.until),
        "alerts": it.signals,
        "by_clock": it.by_clock,
        "today": _figures(it.today),
        "then": _figures(it.then),
        "differences": [
            {
                "source": each.source,
                "title": each.title,
                "count": each.count,
                "today": each.before,
                "today_where": each.before_where or None,
                "then": each.after,
                "then_where": each.after_where or None,
                "why": each.why or None,
                "first_at": zulu(each.first_at),
                "last_at": zulu(each.last_at or each.first_at),
            }
            for each in it.differences
        ],
        "further_differences": it.others,
    }


def _rows(it: Backtest) -> Iterator[tuple[str, int, int]]:
    yield "times somebody is paged", it.today.pages, it.then.pages
    yield "incidents", it.today.incidents, it.then.incidents
    for name in WORDS:
        yield f"alerts {name}", it.today.outcomes[name], it.then.outcomes[name]


def _row(name: str, ours: int, theirs: int) -> str:
    change = f"   {theirs - ours:+d}" if theirs != ours else ""
    return f"{name:<23}{ours:>9}{theirs:>10}{change}"


def _difference(it: Difference) -> Iterator[str]:
    times = "once" if it.count == 1 else f"{it.count} times"
    after = it.after.upper() if harm(it) > 1 else it.after
    yield f"{it.before} → {after}: {one_line(it.title, 150)} ({times})"
    places = [place for place in (it.before_where, it.after_where) if place]
    if places:
        yield f"    {' → '.join(one_line(place, 200) for place in places)}"
    if it.why:
        yield f"    {one_line(it.why, 300)}"


def _figures(it: Figures) -> dict[str, object]:
    return {
        "pages": it.pages,
        "incidents": it.incidents,
        **it.outcomes,
        "pages_by_service": it.by_service,
    }
