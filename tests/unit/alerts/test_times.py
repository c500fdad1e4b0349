"""Times in alerts that clocks do not have, or that no two people read alike."""

from datetime import UTC, datetime

import pytest

from handlers.alerts import parse
from handlers.alerts.identity import moment
from tests.unit.alerts.makers import said

ODD = [
    "2016-12-31T23:59:60Z",
    "2016-12-31T23:59:60.999999999Z",
    "2026-11-23T24:00:00Z",
    "0000-00-00T00:00:00Z",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999999+14:00",
    "+10000-01-01T00:00:00Z",
    "2026-11-23T03:10:00",
    "2026-11-23T03:10:00.123456789Z",
    "1763867400",
    "1763867400123",
    "1763867400123456",
    "1763867400123456789",
    "-62135596801",
    "1e400",
    "NaN",
]


@pytest.mark.row("F28")
@pytest.mark.parametrize("time", ODD)
def test_a_time_in_an_alerts_words_is_shown_as_it_stands_and_never_calculated_with(time: str) -> None:
    message = said(
        attachments=[
            {
                "title": "Disk full",
                "color": "danger",
                "text": f"since {time}",
                "fields": [{"title": "At", "value": time}],
            }
        ]
    )

    [alert] = parse(message)

    assert time in alert.description or time in alert.labels.values()
    assert alert.at == datetime(2026, 1, 1, 0, 0, 0, 100, tzinfo=UTC)


@pytest.mark.row("F28")
@pytest.mark.parametrize(
    "value", [*ODD, 1763867400, 1763867400123456789, -1, 1e300, float("nan"), None, {}, []]
)
def test_whatever_stands_where_slack_has_its_own_times_the_alert_is_read(value: object) -> None:
    message = said(
        attachments=[{"title": "Disk full", "color": "danger", "text": "why", "ts": value}],
        edited={"user": "U1", "ts": value},
    )

    assert [alert.title for alert in parse(message)] == ["Disk full"]


@pytest.mark.row("F28")
@pytest.mark.parametrize(
    ("ts", "expected"),
    [
        ("0.0", datetime(1970, 1, 1, tzinfo=UTC)),
        ("1483228800.999999999", datetime(2017, 1, 1, 0, 0, 0, 999999, tzinfo=UTC)),
        ("1483228800.5", datetime(2017, 1, 1, 0, 0, 0, 500000, tzinfo=UTC)),
        ("253402300799.999999", datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)),
        ("253402300800.000000", None),
        ("999999999999.999999", None),
    ],
)
def test_slacks_own_time_is_exact_and_one_beyond_the_calendar_is_none(
    ts: str, expected: datetime | None
) -> None:
    assert moment(said(ts=ts, text="Disk full")) == expected
