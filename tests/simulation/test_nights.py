"""The production engine lives through many nights, and the providers' books show nothing lost or doubled."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.simulation.night import simulate
from tests.simulation.oracle import judge
from tests.simulation.report import Report
from tests.simulation.scenario import Size, draw

SOAK = float(os.environ.get("SOAK", "1"))
"""How many times as much as in CI."""

PARTS = 19
SIZE = Size()
"""Nineteen times 19.5 days: more than a year, and more than a million faults."""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """In memory, where there is room: a process's end is simulated, not the machine's."""
    shared = Path("/dev/shm")
    if not shared.is_dir():
        yield tmp_path
        return
    own = shared / f"tocsin-nights-{os.getpid()}"
    own.mkdir(exist_ok=True)
    yield own
    for file in own.iterdir():
        file.unlink()
    own.rmdir()


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.row("F05", "F06", "F07", "F08", "F11", "F14")
@pytest.mark.parametrize("part", range(PARTS))
def test_a_year_of_nights(part: int, folder: Path, record_property: Callable[[str, object], None]) -> None:
    report = Report()
    nights = max(round(SOAK), 1)

    for number in range(nights):
        night = simulate(draw(1 + part * nights + number, SIZE), folder)
        report.add(night, judge(night), SIZE)

    record_property("simulation", json.dumps(report.plain()))
    assert not report.failures, report.text()
    assert report.due
    assert report.judged > 0.9 * report.due
