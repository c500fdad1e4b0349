"""Ends that failed, and trouble that came after an end, end nothing."""

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
        "Recovery of db-1 failed",
        "Recovery of volume vol-1 on db-1 failed again",
        "db-1 has yet to recover; last check OK",
        "db-1 no longer healthy",
        "db-1 is no longer reachable",
        "db-1 recovered then failed again",
        "db-1 recovered and is down again",
        "web-1 is up for 10 s and down again",
        "Site is up but checkout fails",
        "payments up, but errors at 50%",
        "db-1 replication fixed? errors continue",
        "Ping restored? no: host db-1 unreachable for 10 min",
        "Disk full on db-1: cleared 0 bytes",
        "Queue stuck on mq-1, 0 messages recovered",
        "0 resolved, 3 firing",
        "Health check succeeded 0 of 3 times",
        "3 resolved, 1 still firing",
        "Resolved alerts: 0, firing alerts: 5",
        "VPN gateway CRITICAL (was OK)",
        "VPN gateway down, previous incident resolved 10 min ago",
        "Payment success dropped below 50%",
        "Successful logins of admin from abroad",
        "Normal operation interrupted on line 4",
        "Green zone cooling failed",
    ],
)
def test_what_did_not_end_fires(text: str) -> None:
    assert read(text).state is AlertState.FIRING


@pytest.mark.parametrize(
    "text",
    [
        "Site is UP (was down for 3 minutes)",
        "db-1 is up again after being down",
        "db-1 is up, but was down for 10 minutes",
        "db-1 is up and running",
        "db-1 recovered and no errors are left",
        "gpu 0 recovered",
        "Resolved: 3 firing alerts of db-1",
        "Recovery of failed disk on db-1 completed",
        "The incident was resolved and the alarm closed",
        "web-1 OK (was CRITICAL)",
        "Backup of users succeeded",
        "Connection succeeded nginx",
        "Job nightly successfully completed",
        "Login works, all normal",
    ],
)
def test_what_ended_is_over(text: str) -> None:
    assert read(text).state is AlertState.CLEARED


@pytest.mark.parametrize(("one", "other"), [("db-1", "db-2"), ("volume 1 of db-1", "volume 2 of db-1")])
def test_an_end_that_failed_still_says_whose_it_was(one: str, other: str) -> None:
    prints = [read(f"Recovery of {name} failed").fingerprint for name in (one, other)]

    assert prints[0] != prints[1]


def test_a_taught_phrase_does_not_count_where_trouble_came_after_it() -> None:
    assert over("db-1 recovered", ["recovered"])
    assert not over("db-1 recovered then failed again", ["recovered"])
    assert not over("Recovery of db-1 on host a failed", ["recovery"])
