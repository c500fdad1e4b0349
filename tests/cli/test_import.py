"""`tocsin import`, as somebody types it who leaves another product."""

import json
import shutil
from pathlib import Path

from tests.cli.program import Program

PAYLOADS = Path(__file__).parents[1] / "payloads" / "imports"


async def test_an_export_becomes_a_file_that_check_accepts_and_that_is_never_written_over(
    tocsin: Program,
) -> None:
    made = await tocsin("import", "opsgenie", str(PAYLOADS / "opsgenie/OpsGenieBackups"))
    again = await tocsin("import", "opsgenie", str(PAYLOADS / "opsgenie/OpsGenieBackups"))
    tocsin.settings["TOCSIN_SMTP__HOST"] = "mail.example.com"
    tocsin.settings["TOCSIN_SMTP__SENDER"] = "tocsin@example.com"
    checked = await tocsin("check")

    assert made.code == 0
    assert "Imported from Opsgenie: 3 people, 2 schedules, 2 ladders, 2 services → tocsin.yaml" in made.out
    assert "To fill in" in made.out
    assert again.code == 2
    assert "tocsin.yaml is there already and stays as it is" in again.err
    assert checked.code == 0, checked.out


async def test_machines_are_told_everything_and_the_file_may_go_to_standard_output(tocsin: Program) -> None:
    export = str(PAYLOADS / "pagerduty/api")

    told = await tocsin("import", "pagerduty", export, "--json")
    printed = await tocsin("import", "pagerduty", export, "--output", "-", "--channel", "#ops")

    document = json.loads(told.out)
    assert document["product"] == "pagerduty"
    assert {note["weight"] for note in document["notes"]} >= {"fill in", "not translated"}
    assert printed.code == 0
    assert printed.out.startswith("# Imported from PagerDuty")
    assert 'channel: "#ops"' in printed.out
    assert "Imported from PagerDuty: 3 people" in printed.err


async def test_files_of_two_products_in_one_folder_are_refused(tocsin: Program) -> None:
    shutil.copytree(PAYLOADS / "pagerduty/api", tocsin.folder / "both")
    shutil.copytree(PAYLOADS / "opsgenie/OpsGenieBackups", tocsin.folder / "both/opsgenie")

    refused = await tocsin("import", "pagerduty", "both")

    assert refused.code == 2
    assert "was exported from Opsgenie, the rest from PagerDuty" in refused.err
    assert not (tocsin.folder / "tocsin.yaml").exists()


async def test_what_cannot_be_read_ends_with_two_and_writes_nothing(tocsin: Program) -> None:
    wrong = await tocsin("import", "pagerduty", str(PAYLOADS / "oncall"))
    missing = await tocsin("import", "pagerduty", "nothing.json")
    channel = await tocsin("import", "pagerduty", "nothing.json", "--channel", "a b")

    assert [ended.code for ended in (wrong, missing, channel)] == [2, 2, 2]
    assert "Use `tocsin import grafana-oncall" in wrong.err
    assert "nothing.json" in missing.err
    assert "--channel" in channel.err
    assert not (tocsin.folder / "tocsin.yaml").exists()
