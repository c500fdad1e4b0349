"""How late pages are while ever more escalations are armed: `python -m bench.lateness [armed …]`.

Beside those that are due tomorrow, a steady stream of pages is due while it is measured, the same at every
size. Lateness goes from the instant at which a page is due to the call of whoever takes pages. Every engine
works in a process of its own on a copy of its database, and is warm before the first page that counts.
"""

import argparse
import sys
from collections.abc import Iterator

from bench.databases import KINDS, Databases, Kind, databases
from bench.figures import median_run
from bench.report import Finding, Report, arguments, late, on_each
from bench.trial import Armed, Trial, steady

SIZES = [1_000, 10_000, 100_000]
MILLION = 1_000_000
ENGINES = ("tocsin", "apscheduler", "procrastinate", "dbos", "bare")
PATIENCE = 45.0
"""Seconds after the last page is due; what was not paged then counts as not paged."""


def parsed(words: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = arguments(__doc__)
    parser.add_argument("armed", type=int, nargs="*", default=SIZES)
    parser.add_argument(
        "--million", action="store_true", help="Tocsin and the bare driver with 1,000,000 too"
    )
    parser.add_argument("--engines", default=",".join(ENGINES))
    parser.add_argument("--databases", default=",".join(KINDS))
    parser.add_argument("--rate", type=int, default=100, help="pages a second")
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--runs", type=int, default=1)
    return parser.parse_args(words)


def measured(where: Databases, given: argparse.Namespace) -> Iterator[Finding]:
    """Engine by engine, size by size: the median run by p99."""
    yield from on_each(given, lambda name, kind: _growing(where, name, kind, given))


def _growing(where: Databases, name: str, kind: Kind, given: argparse.Namespace) -> Iterator[Finding]:
    armed = Armed(where, name, kind)
    stream = steady(given.rate, given.seconds)
    million = [MILLION] if given.million and name in ("tocsin", "bare") else []
    for count in [*given.armed, *million]:
        took = armed.grow(count)
        runs = [armed.trial(stream, PATIENCE) for _ in range(given.runs)]
        run = median_run(runs, by_p99)
        yield {
            "engine": armed.engine.title,
            "database": kind,
            "armed": count,
            "pages": run.due,
            "not_paged": run.lost,
            **late(run.spread),
            "arming_s": took,
        }
    where.drop(armed.url)


def by_p99(trial: Trial) -> float:
    """For the median run; one that paged nothing is the worst."""
    return trial.spread.p99 if trial.spread is not None and not trial.lost else float("inf")


def main() -> None:
    """Print the table."""
    given = parsed(sys.argv[1:])
    with databases() as where:
        report = Report(
            title=f"Lateness of {given.rate} pages a second for {given.seconds:.0f} s beside those armed for"
            f" tomorrow; median of {given.runs} by p99",
            postgres=where.postgres,
        )
        report.take(measured(where, given))
        report.end(given.json)


if __name__ == "__main__":
    main()
