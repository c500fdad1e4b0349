"""What became of something counts, wherever it stands: `OK -> CRITICAL` fires, `CRITICAL -> OK` is over."""

import pytest

from bot.domain.alert import Alert, AlertState
from handlers.alerts import generic
from handlers.alerts.phrases import over
from tests.unit.alerts.makers import said


def read(text: str) -> Alert:
    (found,) = generic.parse(said(text=text))
    return found


@pytest.mark.parametrize(
    "text",
    [
        "OK -> CRITICAL: db-1",
        "db-1: OK -> CRITICAL",
        "Service x: UP -> DOWN",
        "Check x is critical: OK → CRITICAL",
        "Check x: ok => critical",
        "[OK] -> [CRITICAL] db-1",
        ":white_check_mark: OK -> :x: CRITICAL db-1",
        "`OK` → `CRITICAL` db-1",
        "db-1 changed from OK to CRITICAL",
        "OK -> WARNING -> CRITICAL: db-1",
        "db-1\nOK -> CRITICAL",
        "Disk of db-1\nmore\nOK -> CRITICAL",
        "Circuit breaker closed -> open: payments",
    ],
)
def test_what_turns_bad_fires(text: str) -> None:
    assert read(text).state is AlertState.FIRING


@pytest.mark.parametrize(
    "text",
    [
        "CRITICAL -> OK: db-1",
        "db-1: CRITICAL -> OK",
        "Service x: DOWN -> UP",
        "Check x: CRITICAL → OK",
        "[CRITICAL] -> [OK] db-1",
        ":x: CRITICAL -> :white_check_mark: OK db-1",
        "db-1 changed from CRITICAL to OK",
        "CRITICAL -> WARNING -> OK: db-1",
    ],
)
def test_what_turns_good_is_over(text: str) -> None:
    assert read(text).state is AlertState.CLEARED


@pytest.mark.parametrize(
    ("began", "ended"),
    [
        ("CRITICAL: db-1", "CRITICAL -> OK: db-1"),
        ("Service x: UP -> DOWN", "Service x: DOWN -> UP"),
        ("db-1: OK -> CRITICAL", "db-1: CRITICAL -> OK"),
    ],
)
def test_a_change_ends_what_a_change_began(began: str, ended: str) -> None:
    assert read(began).fingerprint == read(ended).fingerprint


def test_a_taught_phrase_counts_only_where_it_came_last() -> None:
    assert over("CRITICAL -> WARNING -> OK: db-1", ["ok"])
    assert not over("OK -> WARNING -> CRITICAL: db-1", ["ok"])
