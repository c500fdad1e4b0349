"""What the file says of inhibition, recurring maintenance and heartbeats."""

from datetime import time, timedelta

import pytest

from bot.config.load import parse
from bot.config.problem import InvalidConfiguration
from bot.config.starter import starter
from bot.domain.configuration import Configuration


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
        ('daily: "00:00-24:00"', set(range(7)), time(0), time(0)),
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


def test_a_heartbeat_has_a_period_and_some_grace() -> None:
    (found,) = read(
        "heartbeats:\n  - {name: backup, match: ['title=~\"Backup.*\"'], every: 24h}\n"
    ).heartbeats

    assert (found.every, found.grace) == (timedelta(hours=24), timedelta(minutes=5))


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ("maintenance:\n  - {name: a, match: ['b=c'], zone: UTC}\n", "needs one of `weekly` and `daily`"),
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
        (
            "heartbeats:\n  - {name: a, match: [b=c], every: 1h}\n  - {name: a, match: [d=e], every: 2h}\n",
            "there are two that are called `a`",
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
