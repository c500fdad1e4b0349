"""Whole exports become exactly these files, which the configuration accepts as they are."""

import json
import os
from pathlib import Path

import pytest

from bot.config.load import parse
from bot.domain.ids import LadderId, ScheduleId, ServiceId
from bot.domain.ladder import RotatingTarget, ScheduleTarget, Which
from bot.domain.schedule import Rotation
from bot.imports.importing import Imported
from bot.imports.product import Product
from bot.imports.report import as_json
from tests.unit.imports.conftest import PAYLOADS, Import

EXPORTS = {
    "pagerduty": (Product.PAGERDUTY, "pagerduty/api"),
    "opsgenie": (Product.OPSGENIE, "opsgenie/OpsGenieBackups"),
    "grafana-oncall": (Product.GRAFANA_ONCALL, "oncall"),
}


def exactly(file: Path, text: str) -> bool:
    """Whether the file says that; with TOCSIN_GOLDEN set in the environment it is written anew."""
    if os.environ.get("TOCSIN_GOLDEN"):
        file.write_text(text)
    return file.read_text() == text


@pytest.fixture(params=EXPORTS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def whole(name: str, imported: Import) -> Imported:
    product, folder = EXPORTS[name]
    return imported(product, PAYLOADS / folder)


def test_an_export_becomes_this_file_and_these_notes(name: str, whole: Imported) -> None:
    assert exactly(PAYLOADS / "golden" / f"{name}.yaml", whole.text)
    assert exactly(PAYLOADS / "golden" / f"{name}.json", as_json(whole, None) + "\n")


def test_the_file_is_accepted_and_means_what_was_translated(whole: Imported) -> None:
    configuration = parse(whole.text.encode(), "tocsin.yaml").configuration

    assert whole.wrong == ()
    for plan in whole.draft.schedules:
        layers = configuration.roster.schedules[ScheduleId(plan.key)].layers
        rotations = [layer for layer in layers if isinstance(layer, Rotation)]
        assert rotations == [layer for layer in plan.layers if isinstance(layer, Rotation)]
    assert set(configuration.services) == {one.key for one in whole.draft.services}


def test_what_the_product_itself_rendered_is_what_the_file_says(imported: Import) -> None:
    pagerduty = imported(*_export("pagerduty"))
    oncall = imported(*_export("grafana-oncall"))

    assert [str(one) for one in pagerduty.compared] == [
        "payments-primary (2026-11-23 to 2026-12-07): 6 shifts equal, 0 differ"
    ]
    assert [str(one) for one in oncall.compared] == [
        "primary (2026-11-28 to 2026-11-30): 4 shifts equal, 0 differ"
    ]


def test_a_rendering_that_says_otherwise_is_told_with_both_sides(imported: Import, tmp_path: Path) -> None:
    export = json.loads((PAYLOADS / "pagerduty/api/schedule-PSCHED1.json").read_text())
    final = export["schedule"]["final_schedule"]["rendered_schedule_entries"]
    final[0]["user"] = {"id": "PBOB001", "type": "user_reference", "summary": "Bob Ray"}
    (tmp_path / "schedule.json").write_text(json.dumps(export))

    found = imported(Product.PAGERDUTY, tmp_path)

    (compared,) = found.compared
    assert (compared.equal, len(compared.differences)) == (5, 1)
    assert str(compared.differences[0]).endswith("2026-11-25 18:00 UTC: bob there, ann here")
    assert any("PagerDuty itself says otherwise" in note.what for note in found.notes.found)


def test_rules_loops_delays_and_turns_keep_their_meaning(imported: Import) -> None:
    def ladder(name: str, service: str) -> tuple[LadderId, int, list[tuple[str, int]]]:
        text = imported(*_export(name)).text
        climbed = parse(text.encode(), "x").configuration.services[ServiceId(service)].ladder
        rungs = [("+".join(t.kind for t in one.targets), one.wait.seconds // 60) for one in climbed.rungs]
        return climbed.id, climbed.rounds, rungs

    assert ladder("pagerduty", "checkout-the-shop") == (
        "payments",
        3,
        [("schedule", 15), ("rotating", 30)],
    )
    assert ladder("opsgenie", "payments") == (
        "payments-escalation",
        3,
        [("schedule", 5), ("schedule", 10), ("person+person", 45), ("schedule", 10)],
    )
    assert ladder("grafana-oncall", "alertmanager-fire") == (
        "default",
        6,
        [("schedule", 5), ("rotating+group", 15), ("channel", 5)],
    )


def test_next_and_round_robin_are_said_as_such(imported: Import) -> None:
    opsgenie = parse(imported(*_export("opsgenie")).text.encode(), "x").configuration
    pagerduty = parse(imported(*_export("pagerduty")).text.encode(), "x").configuration

    after = opsgenie.services[ServiceId("payments")].ladder.rungs[1].targets[0]
    turns = pagerduty.services[ServiceId("checkout-the-shop")].ladder.rungs[1].targets[0]
    assert isinstance(after, ScheduleTarget)
    assert after.which is Which.NEXT
    assert isinstance(turns, RotatingTarget)
    assert turns.people == ("ann", "bob")


def _export(name: str) -> tuple[Product, Path]:
    product, folder = EXPORTS[name]
    return product, PAYLOADS / folder
