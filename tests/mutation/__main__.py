"""`python -m tests.mutation [FILE…] [--again]`: break the engine's core at every place, and count."""

import argparse
import hashlib
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.mutation.operators import Mutant, mutants, mutated
from tests.mutation.runner import ROOT, Map, Runner
from tests.mutation.targets import EQUIVALENT, TARGETS

FOLDER = ROOT / ".mutants"
GOAL = 90.0
MARGIN = 10.0
"""Seconds beyond three times what the tests need."""

KILLED, SURVIVED, UNTESTED, EQUAL = "killed", "survived", "untested", "equivalent"


def main(arguments: Sequence[str] | None = None) -> int:
    """Try the mutants; 1 when a file has a score below the goal."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("files", nargs="*", help="some of the files; without, all")
    parser.add_argument("--again", action="store_true", help="only those that survived the last time")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="every Nth only: an estimate")
    parser.add_argument("--only", default="", help="only mutants whose name has this in it")
    chosen = parser.parse_args(arguments)
    unknown = set(chosen.files) - set(TARGETS)
    if unknown:
        parser.error(f"no target: {', '.join(sorted(unknown))}; there are {', '.join(TARGETS)}")
    runner = Runner(FOLDER)
    try:
        scores = [_file(runner, file, chosen) for file in chosen.files or TARGETS]
    finally:
        runner.close()
    return 0 if all(score >= GOAL for score in scores) else 1


def _file(runner: Runner, file: str, chosen: argparse.Namespace) -> float:
    source = (ROOT / file).read_text()
    known = _remembered(file, source) if chosen.again else {}
    found = mutants(source)
    wanted = [
        mutant
        for mutant in found[:: chosen.every]
        if chosen.only in mutant.name and known.get(_key(mutant)) in {None, SURVIVED, UNTESTED}
    ]
    _say(f"{file}: {len(found)} mutants, {len(wanted)} to try; looking which test comes by which line")
    tests = runner.map(TARGETS[file], file)
    for mutant, fate in _fates(runner, file, source, wanted, tests):
        known[_key(mutant)] = fate
        if fate in {SURVIVED, UNTESTED}:
            _say(f"  {fate}: {file}:{mutant.line} {mutant.name}")
        _remember(file, source, known)
    return _told(file, [known[_key(mutant)] for mutant in found if _key(mutant) in known])


def _fates(
    runner: Runner, file: str, source: str, wanted: Sequence[Mutant], tests: Map
) -> Iterator[tuple[Mutant, str]]:
    for mutant in wanted:
        if mutant.name in EQUIVALENT.get(file, {}):
            yield mutant, EQUAL
            continue
        through = tests.through(mutant.first, mutant.last) or (tests.anywhere() if mutant.at_import else [])
        if not through:
            yield mutant, UNTESTED
            continue
        limit = 3 * sum(tests.seconds[test] for test in through) + MARGIN
        trial = runner.try_out(file, mutated(source, mutant), through, limit)
        if trial.code in {3, 5}:
            raise SystemExit(f"the run itself failed for {mutant.name}:\n{trial.output[-3000:]}")
        yield mutant, SURVIVED if trial.code == 0 else KILLED


def _key(mutant: Mutant) -> str:
    return f"{mutant.line}:{mutant.place}:{mutant.which}:{mutant.name}"


def _told(file: str, fates: Sequence[str]) -> float:
    count = {fate: fates.count(fate) for fate in (KILLED, SURVIVED, UNTESTED, EQUAL)}
    real = len(fates) - count[EQUAL]
    score = 100.0 * count[KILLED] / real if real else 100.0
    told = ", ".join(f"{number} {fate}" for fate, number in count.items())
    _say(f"{file}: {score:.1f} % ({told})")
    return score


def _remembered(file: str, source: str) -> dict[str, str]:
    place = _place(file)
    if not place.exists():
        return {}
    told = json.loads(place.read_text())
    fates: dict[str, str] = told["fates"] if told["source"] == _hash(source) else {}
    return fates


def _remember(file: str, source: str, fates: dict[str, str]) -> None:
    _place(file).write_text(json.dumps({"source": _hash(source), "fates": fates}, indent=1))


def _place(file: str) -> Path:
    return FOLDER / f"{file.replace('/', '.')}.json"


def _hash(source: str) -> str:
    return hashlib.sha256(source.encode()).hexdigest()


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
