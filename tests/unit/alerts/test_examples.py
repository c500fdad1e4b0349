"""Every captured or documented message gives exactly what is written beside it."""

import json
from itertools import pairwise
from pathlib import Path

import pytest

from bot.domain.alert import AlertState
from handlers.alerts import PARSERS, parse
from tests.unit.alerts.golden import EXPECTED, PAYLOADS, alerts, examples, message, written


@pytest.mark.parametrize("path", examples(), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_an_example_gives_what_is_written_beside_it(path: Path) -> None:
    expected = json.loads(path.with_name(path.stem + EXPECTED).read_text())

    found = [written(alert) for alert in alerts(f"{path.parent.name}/{path.stem}")]

    assert found == expected


def test_nothing_is_expected_of_an_example_that_is_gone() -> None:
    lost = [
        path
        for path in PAYLOADS.glob(f"*/*{EXPECTED}")
        if not Path(str(path)[: -len(EXPECTED)] + ".json").exists()
    ]

    assert not lost
    assert len(examples()) > 20


STORIES = [
    (
        "alertmanager/firing",
        "alertmanager/firing_two",
        "alertmanager/firing_one_left",
        "alertmanager/resolved",
    ),
    ("alertmanager/custom_firing", "alertmanager/custom_firing_two", "alertmanager/custom_resolved"),
    ("alertmanager/label_missing_firing", "alertmanager/label_missing_resolved"),
    ("grafana/firing", "grafana/resolved"),
    ("grafana/custom_list_hidden_firing", "grafana/custom_list_hidden_resolved"),
    ("grafana/legacy_alerting", "grafana/legacy_no_data", "grafana/legacy_ok"),
    ("generic/monitor_down", "generic/monitor_up"),
    ("generic/trigger_problem", "generic/trigger_resolved"),
]


@pytest.mark.parametrize("story", STORIES, ids=lambda story: str(story[0]))
def test_one_thing_keeps_its_fingerprint_until_it_is_cleared(story: tuple[str, ...]) -> None:
    told = [alerts(name)[0] for name in story]

    assert {alert.fingerprint for alert in told} == {told[0].fingerprint}
    assert [alert.state for alert in told] == [AlertState.FIRING] * (len(story) - 1) + [AlertState.CLEARED]
    assert all(before.at and after.at and before.at < after.at for before, after in pairwise(told))


def test_different_things_have_different_fingerprints() -> None:
    firsts = [alerts(story[0])[0] for story in STORIES]

    assert len({alert.fingerprint for alert in firsts}) == len(firsts)


@pytest.mark.parametrize("parser", sorted(PARSERS))
@pytest.mark.parametrize("path", examples(), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_no_parser_loses_a_message_that_another_was_meant_for(path: Path, parser: str) -> None:
    found = parse(message(f"{path.parent.name}/{path.stem}"), parser)

    assert found
    assert parser == "auto" or {alert.source for alert in found} == {parser}


def test_a_parser_without_a_name_is_an_error() -> None:
    with pytest.raises(KeyError):
        parse(message("alertmanager/firing"), "nagios")
