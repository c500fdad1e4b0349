"""A seed is all there is to a night: it comes again bit for bit, in any process, and can be made smaller."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.simulation.night import simulate
from tests.simulation.oracle import judge
from tests.simulation.planted import PLANTED
from tests.simulation.report import command
from tests.simulation.scenario import Cut, Size, draw
from tests.simulation.shrink import shrunk

ROOT = Path(__file__).parents[2]
SHOWN_BY = 4
"""A seed that shows the planted bug."""

SMALL = Size(days=1.0, storms=2, affairs=12, again=4)


def digest_of(words: list[str], hash_seed: str) -> str:
    """What another process says of the same night."""
    found = subprocess.run(
        [sys.executable, *words],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=False,
    )
    match = re.search(r"^journal ([0-9a-f]+)$", found.stdout, re.MULTILINE)
    assert match is not None, found.stdout + found.stderr
    return match[1]


@pytest.mark.parametrize("seed", [3])
def test_a_seed_plays_the_same_night_in_every_process(seed: int, tmp_path: Path) -> None:
    here = simulate(draw(seed, SMALL), tmp_path).journal.digest

    words = command(seed, SMALL).split()[1:]

    assert [digest_of(words, hash_seed) for hash_seed in ("1", "2")] == [here, here]


def test_two_seeds_play_two_nights(tmp_path: Path) -> None:
    one, other = (simulate(draw(seed, SMALL), tmp_path).journal.digest for seed in (3, 4))

    assert one != other


def test_a_failure_is_made_smaller_and_still_fails(tmp_path: Path) -> None:
    parts, kinds = PLANTED["sends again without asking"]
    whole = draw(SHOWN_BY, SMALL)

    def fails(cut: Cut) -> bool:
        return bool(kinds & {wrong.kind for wrong in judge(simulate(cut.of(whole), tmp_path, parts)).wrongs})

    assert fails(Cut())
    least = shrunk(whole, fails, tries=40)

    assert fails(least)
    assert least.affairs is not None
    assert len(least.affairs) <= 2
