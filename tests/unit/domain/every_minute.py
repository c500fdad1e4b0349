"""Every minute of two years in every zone, on all cores: `python -m tests.unit.domain.every_minute`.

The tests look at all changes of clocks; this looks at everything between them as well.
"""

import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timedelta

from tests.unit.domain.minutes import changes, owners
from tests.unit.domain.rotas import Rota
from tests.unit.domain.test_every_minute import FIRST, LAST, behaviours, restless, told

PART = timedelta(days=30)

Part = tuple[str, datetime, datetime, datetime]


def parts() -> Iterator[Part]:
    """A zone, an instant whose clocks the schedule is made for, and a part of the two years."""
    for zone, *_ in behaviours().values():
        nights, since = changes(zone, FIRST, LAST) or [FIRST], FIRST
        while since < LAST:
            until = min(since + PART, LAST)
            yield zone, _nearest(nights, since), since, until
            since = until


def _nearest(nights: Sequence[datetime], at: datetime) -> datetime:
    return min(nights, key=lambda night: abs(night - at))


def differing(part: Part) -> list[str]:
    """The minutes of a part of which the bot says something else than the definition."""
    zone, night, since, until = part
    schedule = restless(zone, night)
    expected = owners(schedule, since, until)
    found = told(Rota(schedule=schedule, at=night), since, until)
    return [f"{zone} {at:%Y-%m-%d %H:%M}" for at, people in expected.items() if found[at] != people]


def main() -> None:
    """Tell which minutes differ; the exit code says whether any does."""
    todo, wrong = list(parts()), 0
    with ProcessPoolExecutor() as pool:
        for number, found in enumerate(pool.map(differing, todo), start=1):
            wrong += len(found)
            if found or number % 100 == 0:
                sys.stdout.write(f"{number} of {len(todo)} months {', '.join(found[:5])}\n")
                sys.stdout.flush()
    sys.stdout.write(f"{len(behaviours())} behaviours of clocks, {wrong} minutes differ\n")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
