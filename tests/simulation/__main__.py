"""`python -m tests.simulation SEED` plays a night again; `soak` plays new ones until the time is over."""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.simulation.night import Night, simulate
from tests.simulation.oracle import judge
from tests.simulation.report import Report, command
from tests.simulation.scenario import Cut, Size, draw
from tests.simulation.shrink import shrunk

SHARED_MEMORY = Path("/dev/shm")


def main() -> int:
    """0 when everything was right."""
    options = _options()
    with tempfile.TemporaryDirectory(dir=SHARED_MEMORY if SHARED_MEMORY.is_dir() else None) as folder:
        if options.seed == "soak":
            return _soak(options)
        if options.worker:
            return _work(int(options.seed), options, Path(folder))
        return _replay(int(options.seed), options, Path(folder))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    size = Size()
    parser.add_argument("seed", help="a number, or `soak`")
    parser.add_argument("--days", type=float, default=size.days)
    parser.add_argument("--storms", type=int, default=size.storms)
    parser.add_argument("--affairs", type=int, default=size.affairs)
    parser.add_argument("--again", type=int, default=size.again)
    for name in ("affairs", "ordeals", "spells"):
        parser.add_argument(f"--only-{name}", help="numbers, separated by commas, or `none`")
    parser.add_argument("--without", action="append", default=[], help="a kind of fault, as in the report")
    parser.add_argument("--shrink", action="store_true", help="look for the least that still fails")
    parser.add_argument("--story", help="tell everything of this affair, such as `affair 7`; or `all`")
    parser.add_argument("--minutes", type=float, default=10.0, help="how long a soak takes")
    parser.add_argument("--first", type=int, help="the first seed of a soak; without, one by chance")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def _size(options: argparse.Namespace) -> Size:
    return Size(days=options.days, storms=options.storms, affairs=options.affairs, again=options.again)


def _numbers(text: str | None) -> frozenset[int] | None:
    if text is None:
        return None
    return frozenset() if text == "none" else frozenset(map(int, text.split(",")))


def _cut(options: argparse.Namespace) -> Cut:
    affairs = _numbers(options.only_affairs)
    return Cut(
        affairs=None if affairs is None else frozenset(f"affair {number}" for number in affairs),
        ordeals=_numbers(options.only_ordeals),
        spells=_numbers(options.only_spells),
        without=frozenset(options.without),
    )


def _replay(seed: int, options: argparse.Namespace, folder: Path) -> int:
    """Play one scenario, tell what was wrong with it, and on demand look for a smaller one."""
    size, cut = _size(options), _cut(options)
    whole = draw(seed, size)
    night = simulate(cut.of(whole), folder, keep=True)
    verdict = judge(night)
    report = Report()
    report.add(night, verdict, size)
    print(report.text())
    print(f"journal {night.journal.digest}")
    for wrong in verdict.wrongs:
        print(wrong)
    if options.story:
        _tell(night, options.story)
    if options.shrink and verdict.wrongs:
        kinds = {wrong.kind for wrong in verdict.wrongs}
        less = shrunk(
            whole, lambda part: bool(kinds & {w.kind for w in judge(simulate(part.of(whole), folder)).wrongs})
        )
        smaller = simulate(less.of(whole), folder, keep=True)
        print(f"\nthe least that still fails:\n{command(seed, size, less)} --story all\n")
        _tell(smaller, "all")
        for wrong in judge(smaller).wrongs:
            print(wrong)
    return 1 if verdict.wrongs else 0


def _tell(night: Night, story: str) -> None:
    for line in night.journal.lines:
        if story == "all" or f"{story} " in line or f"{story}:" in line or "replica" in line:
            print(line)


def _soak(options: argparse.Namespace) -> int:
    """One process for each core; each prints what it found as JSON."""
    first = options.first if options.first is not None else random.SystemRandom().randrange(10**9)
    cores = len(os.sched_getaffinity(0))
    print(f"soaking for {options.minutes:g} minutes on {cores} cores from seed {first} on")
    workers = [
        subprocess.Popen(
            [
                sys.executable,
                "-m",
                "tests.simulation",
                str(first + 10**6 * core),
                "--worker",
                *_passed(options),
            ],
            stdout=subprocess.PIPE,
            text=True,
        )
        for core in range(cores)
    ]
    reports = [Report.read(json.loads(worker.communicate()[0])) for worker in workers]
    report = Report().merged(reports)
    print(report.text())
    return 1 if report.failures or any(worker.returncode for worker in workers) else 0


def _passed(options: argparse.Namespace) -> Sequence[str]:
    names = ("minutes", "days", "storms", "affairs", "again")
    return [word for name in names for word in (f"--{name}", str(getattr(options, name)))]


def _work(seed: int, options: argparse.Namespace, folder: Path) -> int:
    """Seeds in their order until the time is over."""
    report, size = Report(), _size(options)
    deadline = time.monotonic() + 60 * options.minutes
    while time.monotonic() < deadline:
        night = simulate(draw(seed, size), folder)
        report.add(night, judge(night), size)
        seed += 1
    print(json.dumps(report.plain()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
