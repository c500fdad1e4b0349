"""What is encoded comes back equal, whatever it is."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.alert import HeldAlert
from bot.domain.effects import Effect
from bot.domain.incident import Incident
from bot.domain.ladder import Ladder
from bot.domain.service import Service, TicketPlan
from bot.domain.timeline import Entry
from bot.store import codec
from bot.store.columns import Instant
from bot.store.query import sqlite_kit

INSTANTS = st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone
SPANS = st.timedeltas(timedelta(), timedelta(days=400))
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | TEXTS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=4,
)

st.register_type_strategy(datetime, INSTANTS)
st.register_type_strategy(timedelta, SPANS)
st.register_type_strategy(str, TEXTS)
st.register_type_strategy(float, st.floats(0, 1))
st.register_type_strategy(
    Mapping, lambda kind: st.dictionaries(*map(st.from_type, get_args(kind)), max_size=2)
)

PLANS = st.builds(TicketPlan, fields=st.dictionaries(TEXTS, JSON, max_size=2))
SERVICES = st.builds(Service, ticket=st.none() | PLANS)
INCIDENTS = st.builds(Incident, service=SERVICES)
KINDS = [kind for group in get_args(Effect) for kind in (get_args(group) or (group,))]
MANY = settings(deadline=None, max_examples=60)


@MANY
@given(INCIDENTS)
def test_an_incident_comes_back_equal(incident: Incident) -> None:
    escalation = incident.escalation

    found = codec.decode_incident(
        codec.encode_incident(incident),
        incident.service,
        escalation.ladder if escalation else None,
        escalation.catch_all if escalation else None,
    )

    assert found == incident
    assert repr(found.status) == repr(incident.status)


@MANY
@given(SERVICES | st.from_type(Ladder))
def test_a_snapshot_comes_back_equal_under_the_same_name(thing: Service | Ladder) -> None:
    snapped = codec.encode_snapshot(thing)

    assert codec.decode_snapshot(snapped.hash, snapped.body) == thing
    assert codec.encode_snapshot(replace(thing)) == snapped


@MANY
@given(st.one_of(*map(st.from_type, KINDS)))
def test_an_effect_comes_back_equal(effect: Effect) -> None:
    assert codec.decode_effect(codec.encode_effect(effect)) == effect


@MANY
@given(st.from_type(Entry), st.from_type(HeldAlert))
def test_entries_and_alerts_come_back_equal(entry: Entry, held: HeldAlert) -> None:
    assert codec.decode_entry(codec.encode_entry(entry)) == entry
    assert codec.decode_alert(codec.encode_alert(held)) == held


@MANY
@given(INSTANTS)
def test_an_instant_comes_back_to_the_microsecond(instant: datetime) -> None:
    column, dialect = Instant(), sqlite_kit().dialect

    assert column.process_result_value(column.process_bind_param(instant, dialect), dialect) == instant


def test_a_naive_instant_is_refused() -> None:
    naive: Any = datetime(2026, 1, 1)  # noqa: DTZ001 - that is the mistake

    with pytest.raises(ValueError, match="naive"):
        Instant().process_bind_param(naive, sqlite_kit().dialect)


@pytest.mark.parametrize("body", ["", "{}", "[]", '{"kind": "page_everyone"}', "null", '{"kind": 1'])
def test_what_cannot_be_read_is_a_value_error(body: str) -> None:
    with pytest.raises(ValueError):
        codec.decode_effect(body)
