"""What cannot be used opens the alert all the same, and is named with what is understood instead."""

import json
from pathlib import Path

import pytest

from bot.domain.alert import Alert, AlertState
from bot.domain.integration import Integration
from handlers.ingress.reading import Posted, reading
from handlers.webhooks.sources import SOURCES
from tests.unit.webhooks.golden import delivery, examples, named


def one(source: str, document: object) -> Alert:
    posted = Posted(raw=json.dumps(document).encode(), headers={}, query={})
    [alert] = reading(Integration(name="x", source=source), posted).alerts
    return alert


def test_labels_that_are_none_are_named_and_so_is_the_title_that_is_made_up() -> None:
    alert = one("alertmanager", {"alerts": [{"status": "firing", "labels": "x"}]})

    assert alert.title == "Alert from alertmanager"
    assert alert.odd == {
        "alerts[0].labels": "an object is expected here, and a text was sent; nothing of it was read",
        "alerts[0].labels.alertname": (
            "a title is expected here, and nothing was sent; it is “Alert from alertmanager”"
        ),
    }


def test_words_that_nobody_knows_are_named_with_what_counts_instead() -> None:
    alert = one("generic", {"title": "t", "severity": "sev9", "status": "brennt", "at": "gestern"})

    assert (alert.state, alert.severity) == (AlertState.FIRING, None)
    assert alert.odd == {
        "status": "“brennt” is no state that is known here; it counts as firing",
        "severity": "“sev9” is no severity that is known here; the route says how bad it is",
        "at": "“gestern” is no time with its zone; the moment of its arrival counts",
    }


@pytest.mark.parametrize(
    ("source", "document", "places"),
    [
        ("generic", {"title": "t", "status": ["firing"]}, {"status"}),
        ("generic", {"title": "t", "severity": {"level": 1}, "key": ["a"]}, {"severity", "key"}),
        ("generic", {"title": "t", "description": {"a": 1}}, {"description"}),
        ("generic", {"title": "t", "labels": "host=a"}, {"labels"}),
        ("generic", {"title": "t", "labels": {"host": ["a", "b"], "job": "c"}}, {"labels.host"}),
        ("alertmanager", {"alerts": [{"status": "odd", "labels": {"alertname": "a"}}]}, {"alerts[0].status"}),
        ("grafana", {"alerts": [{"labels": {"alertname": "a"}, "annotations": 1}]},
            {"alerts[0].annotations"}),
        ("zabbix", {"event_name": "n", "event_id": "1", "trigger_id": ["2"]}, {"trigger_id"}),
    ],
)  # fmt: skip
def test_what_is_of_the_wrong_type_is_named(source: str, document: object, places: set[str]) -> None:
    assert set(one(source, document).odd) == places


@pytest.mark.parametrize("path", examples(), ids=named)
def test_nothing_is_odd_about_what_sources_send(path: Path) -> None:
    assert [alert.odd for alert in SOURCES[path.parent.name](delivery(path)) if alert.odd] == []


@pytest.mark.parametrize(
    "told",
    [{}, {"status": "firing"}, {"resolved": False}, {"labels": None, "description": ""}, {"labels": ["a"]}],
)
def test_what_is_not_there_is_not_odd(told: dict[str, object]) -> None:
    assert one("generic", {"title": "t", **told}).odd == {}
