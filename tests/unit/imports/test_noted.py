"""What an import does not take over, or cannot know to be right, is noted where the reader can find it."""

import json
import shutil
from pathlib import Path

import pytest

from bot.config.models import FileSection
from bot.config.routes import RouteSection
from bot.imports.importing import Imported
from bot.imports.note import Note
from bot.imports.product import Product
from tests.unit.imports.conftest import PAYLOADS, Import


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """An export of Grafana OnCall's, to be changed."""
    return Path(shutil.copytree(PAYLOADS / "oncall", tmp_path / "export"))


def changed(file: Path, key: str, **values: object) -> None:
    """Give the first object of a file other values."""
    document = json.loads(file.read_text())
    document[key][0].update(values)
    file.write_text(json.dumps(document))


def noted(imported: Imported, words: str) -> Note:
    (found,) = [note for note in imported.notes.found if words in note.what]
    return found


def test_a_whole_channel_that_becomes_a_fixed_one_is_noted(export: Path, imported: Import) -> None:
    found = noted(imported(Product.GRAFANA_ONCALL, export), "whole channel")

    assert "here it is always C0ALERTS01" in found.what
    assert str(found.place) == "escalation_policies.json: results[5] (id E6)"


def test_an_important_step_is_noted_at_its_own_place(export: Path, imported: Import) -> None:
    found = noted(imported(Product.GRAFANA_ONCALL, export), "notifies as important")

    assert str(found.place) == "escalation_policies.json: results[3] (id E4)"


def test_an_integration_in_maintenance_is_noted(export: Path, imported: Import) -> None:
    end = "2026-12-01T00:00:00Z"
    changed(export / "integrations.json", "results", maintenance_mode="maintenance", maintenance_end_at=end)

    found = noted(imported(Product.GRAFANA_ONCALL, export), "maintenance")

    assert found.subject == "integration Alertmanager :fire:"
    assert f"(mode maintenance) until {end}" in found.what
    assert "`/incident maintenance`" in found.remedy


def test_an_integration_in_no_maintenance_is_not(export: Path, imported: Import) -> None:
    changed(export / "integrations.json", "results", maintenance_mode=None)

    notes = imported(Product.GRAFANA_ONCALL, export).notes.found

    assert not [note for note in notes if "maintenance" in note.what]


def test_a_ladder_that_no_service_uses_is_noted(export: Path, imported: Import) -> None:
    before = imported(Product.GRAFANA_ONCALL, export)
    (export / "routes.json").unlink()

    after = imported(Product.GRAFANA_ONCALL, export)

    assert not [note for note in before.notes.found if "no service uses it" in note.what]
    assert noted(after, "no service uses it").subject == "ladder `office-hours`"


@pytest.mark.parametrize(
    ("product", "folder", "what", "key"),
    [
        (Product.PAGERDUTY, "pagerduty/api", "a maintenance window", "`maintenance:`"),
        (Product.PAGERDUTY, "pagerduty/api", "resolved incidents by itself", "`resolve_after:`"),
        (Product.OPSGENIE, "opsgenie/OpsGenieBackups", "calls integration", "`integrations:`"),
    ],
)
def test_what_is_not_taken_over_names_what_there_is_instead(
    product: Product, folder: str, what: str, key: str, imported: Import
) -> None:
    found = noted(imported(product, PAYLOADS / folder), what)

    assert key in found.remedy
    assert key.strip("`:") in FileSection.model_fields | RouteSection.model_fields
