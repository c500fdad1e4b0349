"""What people are told of schedules: who, when, and what to do; names are escaped."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.notice import (
    About,
    FeedTold,
    GapsAhead,
    GroupKept,
    GroupRefused,
    HandedOff,
    Notice,
    NotReady,
    ShiftAhead,
)
from bot.domain.schedule import Gap
from bot.render.escape import flatten
from bot.render.notices import notice_told

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
EVIL = "<!channel> `rm` <https://evil.example|Ann>"
PAYMENTS = About(title="Payments", zone="Europe/London")
GAP = Gap(since=AT, until=AT + timedelta(hours=8))

NOTICES: list[tuple[Notice, str]] = [
    (
        HandedOff(about=PAYMENTS, at=AT, off=("Ann",), on=("Bob",), until=AT),
        "Bob is on call for Payments until",
    ),
    (HandedOff(about=PAYMENTS, at=AT, off=("Ann",), on=("Bob", "Cid")), "Bob, Cid are on call for Payments"),
    (HandedOff(about=PAYMENTS, at=AT, off=("Ann",), on=()), "NOBODY IS ON CALL for Payments"),
    (HandedOff(about=PAYMENTS, at=AT, off=("Ann",), on=("Bob",), you="on"), "You are on call for Payments"),
    (
        HandedOff(about=PAYMENTS, at=AT, off=("Ann",), on=("Bob",), you="off"),
        "Your shift of Payments is over",
    ),
    (
        ShiftAhead(about=PAYMENTS, since=AT, until=AT, before=timedelta(hours=1)),
        "on call for Payments in 1 h",
    ),
    (ShiftAhead(about=PAYMENTS, since=AT, until=AT, before=timedelta(days=1)), "on call for Payments from"),
    (GapsAhead(about=PAYMENTS, gaps=(GAP,), until=AT), "Nobody will be on call for Payments at one time"),
    (GapsAhead(about=PAYMENTS, gaps=(GAP,), more=4, until=AT, report=True), "at 5 times"),
    (
        FeedTold(about=PAYMENTS, place="example.com", problem="No answer."),
        "can't be read as it should: No answer.",
    ),
    (FeedTold(about=PAYMENTS, place="example.com", unknown=("Zoe",)), "“Zoe”"),
    (FeedTold(about=PAYMENTS, place="example.com"), "is well again"),
    (GroupKept(about=PAYMENTS, group="S0ONCALL001"), "keeps the members it had"),
    (NotReady(about=PAYMENTS, name="Ann", why="has no contact method"), "Ann is on call for"),
    (
        NotReady(about=PAYMENTS, name="Ann", why="is deactivated in Slack", you=True),
        "no page would reach you",
    ),
    (
        GroupRefused(about=PAYMENTS, group="S0ONCALL001", reason="missing_scope"),
        "Slack refuses it (missing_scope)",
    ),
]


@pytest.mark.parametrize(("notice", "words"), NOTICES, ids=lambda value: getattr(value, "kind", ""))
def test_a_notice_says_it_in_one_sentence(notice: Notice, words: str) -> None:
    assert words in flatten(notice_told(notice).text)


@pytest.mark.row("A32")
@pytest.mark.parametrize(
    "notice",
    [
        HandedOff(about=About(title=EVIL, zone="UTC"), at=AT, off=(EVIL,), on=(EVIL,), until=AT),
        HandedOff(about=PAYMENTS, at=AT, off=(EVIL,), on=(), you="off"),
        FeedTold(about=PAYMENTS, place=EVIL, unknown=(EVIL,)),
        FeedTold(about=PAYMENTS, place=EVIL, problem=EVIL),
        GroupRefused(about=PAYMENTS, group=EVIL, reason=EVIL),
    ],
)
def test_no_name_in_a_notice_is_taken_for_markup(notice: Notice) -> None:
    body = str(notice_told(notice).body())

    assert "<!channel>" not in body
    assert "<https://evil" not in body
    assert "`rm`" not in body
