"""How many incidents one person opens by hand."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.alert import Severity
from bot.domain.flood import Flood, by_hand_key, one_more_by_hand, spoken
from bot.domain.ids import IncidentId
from bot.domain.people import Actor, ActorKind
from bot.domain.refused import Refused
from bot.domain.route import Limit

NOW = datetime(2026, 11, 2, 3, tzinfo=UTC)
TWO = Limit(most=2, per=timedelta(minutes=10), route="authority")


def opened(flood: Flood, minute: float) -> Flood:
    return one_more_by_hand(flood, TWO, IncidentId(f"i{minute}"), NOW + timedelta(minutes=minute))


def test_the_limit_slides_and_the_refusal_says_when_the_next_may_be_opened() -> None:
    flood = Flood(key="k", since=NOW, last_at=NOW)
    flood = opened(opened(flood, 0), 4)
    with pytest.raises(Refused, match=r"opened 2 incidents within 10 min.* In 30 s you can"):
        opened(flood, 9.5)

    later = opened(flood, 10)

    assert [key for _, key in later.begun] == ["i4", "i10"]
    assert later.last_at == NOW + timedelta(minutes=10)
    with pytest.raises(Refused, match="In 4 min you can"):
        opened(later, 10)


def test_a_limit_that_was_lowered_tells_what_is_true() -> None:
    flood = Flood(
        key="k", since=NOW, last_at=NOW, begun=tuple((NOW + timedelta(minutes=m), f"i{m}") for m in range(4))
    )

    with pytest.raises(Refused, match=r"opened 4 incidents .* In 7 min you can"):
        opened(flood, 5)


def test_each_person_has_their_own_count_and_what_is_worst_has_one_apart() -> None:
    ann = Actor(kind=ActorKind.PERSON, id="slack:U1", name="Ann")
    keys = {
        by_hand_key(who, severity)
        for who in (ann, replace(ann, id="slack:U2"))
        for severity in (Severity.SEV1, Severity.SEV2, Severity.SEV3)
    }
    assert len(keys) == 4


def test_spans_are_told_in_minutes_or_in_seconds() -> None:
    assert [spoken(timedelta(seconds=s)) for s in (30, 90, 120)] == ["30 s", "90 s", "2 min"]
