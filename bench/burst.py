"""Many pages that are due within one second: `python -m bench.burst [pages …]`.

Lateness goes from the instant at which a page is due to the call of whoever takes pages; the rate is that of
the pages between the first and the last. The engines are those of `bench.lateness`.
"""

import argparse
import sys
from collections.abc import Iterator

from bench.databases import KINDS, Databases, Kind, databases
from bench.figures import median_run
from bench.lateness import ENGINES, by_p99
from bench.report import Finding, Report, arguments, late, on_each
from bench.trial import Armed, steady

SIZES = [1_000, 10_000]
PATIENCE = 120.0


def parsed(words: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = arguments(__doc__)
    parser.add_argument("pages", type=int, nargs="*", default=SIZES)
    parser.add_argument("--engines", default=",".join(ENGINES))
    parser.add_argument("--databases", default=",".join(KINDS))
    parser.add_argument("--armed", type=int, default=1_000, help="armed for tomorrow besides")
    parser.add_argument("--runs", type=int, default=3)
    return parser.parse_args(words)


def measured(where: Databases, given: argparse.Namespace) -> Iterator[Finding]:
    """Engine by engine, size by size: the median run by p99."""
    yield from on_each(given, lambda name, kind: _bursts(where, name, kind, given))


def _bursts(where: Databases, name: str, kind: Kind, given: argparse.Namespace) -> Iterator[Finding]:
    armed = Armed(where, name, kind)
    armed.grow(given.armed)
    for pages in given.pages:
        runs = [armed.trial(steady(pages, 1.0), PATIENCE) for _ in range(given.runs)]
        run = median_run(runs, by_p99)
        yield {
            "engine": armed.engine.title,
            "database": kind,
            "pages": run.due,
            "not_paged": run.lost,
            "pages_rate": run.rate,
            **late(run.spread),
        }
    where.drop(armed.url)


def main() -> None:
    """Print the table."""
    given = parsed(sys.argv[1:])
    with databases() as where:
        report = Report(
            title=f"Lateness of pages that are due within one second; median of {given.runs} by p99",
            postgres=where.postgres,
        )
        report.take(measured(where, given))
        report.end(given.json)


if __name__ == "__main__":
    main()
