"""Exports of Opsgenie's and Grafana OnCall's of every form become files that are accepted."""

import json
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.imports.importing import Imported, import_from
from bot.imports.product import Product
from bot.imports.workspace import Workspace
from tests.unit.imports.conftest import NOW

names = st.one_of(st.sampled_from(["Primary", "null", "- x", "a: b #c", '"', ""]), st.text(max_size=12))
identifiers = st.sampled_from([f"X{number}" for number in range(5)])
moments = st.integers(-2000, 2000).map(
    lambda hours: (NOW + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")
)
days = st.sampled_from(["monday", "TUESDAY", "friday", "sunday", "noday"])
zones = st.sampled_from(["Europe/Berlin", "America/Sao_Paulo", "UTC", "Nowhere/Land"])


def some(value: st.SearchStrategy[object], least: int = 0, most: int = 3) -> st.SearchStrategy[list[object]]:
    return st.lists(value, min_size=least, max_size=most)


def shape(**values: st.SearchStrategy[object]) -> st.SearchStrategy[dict[str, object]]:
    return st.fixed_dictionaries(values)


recipients = st.one_of(
    shape(type=st.sampled_from(["user", "team", "schedule", "escalation"]), id=identifiers, name=names),
    shape(type=st.just("none")),
    shape(type=st.just("user"), username=st.just("ann@example.com")),
)
hours = shape(
    startDay=days,
    startHour=st.integers(0, 23),
    startMin=st.sampled_from([0, 30]),
    endDay=days,
    endHour=st.integers(0, 23),
    endMin=st.sampled_from([0, 30]),
)
restrictions = st.one_of(
    st.none(),
    shape(type=st.just("time-of-day"), restriction=hours),
    shape(type=st.just("WEEKDAY_AND_TIME_OF_DAY"), restrictions=some(hours)),
)
rotations = shape(
    name=names,
    startDate=moments,
    endDate=st.none() | moments,
    type=st.sampled_from(["hourly", "daily", "weekly", "WEEKLY", "yearly"]),
    length=st.sampled_from([1, 2, 12, 9999]),
    participants=some(recipients, most=4),
    timeRestriction=restrictions,
)
opsgenie = shape(
    users=some(shape(id=identifiers, username=st.sampled_from(["ann@example.com", "x"]), fullName=names)),
    teams=some(
        shape(
            id=identifiers,
            name=names,
            members=some(
                shape(user=shape(id=identifiers, username=st.just("ann@example.com")), role=st.just("user"))
            ),
        )
    ),
    schedules=some(
        shape(
            id=identifiers,
            name=names,
            timezone=zones,
            enabled=st.booleans(),
            ownerTeam=st.none() | shape(id=identifiers),
            rotations=some(rotations),
        )
    ),
    escalations=some(
        shape(
            id=identifiers,
            name=names,
            ownerTeam=st.none() | shape(id=identifiers),
            rules=some(
                shape(
                    condition=st.sampled_from(["if-not-acked", "if-not-closed"]),
                    notifyType=st.sampled_from(
                        ["default", "next", "previous", "users", "admins", "all", "random"]
                    ),
                    delay=shape(
                        timeAmount=st.integers(0, 20_000), timeUnit=st.sampled_from(["minutes", "hours"])
                    ),
                    recipient=recipients,
                ),
                most=6,
            ),
            repeat=st.none() | shape(waitInterval=st.integers(0, 100), count=st.integers(0, 20)),
        ),
        least=1,
    ),
)

plain = st.integers(-2000, 2000).map(
    lambda hours: (NOW + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%S")
)
shifts = shape(
    id=identifiers,
    name=names,
    type=st.sampled_from(["rolling_users", "recurrent_event", "single_event", "override"]),
    time_zone=st.none() | zones,
    level=st.integers(0, 99),
    start=plain,
    duration=st.sampled_from([60, 3600, 28_800, 86_400, 172_800, 604_800, 2_592_000]),
    rotation_start=plain,
    frequency=st.sampled_from(["hourly", "daily", "weekly", "monthly"]),
    interval=st.none() | st.integers(1, 20),
    until=st.none() | plain,
    week_start=st.sampled_from(["MO", "SU"]),
    by_day=st.none() | st.lists(st.sampled_from(["MO", "WE", "SA", "1MO"]), max_size=3),
    users=some(identifiers),
    rolling_users=some(some(identifiers)),
    start_rotation_from_user_index=st.none() | st.integers(0, 9),
)
KINDS = [
    *("wait", "notify_persons", "notify_person_next_each_time", "notify_on_call_from_schedule", "resolve"),
    *("notify_whole_channel", "notify_if_time_from_to", "repeat_escalation", "notify_user_group", "new_step"),
]
oncall = shape(
    users=some(shape(id=identifiers, username=names, email=st.sampled_from(["", "ann@example.com"]))),
    on_call_shifts=some(shifts, most=5),
    schedules=some(
        shape(
            id=identifiers,
            name=names,
            type=st.sampled_from(["web", "calendar", "ical"]),
            time_zone=zones,
            on_call_now=st.just([]),
            shifts=some(identifiers, most=5),
            ical_url_primary=st.none()
            | st.sampled_from(["https://example.com/a.ics", "webcal://x", "https://[x"]),
        )
    ),
    escalation_chains=some(shape(id=identifiers, name=names), least=1),
    escalation_policies=some(
        shape(
            id=st.integers(0, 10**9).map(str),
            escalation_chain_id=identifiers,
            position=st.integers(0, 9),
            type=st.sampled_from(KINDS),
            duration=st.sampled_from([0, 60, 3600, 10_000_000]),
            persons_to_notify=some(identifiers),
            persons_to_notify_next_each_time=some(identifiers),
            notify_on_call_from_schedule=identifiers,
            notify_if_time_from=st.sampled_from(["09:00:00Z", "x"]),
            notify_if_time_to=st.sampled_from(["18:00:00Z", "09:00:00Z"]),
        ),
        most=8,
    ),
    integrations=some(
        shape(
            id=identifiers, name=names, default_route=shape(id=identifiers, escalation_chain_id=identifiers)
        )
    ),
)

FORM = settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)


def run(product: Product, folder: Path, export: object) -> Imported:
    file = folder / "export.json"
    file.write_text(json.dumps(export))
    return import_from(product, file, now=NOW, slack=Workspace(), channel="#incidents")


@given(export=opsgenie)
@FORM
def test_every_export_of_opsgenies_becomes_a_file_that_is_accepted(tmp_path: Path, export: object) -> None:
    assert run(Product.OPSGENIE, tmp_path, export).wrong == ()


@given(export=oncall)
@FORM
def test_every_export_of_grafana_oncalls_becomes_a_file_that_is_accepted(
    tmp_path: Path, export: object
) -> None:
    assert run(Product.GRAFANA_ONCALL, tmp_path, export).wrong == ()
