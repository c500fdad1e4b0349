"""Logs that nobody reads: lines are dropped and counted, and nobody who logs ever waits."""

import json
import logging
import os
import re
import sys
import threading
from collections.abc import Iterator

import pytest
import structlog

from bot import log
from bot.log import Sink


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """A pipe that is as small as the system allows."""
    reading, writing = os.pipe()
    yield reading, writing
    for end in (reading, writing):
        os.close(end)


@pytest.fixture
def logger(pipe: tuple[int, int]) -> Iterator[tuple[logging.Logger, Sink]]:
    sink = Sink(pipe[1], most=50)
    made = logging.getLogger("tests.full pipe")
    made.propagate, made.handlers = False, [sink]
    made.setLevel(logging.INFO)
    yield made, sink
    made.handlers = []


LINE = "x" * 999
FULL = 400
"""Lines of a thousand characters: more than a pipe of 64 kB and fifty in the queue."""


@pytest.mark.row("F88")
def test_a_full_pipe_holds_nobody_up_and_what_was_lost_is_told(
    logger: tuple[logging.Logger, Sink], pipe: tuple[int, int]
) -> None:
    made, sink = logger
    done = threading.Event()

    def many() -> None:
        for _ in range(FULL):
            made.info(LINE)
        done.set()

    threading.Thread(target=many, daemon=True).start()
    assert done.wait(20), "somebody who logs waits for whoever reads"
    lost = sink.dropped
    text = ""
    while sum(map(int, re.findall(r"'count': (\d+)", text))) < lost:
        text += os.read(pipe[0], 65536).decode()
    sink.close()

    assert lost > 0
    assert text.splitlines().count(LINE) + lost == FULL


def test_the_last_lines_are_written_and_a_reader_that_hangs_is_not_waited_for(
    logger: tuple[logging.Logger, Sink], pipe: tuple[int, int]
) -> None:
    made, sink = logger
    made.info("the end")
    sink.close()
    assert os.read(pipe[0], 100) == b"the end\n"


def test_one_who_went_away_ends_nothing(pipe: tuple[int, int]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    sink = Sink(writing)
    sink.handle(logging.LogRecord("x", logging.INFO, "", 0, "lost", None, None))
    sink.close()
    os.close(writing)

    assert sink.dropped == 1


@pytest.mark.row("F88")
def test_lost_lines_are_told_as_one_json_document(
    pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = os.fdopen(os.dup(pipe[1]), "w")
    root, before, settings = logging.getLogger(), logging.getLogger().handlers[:], structlog.get_config()
    monkeypatch.setattr(sys, "stderr", stream)
    try:
        log.configure("info", "json", patient=False)
        (sink,) = root.handlers
        assert isinstance(sink, Sink)
        sink._most = 0
        structlog.get_logger("x").info("one")
        sink._most = 10
        structlog.get_logger("x").info("two")
        text = b""
        while b"log_lines_dropped" not in text:
            text += os.read(pipe[0], 65536)
        sink.close()
    finally:
        root.handlers[:] = before
        structlog.configure(**settings)
        stream.close()

    told = [json.loads(line) for line in text.decode().splitlines()]
    assert [each["event"] for each in told] == ["two", "log_lines_dropped"]
    assert told[1]["count"] == 1
    assert told[1]["level"] == "warning"
