"""Whatever is posted to whichever address: an answer that is no fault of ours, and nothing lost unseen."""

import itertools
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.integration import Integration
from handlers.ingress.door import Answer, Door
from handlers.ingress.reading import Posted, reading
from handlers.webhooks.sources import SOURCES
from tests.harness import BotHarness, running
from tests.posting import posting
from tests.unit.webhooks.golden import examples
from tests.unit.webhooks.test_hostile import JSON

BODIES = st.binary(max_size=300) | JSON.map(lambda value: json.dumps(value).encode())
PATIENT = settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])
ODD = (
    b"",
    b"\x00",
    b"null",
    b"[]",
    b"{}",
    b'"x"',
    b"[" * 100_000,
    b"\xff\xfe[\x00]\x00",
    b"<xml/>",
    b"%PDF",
    b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    json.dumps({"title": "t\x00\ud800\u202e\r\n", "labels": {"a" * 9_000: "b" * 90_000}}).encode(),
)


@pytest.mark.row("A08", "F84")
@PATIENT
@given(st.sampled_from(sorted(SOURCES)), BODIES, st.sampled_from(["application/json", "text/plain", "x", ""]))
def test_whatever_is_posted_is_read_or_told(source: str, raw: bytes, kind: str) -> None:
    posted = Posted(raw=raw, headers={"content-type": kind}, query={})

    found = reading(Integration(name="own", source=source), posted)

    assert len(found.puzzles) == len(found.faults)
    assert all("a fault of Tocsin" not in each.why for each in found.puzzles)


@pytest.mark.row("A08", "F84")
async def test_no_source_answers_with_a_fault_of_ours_whatever_comes(tmp_path: Path) -> None:
    """Odd bodies, and some of the examples of all sources."""
    async with running(tmp_path) as bot:
        theirs = itertools.cycle(path.read_bytes() for path in examples())
        statuses = [
            (source, await _statuses(bot, source, [*ODD, *itertools.islice(theirs, 9)]))
            for source in sorted(SOURCES)
        ]
        bot.errors.lines[:] = [line for line in bot.errors.lines if "unread alerts" not in line]
        bot.mails = len(bot.mail.inbox)

    assert {each for _, found in statuses for each in found} <= {200, 400, 401}
    assert all(400 in found for _, found in statuses)


async def _statuses(bot: BotHarness, source: str, bodies: list[bytes]) -> list[int]:
    async with posting(bot, source) as poster:
        return [(await poster.post(body))[0] for body in bodies]


@pytest.mark.row("F83")
async def test_what_tocsin_fails_at_is_kept_and_asked_for_again(tmp_path: Path) -> None:
    async def fails(_integration: Integration, _posted: Posted) -> Answer:
        raise ZeroDivisionError

    async with running(tmp_path) as bot, posting(bot) as poster:
        door = Door(bot.bot.ingress.reception, lambda error: (error.status, {"error": error.why}))

        answer = await door.answered(
            lambda: door.admitted(poster.token, Posted(raw=b"burning", headers={}, query={}), fails)
        )

        assert answer.status == 503
        assert "Retry-After" in answer.headers
        (kept,) = await bot.bot.store.read(lambda tx: tx.unread(10))
        assert "burning" in kept.body
        bot.errors.expect("a request could not be taken in")
