"""Grafana's lists: each listed alert is an alert, and a list cannot claim more than its title."""

import pytest

from bot.domain.alert import AlertState
from handlers.alerts import parse
from tests.unit.alerts.makers import said


def listed(*instances: str, name: str = "Latency") -> str:
    """Alerts as the default template lists them."""
    form = "Value: A=1\nLabels:\n - alertname = {}\n - instance = {}\nAnnotations:\n - summary = slow\n"
    return "\n".join(form.format(name, instance) for instance in instances)


def grafana(title: str, text: str) -> list[tuple[str, str]]:
    """Titles and states of the alerts of such a message."""
    link = "https://grafana.example.com/alerting/list"
    message = said(
        attachments=[{"title": title, "title_link": link, "text": text, "footer": "Grafana v11.2.0"}]
    )
    found = parse(message)
    assert {alert.source for alert in found} == {"grafana"}
    return [(alert.title, alert.state.value) for alert in found]


def test_a_list_that_was_cut_off_still_fires_as_a_group() -> None:
    found = grafana("[FIRING:40] Latency (critical)", "**Firing**\n\n" + listed("a", "b"))

    assert found == [("Latency (a)", "firing"), ("Latency (b)", "firing"), ("Latency (critical)", "firing")]


def test_a_long_list_is_cut_off_and_still_fires_as_a_group() -> None:
    found = grafana("[FIRING:300] Latency", "**Firing**\n\n" + listed(*map(str, range(300))))

    assert len(found) == 201
    assert found[-1] == ("Latency", "firing")


def test_an_alert_that_is_listed_as_firing_and_as_resolved_is_firing() -> None:
    text = "**Firing**\n\n" + listed("a") + "\n\n**Resolved**\n\n" + listed("a")

    assert grafana("[FIRING:1, RESOLVED:1] Latency", text) == [("Latency (a)", "firing")]


def test_a_custom_title_does_not_hide_the_list() -> None:
    text = "**Firing**\n\n" + listed("a") + "\n\n**Resolved**\n\n" + listed("b")

    assert grafana("Something about shops", text) == [("Latency (a)", "firing"), ("Latency (b)", "cleared")]


def test_a_value_of_several_lines_keeps_them() -> None:
    text = "**Firing**\n\nValue: A=1\nLabels:\n - alertname = A\n - note = one\ntwo = 2\nAnnotations:\n"
    (alert,) = parse(said(attachments=[{"title": "[FIRING:1] A", "text": text, "footer": "Grafana v11.2.0"}]))

    assert dict(alert.labels) == {"alertname": "A", "note": "one\ntwo = 2"}


def test_a_value_in_an_annotation_begins_no_other_alert() -> None:
    text = (
        "**Firing**\n\n"
        + listed("a")
        + " - description = CPU\nValue: 93\nSource: https://g.example.com/rule\n"
    )
    part = {"title": "[FIRING:1] Latency", "text": text, "footer": "Grafana v11.2.0"}
    (alert,) = parse(said(attachments=[part]))

    assert alert.description == "slow\nCPU\nValue: 93\nValue: A=1"
    assert [link.label for link in alert.links] == ["Source"]


def test_lists_of_old_versions_have_no_values() -> None:
    text = "**Firing**\n" + "\n".join(f"Labels:\n - alertname = A\n - i = {i}\nAnnotations:\n" for i in "ab")

    assert grafana("[FIRING:2] A", text) == [("A (a)", "firing"), ("A (b)", "firing")]


@pytest.mark.parametrize(
    ("word", "state"),
    [("Alerting", AlertState.FIRING), ("No Data", AlertState.FIRING), ("OK", AlertState.CLEARED)],
)
def test_legacy_titles_say_the_state(word: str, state: AlertState) -> None:
    link = "https://grafana.example.com/d/abcd/shop?viewPanel=4"
    part = {"title": f"[{word}] Checkout", "title_link": link, "footer": "Grafana v7.5.17"}
    (alert,) = parse(said(attachments=[part]))

    assert (alert.source, alert.title, alert.state, alert.confidence) == ("grafana", "Checkout", state, 1.0)


def test_alertmanagers_convention_without_grafanas_marks_is_not_grafanas() -> None:
    (alert,) = parse(
        said(attachments=[{"title": "[FIRING:1] A", "title_link": "https://am.example.com/#/alerts"}])
    )

    assert alert.source == "alertmanager"
