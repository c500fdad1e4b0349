"""Whatever an export says, the file is one that the configuration accepts, and a terminal survives."""

import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.console import Console

from bot.config.load import parse
from bot.imports.importing import Imported, import_from
from bot.imports.product import Product
from bot.imports.record import instant
from bot.imports.report import show_import
from bot.imports.workspace import Workspace
from tests.unit.imports.conftest import NOW

names = st.one_of(
    st.sampled_from(
        [
            "null",
            "yes",
            "1e5",
            "- x",
            "a: b",
            "#x",
            '"',
            "'",
            "*x",
            "&x",
            "!!y",
            "%",
            "@",
            "`",
            "nobody",
            "none",
        ]
    ),
    st.text(max_size=30),
    st.text(alphabet="\x1b[31m\r\n\t\u202e\u2028\ufeff😀 ß", max_size=20),
)
zones = st.sampled_from(["Europe/London", "America/New_York", "Asia/Kolkata", "UTC", "Nowhere/Land"])
identifiers = st.sampled_from([f"P{number}" for number in range(6)])
moments = st.integers(-2000, 2000).map(lambda hours: (NOW + timedelta(hours=hours)).isoformat())
restrictions = st.one_of(
    st.fixed_dictionaries(
        {
            "type": st.just("daily_restriction"),
            "start_time_of_day": st.sampled_from(["00:00:00", "09:30:00", "23:59:59", "25:00", ""]),
            "duration_seconds": st.integers(0, 90_000),
        }
    ),
    st.fixed_dictionaries(
        {
            "type": st.just("weekly_restriction"),
            "start_time_of_day": st.sampled_from(["00:00:00", "17:00:00"]),
            "duration_seconds": st.integers(0, 700_000),
            "start_day_of_week": st.integers(1, 7),
        }
    ),
)
layers = st.fixed_dictionaries(
    {
        "name": names,
        "start": moments,
        "end": st.none() | moments,
        "rotation_virtual_start": moments,
        "rotation_turn_length_seconds": st.sampled_from([3600, 5400, 43_200, 86_400, 604_800, 40_000_000]),
        "users": st.lists(
            st.fixed_dictionaries({"user": st.fixed_dictionaries({"id": identifiers, "summary": names})}),
            max_size=4,
        ),
        "restrictions": st.lists(restrictions, max_size=3),
    }
)
exports = st.fixed_dictionaries(
    {
        "users": st.lists(
            st.fixed_dictionaries(
                {
                    "id": identifiers,
                    "type": st.just("user"),
                    "name": names,
                    "email": st.sampled_from(["a@example.com", "b@example.com", "no address", ""]),
                    "time_zone": zones,
                }
            ),
            max_size=4,
        ),
        "schedules": st.lists(
            st.fixed_dictionaries(
                {
                    "id": identifiers,
                    "type": st.just("schedule"),
                    "name": names,
                    "time_zone": zones,
                    "schedule_layers": st.lists(layers, max_size=4),
                }
            ),
            max_size=3,
        ),
        "escalation_policies": st.lists(
            st.fixed_dictionaries(
                {
                    "id": identifiers,
                    "type": st.just("escalation_policy"),
                    "name": names,
                    "num_loops": st.integers(0, 20),
                    "escalation_rules": st.lists(
                        st.fixed_dictionaries(
                            {
                                "escalation_delay_in_minutes": st.integers(0, 20_000),
                                "targets": st.lists(
                                    st.fixed_dictionaries(
                                        {
                                            "id": identifiers,
                                            "type": st.sampled_from(
                                                ["user_reference", "schedule_reference", "x"]
                                            ),
                                            "summary": names,
                                        }
                                    ),
                                    max_size=4,
                                ),
                                "escalation_rule_assignment_strategy": st.sampled_from(
                                    ["round_robin", "assign_to_everyone", None]
                                ),
                            }
                        ),
                        max_size=25,
                    ),
                }
            ),
            min_size=1,
            max_size=3,
        ),
        "services": st.lists(
            st.fixed_dictionaries(
                {
                    "id": identifiers,
                    "type": st.just("service"),
                    "name": names,
                    "escalation_policy": st.fixed_dictionaries({"id": identifiers}),
                    "acknowledgement_timeout": st.none() | st.integers(0, 10_000_000),
                }
            ),
            max_size=3,
        ),
    }
)


def run(product: Product, file: Path) -> Imported:
    return import_from(product, file, now=NOW, slack=Workspace(), channel="#incidents")


def shown(imported: Imported) -> str:
    screen = io.StringIO()
    show_import(imported, None, Console(file=screen, width=200, force_terminal=False))
    return screen.getvalue()


@given(export=exports)
@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_every_export_that_has_the_form_becomes_a_file_that_is_accepted(
    tmp_path: Path, export: object
) -> None:
    file = tmp_path / "export.json"
    file.write_text(json.dumps(export))

    found = run(Product.PAGERDUTY, file)

    assert found.wrong == ()
    screen = shown(found)
    assert not any(ord(character) < 32 and character != "\n" for character in screen + found.text)


@pytest.mark.parametrize("people", [2, 10_000])
def test_ten_thousand_users_are_those_who_are_needed(tmp_path: Path, people: int) -> None:
    users = [
        {"id": f"P{number}", "type": "user", "name": "John Smith", "email": f"j{number}@example.com"}
        for number in range(people)
    ]
    rule = {"escalation_delay_in_minutes": 5, "targets": [{"id": "P1", "type": "user_reference"}]}
    policy = {"id": "E1", "type": "escalation_policy", "name": "All", "escalation_rules": [rule]}
    file = tmp_path / "export.json"
    file.write_text(json.dumps({"users": users, "escalation_policies": [policy]}))

    found = run(Product.PAGERDUTY, file)

    assert found.wrong == ()
    assert [one.key for one in found.draft.people] == (["john", "john-2"] if people == 2 else ["john-2"])


def test_what_is_too_much_for_one_file_is_written_and_said(tmp_path: Path) -> None:
    policies = [
        {
            "id": f"E{number}",
            "type": "escalation_policy",
            "name": f"Policy {number}",
            "escalation_rules": [
                {"escalation_delay_in_minutes": 5, "targets": [{"id": "P1", "type": "user_reference"}]}
            ]
            * 10,
        }
        for number in range(300)
    ]
    file = tmp_path / "export.json"
    file.write_text(json.dumps({"escalation_policies": policies}))

    found = run(Product.PAGERDUTY, file)

    assert [problem.message for problem in found.wrong]


def test_teams_that_lead_to_each_other_do_not_lead_round_for_ever(tmp_path: Path) -> None:
    def escalation(number: int, team: int) -> dict[str, object]:
        recipient = {"type": "team", "id": f"t{team}"}
        rules = [{"delay": {"timeAmount": 0}, "recipient": recipient, "notifyType": "default"}]
        return {"id": f"e{number}", "name": f"E{number}", "rules": rules, "ownerTeam": {"id": f"t{number}"}}

    def team(number: int) -> dict[str, object]:
        members = [{"user": {"id": f"u{number}", "username": f"u{number}@example.com"}, "role": "user"}]
        return {"id": f"t{number}", "name": f"Team {number}", "members": members}

    export = {
        "escalations": [escalation(number, (number + 1) % 3) for number in range(3)],
        "teams": [team(number) for number in range(3)],
    }
    file = tmp_path / "export.json"
    file.write_text(json.dumps(export))

    found = run(Product.OPSGENIE, file)

    assert found.wrong == ()
    assert any("leads back" in note.what for note in found.notes.found)
    configuration = parse(found.text.encode(), "x").configuration
    assert all(service.ladder.rungs for service in configuration.services.values())


def test_the_clock_of_an_export_is_read_whatever_its_form() -> None:
    moment = datetime(2017, 2, 6, 5, tzinfo=UTC)

    forms: list[object] = ["2017-02-06T05:00:00Z", "2017-02-06T06:00:00.000+0100", 1486357200000]
    assert [instant(form) for form in forms] == [moment] * 3
