"""A state of Terraform's says the same as the API."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.imports.product import Product
from tests.unit.imports.conftest import Import

USER = {"id": "PANN001", "name": "Ann Lee", "email": "ann@example.com", "time_zone": "UTC", "role": "user"}
BOB = USER | {"id": "PBOB001", "name": "Bob Ray", "email": "bob@example.com"}
LAYER = {
    "name": "low",
    "start": "2026-01-05T09:00:00+00:00",
    "end": "",
    "rotation_virtual_start": "2026-01-05T09:00:00+00:00",
    "rotation_turn_length_seconds": 604800,
    "users": ["PANN001", "PBOB001"],
    "restriction": [],
}
NIGHT = {
    "type": "daily_restriction",
    "start_time_of_day": "20:00:00",
    "duration_seconds": 3600,
    "start_day_of_week": 0,
}
HIGH = LAYER | {"name": "high", "users": ["PBOB001"], "restriction": [NIGHT]}
SCHEDULE = {"id": "PSCHED1", "name": "Primary", "time_zone": "Europe/London", "layer": [LAYER, HIGH]}
RULE = {
    "escalation_delay_in_minutes": 10,
    "escalation_rule_assignment_strategy": [{"type": "assign_to_everyone"}],
    "target": [{"id": "PSCHED1", "type": "schedule_reference"}],
}
POLICY = {"id": "PPOL001", "name": "All", "num_loops": 1, "rule": [RULE]}
SERVICE = {
    "id": "PSER001",
    "name": "Web",
    "escalation_policy": "PPOL001",
    "acknowledgement_timeout": "null",
    "auto_resolve_timeout": "14400",
}
ALL: dict[str, list[Mapping[str, object]]] = {
    "pagerduty_user": [USER, BOB],
    "pagerduty_schedule": [SCHEDULE],
    "pagerduty_escalation_policy": [POLICY],
    "pagerduty_service": [SERVICE],
    "aws_instance": [{"id": "i-1"}],
}


@pytest.mark.parametrize("form", ["state", "show"])
def test_resources_are_read_with_the_order_of_their_layers(
    tmp_path: Path, imported: Import, form: str
) -> None:
    pairs = [(kind, values) for kind, some in ALL.items() for values in some]
    state = {"resources": [{"type": kind, "instances": [{"attributes": one}]} for kind, one in pairs]}
    inside = {"resources": [{"type": kind, "values": one} for kind, one in pairs]}
    show = {"values": {"root_module": {"child_modules": [inside]}}}
    file = tmp_path / "terraform.tfstate"
    file.write_text(json.dumps({"terraform_version": "1.9.0", **(state if form == "state" else show)}))

    found = imported(Product.PAGERDUTY, file)

    assert found.wrong == ()
    (plan,) = found.draft.schedules
    assert [layer.name for layer in plan.layers] == ["low", "high"]
    assert (
        '      - {name: low, people: [ann, bob], start: 2026-01-05, handoff: "09:00", shift: 1w}'
        in found.text
    )
    assert 'only: {hours: "20:00-21:00"}' in found.text
    (ladder,) = found.draft.ladders
    assert (ladder.rounds, ladder.steps[0].aims[0].name) == (2, "primary")
    assert found.draft.services[0].timeouts == dict.fromkeys(("sev1", "sev2", "sev3", "sev4"))
