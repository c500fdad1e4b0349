"""What the file says of inhibition, recurring maintenance and heartbeats."""

from datetime import time, timedelta

import pytest

from bot.config.load import parse
from bot.config.problem import InvalidConfiguration
from bot.config.starter import starter
from bot.domain.configuration import Configuration
from bot.domain.monthly import LAST, Monthly
from tests.examples import alert

SECOND_AND_LAST = frozenset((which, day) for which in (2, LAST) for day in (5, 6))


def read(part: str) -> Configuration:
    return parse((starter() + part).encode(), "example").configuration


def refused(part: str) -> str:
    with pytest.raises(InvalidConfiguration) as error:
        read(part)
    (problem,) = error.value.problems
    assert problem.line
    assert problem.remedy
    return problem.message


def test_an_inhibition_has_causes_targets_and_equal_labels() -> None:
    rule = "{source: ['alertname=\"Down\"'], target: ['severity=~\"sev[34]\"'], equal: [cluster]}"

    (found,) = read(f"inhibit:\n  - {rule}\n").inhibitions

    assert [str(each) for each in (*found.source, *found.target)] == [
        'alertname="Down"',
        'severity=~"sev[34]"',
    ]
    assert found.equal == ("cluster",)


@pytest.mark.parametrize(
    ("times", "days", "begin", "end"),
    [
        ('weekly: "sun 02:00-04:00"', {6}, time(2), time(4)),
        ('weekly: "mon-fri 22:00-23:30"', {0, 1, 2, 3, 4}, time(22), time(23, 30)),
        ('weekly: "fri-mon, wed 23:00-01:00"', {4, 5, 6, 0, 2}, time(23), time(1)),
        ('weekly: "sun 00:00-24:00"', {6}, time(0), time(0)),
    ],
)
def test_maintenance_recurs_on_days_from_time_to_time(
    times: str, days: set[int], begin: time, end: time
) -> None:
    part = f"maintenance:\n  - {{name: weekly-db, match: ['job=x'], {times}, zone: Europe/London}}\n"

    (found,) = read(part).maintenance

    assert set(found.days) == days
    assert (found.begin, found.end) == (begin, end)
    assert found.zone == "Europe/London"


@pytest.mark.parametrize(
    ("times", "monthly", "begin", "end"),
    [
        ("first sunday 02:00-04:00", Monthly(weekdays=frozenset({(1, 6)})), time(2), time(4)),
        ("2nd,last sat, sun 22:00-02:00", Monthly(weekdays=SECOND_AND_LAST), time(22), time(2)),
        ("Day 1 00:00-24:00", Monthly(numbers=frozenset({1})), time(0), time(0)),
        ("days 1, 15, last 01:00-03:00", Monthly(numbers=frozenset({1, 15, LAST})), time(1), time(3)),
        ("last day 22:30-23:00", Monthly(numbers=frozenset({LAST})), time(22, 30), time(23)),
    ],
)
def test_maintenance_recurs_on_days_of_a_month(times: str, monthly: Monthly, begin: time, end: time) -> None:
    part = f"maintenance:\n  - {{name: patches, match: ['job=x'], monthly: '{times}', zone: Europe/London}}\n"

    (found,) = read(part).maintenance

    assert (found.monthly, found.days) == (monthly, frozenset())
    assert (found.begin, found.end) == (begin, end)


def test_a_heartbeat_has_a_period_and_some_grace() -> None:
    (found,) = read(
        "heartbeats:\n  - {name: backup, match: ['title=~\"Backup.*\"'], every: 24h}\n"
    ).heartbeats

    assert (found.every, found.grace) == (timedelta(hours=24), timedelta(minutes=5))


def test_a_heartbeat_is_pinged_or_told_of_in_a_channel() -> None:
    part = "integrations: {cron: {source: generic}}\nheartbeats:\n"
    told = '{name: report, every: 24h, channel: "#reports", says: "(?i)report .* sent"}'

    pinged, report = read(f"{part}  - {{name: cron, every: 1h, integration: cron}}\n  - {told}\n").heartbeats

    assert (pinged.integration, pinged.matchers, pinged.channel) == ("cron", (), "")
    assert report.channel == "#reports"
    assert report.hears_text("The Report of Monday was sent.")
    assert not report.hears_text("The report was lost.")
    assert not pinged.hears_text("anything")
    assert not pinged.hears(alert())


@pytest.mark.parametrize(
    ("part", "message"),
    [
        (
            "maintenance:\n  - {name: a, match: ['b=c'], zone: UTC}\n",
            "needs one of `weekly`, `daily` and `monthly`",
        ),
        (
            'maintenance:\n  - {name: a, daily: "02:00-03:00", zone: UTC}\n',
            "would keep everything quiet",
        ),
        (
            "maintenance:\n  - {name: a, match: ['b=c'], weekly: \"someday 02:00-03:00\", zone: UTC}\n",
            "`someday` is no day of the week",
        ),
        (
            "maintenance:\n  - {name: a, match: ['b=c'], weekly: \"02:00-03:00\", zone: UTC}\n",
            "`02:00-03:00` is no time of a week",
        ),
        *(
            (f"maintenance:\n  - {{name: a, match: [b=c], monthly: '{times}', zone: UTC}}\n", message)
            for times, message in (
                ("sunday 02:00-03:00", "`sunday` does not say which of a month"),
                ("sixth sunday 02:00-03:00", "`sixth` does not say which of a month"),
                ("first someday 02:00-03:00", "`someday` is no day of the week"),
                ("first 02:00-03:00", "`` is no day of the week"),
                ("first day 02:00-03:00", "`first day` is no day of a month"),
                ("day 32 02:00-03:00", "`32` is no day of a month"),
                ("day 0 02:00-03:00", "`0` is no day of a month"),
                ("day 02:00-03:00", "`` is no day of a month"),
                ("first sunday", "`first sunday` is no time of a month"),
                ("first sunday 02:00-02:00", "begins and ends at the same time"),
                ("first sunday 2-4", "is no time of a month"),
            )
        ),
        (
            "maintenance:\n  - {name: a, daily: '02:00-03:00', weekly: 'sun 02:00-03:00', zone: UTC}\n",
            "needs one of `weekly`, `daily` and `monthly`",
        ),
        (
            "heartbeats:\n  - {name: a, match: [b=c], every: 1h}\n  - {name: a, match: [d=e], every: 2h}\n",
            "there are two that are called `a`",
        ),
        (
            "heartbeats:\n  - {name: a, every: 1h, channel: '#a', says: '(a'}\n",
            "the pattern can't be used: missing ): (a",
        ),
        (
            "inhibit:\n  - {source: ['a=~\"(?=b)\"'], target: ['a=b']}\n",
            "the pattern can't be used: invalid perl operator: (?=",
        ),
        (
            "inhibit:\n  - {source: ['a=b'], target: ['a=c'], equal: ['no label']}\n",
            "`no label` is no label's name",
        ),
    ],
)
def test_what_cannot_be_is_refused_with_its_line(part: str, message: str) -> None:
    assert message in refused(part)


@pytest.mark.parametrize(
    "times",
    [
        ('daily: "00:00-24:00"',),
        ('weekly: "mon-sun 00:00-24:00"',),
        ('daily: "00:00-12:00"', 'daily: "12:00-24:00"'),
    ],
)
def test_maintenance_without_an_end_is_refused(times: tuple[str, ...]) -> None:
    parts = "".join(f"  - {{name: w{n}, match: [b=c], {each}, zone: UTC}}\n" for n, each in enumerate(times))

    with pytest.raises(InvalidConfiguration) as refused:
        read(f"maintenance:\n{parts}")
    assert "would not end" in str(refused.value.problems)


def test_maintenance_that_leaves_a_time_for_pages_may_be_long() -> None:
    other = '  - {name: b, match: [other=c], daily: "12:00-24:00", zone: UTC}\n'
    part = 'maintenance:\n  - {name: a, match: [b=c], daily: "00:00-12:00", zone: UTC}\n'

    assert len(read(part + other).maintenance) == 2
    assert read('maintenance:\n  - {name: a, match: [b=c], daily: "00:01-24:00", zone: UTC}\n').maintenance
