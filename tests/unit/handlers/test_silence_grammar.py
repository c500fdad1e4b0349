"""What people type about keeping alerts quiet, and what is understood of it."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.silence import SilenceKind
from bot.service import ByNumber, OnlyMine
from handlers import silence_orders as s
from handlers.grammar import Grammar
from handlers.words import Unclear, Zoned

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
GRAMMAR = Grammar(zoned=Zoned(now=NOW, zone=ZoneInfo("UTC")))
HOUR = timedelta(hours=1)


def wanted(text: str) -> s.SilenceNow:
    order = GRAMMAR.incident(text)
    assert isinstance(order, s.SilenceNow)
    return order


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("silence", s.SilenceForm()),
        ("maintenance", s.SilenceForm(kind=SilenceKind.MAINTENANCE)),
        ("silence INC-42", s.SilenceForm(which=ByNumber(number=42))),
        ("silence list", s.ListQuiet()),
        ("silence undo", s.EndSilence()),
        ("silence end #7k2ab9", s.EndSilence(mark="#7k2ab9")),
        ("maintenance end 7k2ab9", s.EndSilence(mark="7k2ab9")),
        ("silence approve #7k2ab9", s.ApproveSilence(mark="#7k2ab9")),
    ],
)
def test_what_is_asked_for_is_understood(text: str, order: object) -> None:
    assert GRAMMAR.incident(text) == order


def test_an_incident_is_silenced_for_a_while_with_a_reason() -> None:
    order = wanted("silence INC-42 2h new disk")

    assert order.which == ByNumber(number=42)
    assert (order.span.since, order.span.until, order.span.rest) == (NOW, NOW + 2 * HOUR, "new disk")
    assert not order.sev1


def test_conditions_may_stand_in_any_quotes() -> None:
    order = wanted("silence host=db-1 team=~“pay.*” job!='a b' --sev1 until 18:00 we know")

    assert order.conditions == ("host=db-1", 'team=~"pay.*"', "job!='a b'")
    assert order.which == OnlyMine()
    assert order.sev1
    assert order.span.until == NOW + 6 * HOUR
    assert order.span.rest == "we know"


@pytest.mark.parametrize(
    ("text", "conditions"),
    [
        ("service = main 1h reason", ("service=main",)),
        ('severity = sev3 host =~ "db-.*" 1h reason', ("severity=sev3", 'host=~"db-.*"')),
        ("host =db-1 1h reason", ("host=db-1",)),
        ("host= db-1 1h reason", ("host=db-1",)),
        ("host= 1h reason", ("host=",)),
        ("host= until 13:00 reason", ("host=",)),
        ('host="" 1h reason', ('host=""',)),
        ('"host=db-1" 1h reason', ("host=db-1",)),
        ("“host = db-1” 1h reason", ("host=db-1",)),
        ("'host = db 1' \"team=~'pay.*'\" 1h reason", ("host=db 1", "team=~'pay.*'")),
        ("`host=db-1` 1h reason", ("host=db-1",)),
        ("status = firing 1h reason", ("status=firing",)),
    ],
)
def test_blanks_around_the_operator_and_quotes_around_a_condition_do_not_count(
    text: str, conditions: tuple[str, ...]
) -> None:
    order = wanted(f"silence {text}")

    assert (order.conditions, order.service) == (conditions, "")
    assert (order.span.until, order.span.rest) == (NOW + HOUR, "reason")


@pytest.mark.parametrize(
    "text", ["silence host==s1 banana", "silence host == s1 1h x", 'silence "host==s1" 1h x']
)
def test_an_operator_that_is_none_is_named(text: str) -> None:
    with pytest.raises(Unclear, match="`==` is no operator"):
        GRAMMAR.incident(text)


def test_maintenance_names_a_service_and_a_time_to_come() -> None:
    order = wanted("maintenance checkout 22:00 to 23:00 new release")

    assert (order.kind, order.service) == (SilenceKind.MAINTENANCE, "checkout")
    assert (order.span.since, order.span.until) == (NOW + 10 * HOUR, NOW + 11 * HOUR)


@pytest.mark.parametrize(
    "text", ["silence 2h", "silence INC-42 nonsense", "silence end", "silence approve x", "silence host=a"]
)
def test_what_is_missing_is_asked_for_with_an_example(text: str) -> None:
    with pytest.raises(Unclear, match=r"`"):
        GRAMMAR.incident(text)


@pytest.mark.parametrize("text", ["silence host=a new disk", "silence INC-42 new disk"])
def test_who_forgets_for_how_long_is_told_so(text: str) -> None:
    with pytest.raises(Unclear, match="for how long"):
        GRAMMAR.incident(text)


@given(st.text())
def test_whatever_is_typed_is_understood_or_unclear(text: str) -> None:
    with suppress(Unclear):
        GRAMMAR.incident(f"silence {text}")
