"""Every captured or documented message gives exactly what is written beside it."""

import json
from itertools import pairwise
from pathlib import Path

import pytest

from bot.domain.alert import AlertState, Severity
from handlers.alerts import PARSERS, parse
from handlers.alerts.sources import SOURCES
from tests.unit.alerts.golden import EXPECTED, PAYLOADS, alerts, examples, message, placed


@pytest.mark.parametrize("path", examples(), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_an_example_gives_what_is_written_beside_it(path: Path) -> None:
    expected = json.loads(path.with_name(path.stem + EXPECTED).read_text())

    found = [placed(alert) for alert in alerts(f"{path.parent.name}/{path.stem}")]

    assert found == expected


def test_nothing_is_expected_of_an_example_that_is_gone() -> None:
    lost = [
        path
        for path in PAYLOADS.glob(f"*/*{EXPECTED}")
        if not Path(str(path)[: -len(EXPECTED)] + ".json").exists()
    ]

    assert not lost
    assert len(examples()) > 100


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
    ("uptime_kuma/down", "uptime_kuma/up"),
    ("uptime_kuma/grouped_down", "uptime_kuma/grouped_up"),
    ("uptime_kuma/text_down", "uptime_kuma/text_up"),
    ("zabbix/problem", "zabbix/resolved"),
    ("zabbix/media_problem", "zabbix/media_update", "zabbix/media_resolved_edit"),
    ("zabbix/discovery_down", "zabbix/discovery_up"),
    ("healthchecks/down", "healthchecks/up"),
    ("netdata/warning", "netdata/critical", "netdata/recovered"),
    ("gatus/triggered", "gatus/resolved"),
    ("argo_cd/degraded", "argo_cd/deployed"),
    ("argo_cd/sync_failed", "argo_cd/sync_succeeded"),
    ("sentry/issue", "sentry/issue_again", "sentry/issue_assigned_edit", "sentry/issue_resolved_edit"),
    ("sentry/metric_critical", "sentry/metric_warning", "sentry/metric_resolved"),
    ("github/workflow_failed", "github/workflow_succeeded"),
    ("github/deployment_failed", "github/deployed"),
    ("github/dependabot", "github/dependabot_fixed"),
    ("aws/alarm", "aws/no_data", "aws/ok"),
    ("aws/chatbot_alarm", "aws/chatbot_ok"),
    ("aws/malware", "aws/no_malware"),
    ("aws/security_hub", "aws/security_hub_passed"),
    ("aws/backup_failed", "aws/backup_completed"),
    ("aws/glue_failed", "aws/glue_succeeded"),
    ("elastic/query_active", "elastic/query_recovered"),
    ("elastic/metric_active", "elastic/metric_recovered"),
]


@pytest.mark.parametrize("story", STORIES, ids=lambda story: str(story[0]))
def test_one_thing_keeps_its_fingerprint_until_it_is_cleared(story: tuple[str, ...]) -> None:
    told = [alerts(name)[0] for name in story]

    assert {alert.fingerprint for alert in told} == {told[0].fingerprint}
    assert [alert.state for alert in told] == [AlertState.FIRING] * (len(story) - 1) + [AlertState.CLEARED]
    assert all(before.at and after.at and before.at < after.at for before, after in pairwise(told))


AGAIN = [
    ("wazuh/brute_force", "wazuh/brute_force_again"),
    ("splunk/search", "splunk/search_again"),
    ("splunk/text_only", "splunk/text_only_again"),
    ("elastalert/match", "elastalert/match_again"),
    ("elastalert/match", "elastalert/aggregated"),
    ("elastalert/match", "elastalert/aggregated_with_table"),
    ("aws/guardduty", "aws/guardduty_again"),
    ("aws/chatbot_finding", "aws/chatbot_finding_again"),
    ("aws/text", "aws/text_again"),
    ("zabbix/media_problem", "zabbix/media_problem_again"),
    ("alertmanager/list_firing_two", "alertmanager/list_one_resolved"),
]


@pytest.mark.parametrize(("first", "again"), AGAIN, ids=[again for _, again in AGAIN])
def test_what_is_told_again_is_the_same_alert(first: str, again: str) -> None:
    assert {alert.fingerprint for alert in alerts(first)} <= {alert.fingerprint for alert in alerts(again)}


OTHERS = [
    ("wazuh/brute_force", "wazuh/brute_force_elsewhere"),
    ("splunk/search", "splunk/search_elsewhere"),
    ("elastalert/match", "elastalert/other_host"),
    ("aws/alarm", "aws/other_alarm"),
    ("aws/chatbot_alarm", "aws/chatbot_other"),
    ("aws/chatbot_finding", "aws/chatbot_finding_elsewhere"),
    ("aws/security_hub", "aws/security_hub_elsewhere"),
    ("zabbix/media_problem", "zabbix/media_other_host"),
    ("healthchecks/down", "healthchecks/other_down"),
    ("netdata/critical", "netdata/other_host"),
    ("gatus/triggered", "gatus/other_group"),
    ("uptime_kuma/grouped_down", "uptime_kuma/same_name_elsewhere"),
    ("argo_cd/degraded", "argo_cd/other_degraded"),
    ("argo_cd/degraded", "argo_cd/sync_failed"),
    ("argo_cd/sync_failed", "argo_cd/sync_unknown"),
    ("github/workflow_failed", "github/workflow_other_branch"),
    ("github/dependabot", "github/secret"),
    ("sentry/issue", "sentry/issue_tagged"),
]


@pytest.mark.parametrize(("one", "other"), OTHERS, ids=[other for _, other in OTHERS])
def test_the_same_trouble_of_another_subject_is_another_alert(one: str, other: str) -> None:
    assert not {alert.fingerprint for alert in alerts(one)} & {alert.fingerprint for alert in alerts(other)}


def test_different_things_have_different_fingerprints() -> None:
    firsts = [alerts(story[0])[0] for story in STORIES]

    assert len({alert.fingerprint for alert in firsts}) == len(firsts)


NEWS = [
    "argo_cd/sync_running",
    "github/issue_about_a_workflow",
    "github/pushed",
    "github/workflow_started",
    "sentry/comment",
    "uptime_kuma/maintenance",
    "zabbix/autoregistration",
]


@pytest.mark.parametrize("name", NEWS)
def test_other_news_of_a_source_is_no_alert(name: str) -> None:
    assert alerts(name) == []


TESTS = [
    "aws/guardduty_sample",
    "grafana/test",
    "healthchecks/test",
    "netdata/test",
    "sentry/test",
    "uptime_kuma/test",
    "zabbix/test",
]


@pytest.mark.parametrize("name", TESTS)
def test_a_test_of_an_integration_arrives_as_the_least_severe(name: str) -> None:
    (alert,) = alerts(name)

    assert (alert.severity, alert.labels["test"], alert.state) == (Severity.SEV4, "true", AlertState.FIRING)


@pytest.mark.parametrize("path", examples(), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_exactly_one_source_recognises_a_message(path: Path) -> None:
    shown = message(f"{path.parent.name}/{path.stem}")

    known = [name for name, source in SOURCES.items() if name != "generic" and source.recognise(shown)]

    assert known == ([] if path.parent.name == "generic" else [path.parent.name])


@pytest.mark.parametrize("path", examples(), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_an_exact_alert_says_where_each_part_was_read(path: Path) -> None:
    for alert in alerts(f"{path.parent.name}/{path.stem}"):
        parts = {"title", "fingerprint", *(f"labels.{name}" for name in alert.labels)}
        parts |= {f"links.{link.label}" for link in alert.links} | ({"severity"} if alert.severity else set())

        assert alert.source == "generic" or parts <= alert.places.keys()


@pytest.mark.parametrize("path", examples(), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_no_parser_loses_a_message_that_another_was_meant_for(path: Path) -> None:
    if f"{path.parent.name}/{path.stem}" in NEWS:
        return
    shown = message(f"{path.parent.name}/{path.stem}")

    found = {parser: parse(shown, parser) for parser in PARSERS}

    assert all(found.values())
    assert all({x.source for x in alerts} == {name} for name, alerts in found.items() if name != "auto")


def test_a_parser_without_a_name_is_an_error() -> None:
    with pytest.raises(KeyError):
        parse(message("alertmanager/firing"), "nagios")
