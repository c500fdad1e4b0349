"""Certificates that end: the doctor says so two weeks before, and a peer's that is no good is said to be."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.clock import ShiftedClock
from bot.doctor.case import Case
from bot.doctor.line import Verdict
from bot.doctor.outside import _line, ends
from bot.settings import Settings

PEM = Path(__file__).parents[1] / "delivery" / "localhost.pem"


@pytest.fixture
def port() -> Iterator[int]:
    """A server that shows the tests' own certificate."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(PEM)
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    raw, _ = listening.accept()
                    with suppress(OSError), context.wrap_socket(raw, server_side=True) as wrapped:
                        wrapped.recv(1)

        threading.Thread(target=serve, daemon=True).start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)


@pytest.mark.row("F92")
def test_when_a_certificate_ends_is_read_from_the_server(port: int) -> None:
    found = ends("localhost", port, ssl.create_default_context(cafile=PEM))

    assert isinstance(found, datetime)
    assert found > datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.row("F92")
def test_one_that_nobody_vouches_for_is_bad_and_nobody_there_is_no_finding(port: int) -> None:
    assert "not to be trusted" in str(ends("localhost", port))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        nobody = taken.getsockname()[1]
    assert ends("127.0.0.1", nobody) is None


@pytest.mark.row("F92")
@pytest.mark.parametrize(("days", "verdict"), [(15, Verdict.OK), (13, Verdict.WARN)])
def test_two_weeks_before_its_end_it_is_told(days: int, verdict: Verdict) -> None:
    clock = ShiftedClock()
    case = Case(settings=Settings(), clock=clock)

    line = _line(case, "jira.example.com", clock.now() + timedelta(days=days, hours=1))

    assert line is not None
    assert line.verdict is verdict
    assert "jira.example.com" in line.says
