"""The watchdog, in a process that it may end."""

import os
import subprocess
import sys
from contextlib import suppress

import pytest

PROGRAM = """
import itertools, threading
from bot.workers.watchdog import Watchdog
ages, seen = iter({ages}), threading.Event()
def age():
    found = next(ages, None)
    seen.set() if found is None else None
    return found or 0.0
Watchdog(age, limit=30, period=0.01).start()
assert seen.wait(20)
"""


def ended(*ages: float) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(ages=ages)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stderr


@pytest.mark.row("F16")
def test_a_tick_that_stays_old_ends_the_process_with_all_stacks() -> None:
    code, told = ended(1.0, 31.0, 32.0, 33.0)

    assert code == 70
    assert "the last tick was 33.0 s ago" in told
    assert "Thread 0x" in told


@pytest.mark.row("F23")
def test_an_old_tick_after_the_machine_slept_ends_nothing() -> None:
    assert ended(1.0, 3601.0, 3602.0, 0.5, 31.0, 0.1) == (0, "")


@pytest.mark.row("F88")
def test_where_nobody_reads_its_last_words_the_process_ends_all_the_same() -> None:
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    with suppress(BlockingIOError):
        while True:
            os.write(writing, b"x" * 4096)
    os.set_blocking(writing, True)
    program = [sys.executable, "-c", PROGRAM.format(ages=(31.0, 32.0, 33.0))]

    done = subprocess.run(program, stderr=writing, timeout=60, check=False)

    os.close(reading)
    os.close(writing)
    assert done.returncode == 70
