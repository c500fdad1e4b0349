"""What a key is made of: another host is another alert; another value, time or event is not."""

import copy
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from handlers.webhooks.delivery import Delivery
from handlers.webhooks.document import Node
from handlers.webhooks.sources import SOURCES
from tests.unit.webhooks.golden import PAYLOADS, delivery

KEYS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "alertmanager/firing": (
        ("alerts.0.fingerprint",),
        ("alerts.0.startsAt", "alerts.0.annotations.summary", "groupKey", "receiver"),
    ),
    "grafana/firing": (
        ("alerts.0.fingerprint",),
        ("alerts.0.valueString", "alerts.0.annotations.summary", "alerts.0.dashboardURL", "title"),
    ),
    "grafana/legacy_firing": (("ruleId", "orgId"), ("ruleName", "title", "message", "panelId")),
    "datadog/firing": (("title",), ("body", "id", "date", "last_updated")),
    "datadog/variables_firing": (
        ("alert_id", "alert_scope"),
        ("alert_title", "alert_cycle_key", "aggreg_key", "date", "text_only_msg", "snapshot"),
    ),
    "newrelic/firing": (("id",), ("title", "updatedAt", "totalIncidents", "priority")),
    "newrelic/incident_firing": (("incident_id",), ("details", "duration", "timestamp")),
    "aws_sns/raw_delivery": (("AlarmArn",), ("NewStateReason", "StateChangeTime", "OldStateValue")),
    "aws_sns/alarm_firing": ((), ("MessageId", "Timestamp", "Signature", "Subject")),
    "eventbridge/guardduty_firing": (
        ("detail.id", "detail.accountId"),
        ("id", "time", "detail.service.count", "detail.updatedAt", "detail.severity"),
    ),
    "eventbridge/security_hub_firing": (
        ("detail.findings.0.Id", "detail.findings.0.ProductArn"),
        ("id", "detail.findings.0.UpdatedAt", "detail.findings.0.Title"),
    ),
    "eventbridge/health_firing": (
        ("detail.eventArn", "detail.affectedAccount"),
        ("id", "detail.communicationId", "detail.lastUpdatedTime"),
    ),
    "eventbridge/build_firing": (
        ("detail.project-name", "account", "region"),
        ("id", "detail.build-id", "resources.0", "time"),
    ),
    "azure_monitor/metric_firing": (
        (
            "data.essentials.alertRule",
            "data.essentials.alertTargetIDs.0",
            "data.alertContext.condition.allOf.0.dimensions.0.value",
        ),
        (
            "data.essentials.alertId",
            "data.essentials.originAlertId",
            "data.essentials.firedDateTime",
            "data.alertContext.condition.allOf.0.metricValue",
        ),
    ),
    "azure_monitor/service_health_firing": (
        ("data.alertContext.properties.trackingId",),
        ("data.alertContext.properties.communicationId", "data.alertContext.properties.communication"),
    ),
    "gcp_monitoring/firing": (
        (
            "incident.condition.name",
            "incident.resource.labels.instance_id",
            "incident.metric.labels.instance_name",
        ),
        ("incident.incident_id", "incident.observed_value", "incident.summary", "incident.started_at"),
    ),
    "sentry/issue_firing": (
        ("data.issue.id",),
        ("data.issue.count", "data.issue.lastSeen", "installation.uuid"),
    ),
    "sentry/issue_alert": (("data.event.issue_id",), ("data.event.event_id", "data.event.datetime")),
    "sentry/metric_firing": (
        ("data.metric_alert.alert_rule.id",),
        ("data.metric_alert.id", "data.metric_alert.identifier", "data.description_text"),
    ),
    "splunk/firing": (
        ("search_name", "result.dest"),
        ("sid", "result.count", "result._time", "results_link"),
    ),
    "elastic/firing": (("rule.id", "alert.id"), ("alert.uuid", "date", "context.reason", "rule.name")),
    "elastalert/match": (("rule", "host.name"), ("@timestamp", "num_hits", "message")),
    "wazuh/alert": (("rule.id", "agent.id"), ("id", "timestamp", "rule.firedtimes", "full_log")),
    "wazuh/shuffle": (("all_fields.syscheck.path",), ("id", "timestamp", "all_fields.id")),
    "zabbix/firing": (("trigger_id", "zabbix_url"), ("event_id", "event_opdata", "alert_message")),
    "dynatrace/firing": (("PID",), ("ProblemDetailsText", "ProblemTitle", "ImpactedEntity")),
    "kapacitor/firing": (("id",), ("message", "details", "time", "duration")),
    "graylog/event": (
        ("event_definition_id", "event.key_tuple.0", "event.group_by_fields.host"),
        ("event.id", "event.timestamp", "event.message", "job_trigger_id"),
    ),
    "falco/notice": (
        ("rule", "hostname", "output_fields/k8s.pod.name"),
        ("uuid", "time", "output", "output_fields/proc.name"),
    ),
    "netdata/firing": (
        ("alert", "chart", "space"),
        ("date", "duration", "alert_url", "additional_active_warning_alerts", "info"),
    ),
}


def fingerprint(source: str, sent: Delivery) -> str:
    return SOURCES[source](sent)[0].fingerprint


def changed(sent: Delivery, place: str) -> Delivery:
    """The same delivery with another value in one place; steps are behind `.`, or `/` where names have it."""
    value = copy.deepcopy(sent.body.value)
    node = Node(value)
    *steps, last = place.split("/" if "/" in place else ".")
    for step in steps:
        node = node[int(step) if step.isdigit() else step]
    holder = node.value
    if isinstance(holder, list):
        holder[int(last)] = another(holder[int(last)])
    else:
        assert isinstance(holder, dict)
        holder[last] = another(holder[last])
    return replace(sent, body=Node(value))


def another(value: object) -> object:
    """Something else of the same kind."""
    return value + 1 if isinstance(value, int | float) else f"{value}7".replace("db-1", "db-17")


def example(name: str) -> Delivery:
    [path] = [path for path in Path(PAYLOADS).glob(f"{name}.*") if ".expected" not in path.name]
    return delivery(path)


@pytest.mark.parametrize(("name", "place"), [(name, place) for name, key in KEYS.items() for place in key[0]])
def test_another_thing_has_another_key(name: str, place: str) -> None:
    source, sent = name.partition("/")[0], example(name)

    assert fingerprint(source, changed(sent, place)) != fingerprint(source, sent)


@pytest.mark.parametrize(("name", "place"), [(name, place) for name, key in KEYS.items() for place in key[1]])
def test_a_repeat_has_the_same_key(name: str, place: str) -> None:
    source, sent = name.partition("/")[0], example(name)

    assert fingerprint(source, changed(sent, place)) == fingerprint(source, sent)


def test_one_alarm_has_one_key_raw_or_in_its_envelope() -> None:
    assert fingerprint("aws_sns", example("aws_sns/raw_delivery")) == fingerprint(
        "aws_sns", example("aws_sns/alarm_firing")
    )


def test_the_order_of_a_groups_tags_is_not_part_of_the_key() -> None:
    sent = example("datadog/variables_firing")
    value = {
        **{name: node.value for name, node in sent.body.members},
        "alert_scope": "host:db-1,availability-zone:eu-1a",
    }

    assert fingerprint("datadog", replace(sent, body=Node(value))) == fingerprint("datadog", sent)


def test_the_order_of_targets_and_how_they_are_written_is_not_part_of_the_key() -> None:
    sent = example("azure_monitor/metric_firing")
    keys = set()
    for targets in (["/x/Web-1", "/x/web-2"], ["/x/WEB-2", "/x/web-1"]):
        value = copy.deepcopy(sent.body.value)
        essentials = Node(value).at("data.essentials").value
        assert isinstance(essentials, dict)
        essentials["alertTargetIDs"] = targets
        keys.add(fingerprint("azure_monitor", replace(sent, body=Node(value))))

    assert len(keys) == 1


def test_certificates_of_two_hosts_are_two_alerts_and_the_days_that_are_left_make_no_third() -> None:
    def key(host: str, days: int) -> str:
        said = {"msg": f"[{host}][https://{host}.example.com] certificate will expire in {days} days"}
        [alert] = SOURCES["uptime_kuma"](Delivery(body=Node(said)))
        return alert.fingerprint

    assert key("web1", 7) == key("web1", 14)
    assert key("web1", 7) != key("web2", 7)
