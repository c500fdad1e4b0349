"""Whoever could not be reached after the move is named, with what to do about it."""

import json
import shutil
from pathlib import Path

import pytest

from bot.imports.importing import Imported
from bot.imports.note import Note, Weight
from bot.imports.product import Product
from bot.imports.slack_users import slack_users
from tests.unit.imports.conftest import PAYLOADS, Import

EXPORTS = {
    Product.PAGERDUTY: PAYLOADS / "pagerduty" / "api",
    Product.OPSGENIE: PAYLOADS / "opsgenie" / "OpsGenieBackups",
    Product.GRAFANA_ONCALL: PAYLOADS / "oncall",
}


def listed(folder: Path, *members: dict[str, object], cursor: str = "") -> Path:
    """An answer of Slack's `users.list`, in which somebody is always there."""
    there = {"id": "U0SOMEBODY", "profile": {"email": "somebody@example.com"}}
    answer = {"ok": True, "members": [there, *members], "response_metadata": {"next_cursor": cursor}}
    file = folder / "slack.json"
    file.write_text(json.dumps(answer))
    return file


def about(imported: Imported, person: str) -> list[Note]:
    return [note for note in imported.notes.found if note.subject == f"person `{person}`"]


@pytest.mark.parametrize("product", EXPORTS)
def test_who_is_deactivated_in_slack_is_named_with_where_they_stand(
    product: Product, tmp_path: Path, imported: Import
) -> None:
    gone: list[dict[str, object]] = [
        {"id": "U0ANNLEE01", "deleted": True, "profile": {"email": "Ann@Example.com"}},
    ]

    found = imported(product, EXPORTS[product], slack_users(listed(tmp_path, *gone)))

    (note,) = [note for note in about(found, "ann") if "deactivated in Slack" in note.what]
    assert note.weight is Weight.FILL
    assert "schedule `" in note.what
    assert "somebody else" in note.remedy
    assert [one.slack for one in found.draft.people if one.key == "ann"] == [None]
    assert "U0ANNLEE01" not in found.text


@pytest.mark.parametrize("product", [Product.PAGERDUTY, Product.OPSGENIE])
def test_who_is_not_in_slack_is_not_sent_for_the_list_that_was_given(
    product: Product, tmp_path: Path, imported: Import
) -> None:
    found = imported(product, EXPORTS[product], slack_users(listed(tmp_path)))

    (note,) = [note for note in about(found, "bob") if note.weight is Weight.FILL]
    assert "nobody in the list of Slack users has the address bob@example.com" in note.what
    assert "--slack-users" not in note.remedy


def test_a_list_of_slack_users_that_goes_on_says_so(tmp_path: Path, imported: Import) -> None:
    part = slack_users(listed(tmp_path, cursor="dXNlcjpVMEc5V0ZYTlo="))

    found = imported(Product.PAGERDUTY, EXPORTS[Product.PAGERDUTY], part)

    (note,) = [note for note in about(found, "bob") if note.weight is Weight.FILL]
    assert "the next page" in note.remedy


def test_an_id_that_slack_does_not_list_stays_and_is_noted(tmp_path: Path, imported: Import) -> None:
    found = imported(Product.GRAFANA_ONCALL, EXPORTS[Product.GRAFANA_ONCALL], slack_users(listed(tmp_path)))

    assert "    slack: U0ANNLEE01\n" in found.text
    assert [note for note in about(found, "ann") if "U0ANNLEE01 is not in the list" in note.what]


def test_an_address_that_several_have_in_slack_is_noted(tmp_path: Path, imported: Import) -> None:
    twice: list[dict[str, object]] = [
        {"id": f"U0BOBRAY0{number}", "profile": {"email": "bob@example.com"}} for number in (1, 2)
    ]

    found = imported(Product.PAGERDUTY, EXPORTS[Product.PAGERDUTY], slack_users(listed(tmp_path, *twice)))

    assert [note for note in about(found, "bob") if "several in Slack have the address" in note.what]


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """An export of PagerDuty's, to be changed."""
    return Path(shutil.copytree(EXPORTS[Product.PAGERDUTY], tmp_path / "export"))


def with_rules(export: Path, address: str, rules: list[object]) -> Path:
    """Give one user of PagerDuty's other notification rules."""
    document = json.loads((export / "users.json").read_text())
    (user,) = [one for one in document["users"] if one["email"] == address]
    user["notification_rules"] = rules
    (export / "users.json").write_text(json.dumps(document))
    return export


def test_who_had_no_rule_at_pagerduty_is_named(export: Path, imported: Import) -> None:
    found = imported(Product.PAGERDUTY, with_rules(export, "ann@example.com", []))

    assert [note for note in about(found, "ann") if "no rule there that told them of urgent" in note.what]


def test_users_that_were_exported_without_rules_are_not_accused(export: Path, imported: Import) -> None:
    reference = {"id": "PRULE", "type": "assignment_notification_rule_reference"}

    found = imported(Product.PAGERDUTY, with_rules(export, "ann@example.com", [reference]))

    assert not [note for note in about(found, "ann") if "no rule there" in note.what]


def test_who_had_no_rule_at_grafana_oncall_is_named(imported: Import) -> None:
    found = imported(Product.GRAFANA_ONCALL, EXPORTS[Product.GRAFANA_ONCALL])

    assert [note for note in about(found, "bob") if "no rule there" in note.what]
    assert not [note for note in about(found, "ann") if "no rule there" in note.what]


def test_who_had_no_rule_at_opsgenie_or_was_blocked_there_is_named(tmp_path: Path, imported: Import) -> None:
    export = Path(shutil.copytree(EXPORTS[Product.OPSGENIE], tmp_path / "export"))
    file = export / "users" / "bob@example.com-b1.json"
    document = json.loads(file.read_text())
    document["user"]["blocked"] = True
    file.write_text(json.dumps(document))

    found = imported(Product.OPSGENIE, export)

    assert [note for note in about(found, "cleo") if "no rule there" in note.what]
    (blocked,) = [note for note in about(found, "bob") if "is blocked" in note.what]
    assert blocked.weight is Weight.FILL
    assert "schedule `" in blocked.what
