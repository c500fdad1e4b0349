"""`tocsin check` says of channels what the messages there hide."""

import os
from datetime import date
from pathlib import Path

import pytest

from bot.config.environment import read_settings
from bot.config.notes import check_notes

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("watch", "noted"),
    [("parser: alertmanager", True), ("bots: [Alertmanager]", True), ("parser: grafana", False)],
)
def test_what_alertmanagers_default_message_hides_is_noted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, watch: str, noted: bool
) -> None:
    for name in [name for name in os.environ if name.startswith("TOCSIN_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    Path(".env").write_text("TOCSIN_SLACK__BOT_TOKEN=xoxb-1\nTOCSIN_SLACK__APP_TOKEN=xapp-1\n")
    Path("tocsin.yaml").write_text(f"""
people: {{ann: {{name: Ann Lee, slack: U0ANNLEE001}}}}
ladders: {{ops: {{rungs: [{{targets: [{{person: ann}}]}}]}}}}
services: {{web: {{channel: "#web", ladder: ops}}}}
channels: [{{channel: "#alerts", {watch}}}]
""")

    notes = check_notes(None, read_settings(), frozenset({"alertmanager", "grafana"}), today=TODAY)

    assert any("hides its alerts" in note for note in notes) is noted
