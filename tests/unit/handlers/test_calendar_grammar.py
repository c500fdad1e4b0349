"""What `/oncall show`, `calendar` and `fairness` understand."""

from datetime import timedelta

import pytest

from handlers import oncall_orders as on
from handlers.calendar_grammar import calendar, fairness, show
from handlers.words import Unclear


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("", on.ShowSchedule()),
        ("primary", on.ShowSchedule(schedule="primary")),
        ("primary 6w", on.ShowSchedule(schedule="primary", weeks=6)),
        ("4 weeks", on.ShowSchedule(weeks=4)),
        ("“Payments primary” 1w", on.ShowSchedule(schedule="Payments primary", weeks=1)),
        ("2w-team", on.ShowSchedule(schedule="2w-team")),
    ],
)
def test_a_schedule_is_shown_for_some_weeks(text: str, order: on.ShowSchedule) -> None:
    assert show(text) == order


def test_more_weeks_than_fit_are_refused() -> None:
    with pytest.raises(Unclear, match="At most 8 weeks"):
        show("primary 52w")


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("", on.GiveCalendar()),
        ("me", on.GiveCalendar(mine=True)),
        ("primary", on.GiveCalendar(schedule="primary")),
        ("revoke", on.GiveCalendar(revoke=True)),
        ("revoke me", on.GiveCalendar(mine=True, revoke=True)),
        ("revoke all primary", on.GiveCalendar(schedule="primary", revoke=True, everybodys=True)),
    ],
)
def test_an_address_is_given_or_revoked(text: str, order: on.GiveCalendar) -> None:
    assert calendar(text) == order


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("", on.ShowFairness()),
        ("primary", on.ShowFairness(schedule="primary")),
        ("30d", on.ShowFairness(span=timedelta(days=30))),
        ("primary 2w", on.ShowFairness(schedule="primary", span=timedelta(days=14))),
    ],
)
def test_fairness_looks_back_for_some_time(text: str, order: on.ShowFairness) -> None:
    assert fairness(text) == order


def test_more_than_a_year_is_not_counted() -> None:
    with pytest.raises(Unclear, match="at most 366 days"):
        fairness("500d")
