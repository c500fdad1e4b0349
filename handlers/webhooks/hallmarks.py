"""Hallmarks: names that stand together in the documents of one source only.

They are looked for when a document was refused, to say whose it seems to be. They never decide how anything
is read, and what bears the marks of two sources, or of none, is not spoken of.
"""

from collections.abc import Mapping, Sequence

from bot.domain.integration import Integration
from handlers.webhooks.delivery import Delivery
from handlers.webhooks.document import Malformed, Node
from handlers.webhooks.sources import SOURCES

_SNS = "TopicArn SignatureVersion"
_WAZUH = "rule.level rule.id agent.id"

HALLMARKS: Mapping[str, Sequence[str]] = {
    "alerta_api": ("resource event severity environment",),
    "alertmanager": ("groupKey commonLabels alerts version !orgId",),
    "apex_ping": ("check.apdex_threshold alert.op",),
    "app_dynamics": ("details.application_name details.event_id",),
    "auvik": ("alertStatusString companyName entityName",),
    "aws_sns": (_SNS, "AlarmName NewStateValue AlarmArn", "Records.0.EventSource Records.0.Sns"),
    "azure_monitor": (
        "schemaId data.essentials",
        "schemaId data.context data.status",
        "schemaId data.AlertRuleName",
        "context.conditionType context.resourceGroupName",
    ),
    "cloudflare": ("alert_type policy_id ts data",),
    "coralogix": ("alert_action alert_id log_url",),
    "cronitor": ("monitor issue_url monitor_url",),
    "dash0": ("type data.issue.issueIdentifier", "type data.issue.start"),
    "datadog": ("event_type last_updated org.id body", "alert_transition alert_cycle_key"),
    "dynatrace": ("ProblemID ProblemTitle PID",),
    "elastic": ("rule.id rule.name alert.actionGroup", "rule_id rule_name action_group"),
    "eventbridge": ("detail-type source detail account",),
    "falco": ("output_fields rule priority output",),
    "gcp_monitoring": ("incident.incident_id incident.policy_name", "incident.scoping_project_id"),
    "github": ("repository.full_name repository.html_url",),
    "grafana": ("groupKey commonLabels alerts orgId", "ruleName ruleUrl evalMatches"),
    "graylog": ("event_definition_id event", "check_result.triggered_condition stream"),
    "healthchecks": ("code name status exitstatus", "check.n_pings check.grace"),
    "jira_server": ("webhookEvent issue.key issue.fields",),
    "kapacitor": ("previousLevel recoverable level id",),
    "libre_nms": ("device_id sysName alert_id rule_id",),
    "logic_monitor": ("alertid datasource datapoint",),
    "netdata": ("alarm chart old_status goto_url", "alert chart Rooms alert_url", "host status.reachable"),
    "newrelic": ("issueUrl alertPolicyNames alertConditionNames", "condition_family_id policy_name"),
    "opsgenie_alert_api": ("message responders alias !alert",),
    "opsgenie_webhook": ("integrationId integrationName alert.alertId",),
    "pagerduty": ("event.event_type event.resource_type event.data", "messages.0.event messages.0.incident"),
    "pagerduty_events_v1": ("service_key event_type incident_key", "service_key event_type description"),
    "pagerduty_events_v2": ("routing_key event_action",),
    "pingdom": ("check_id check_type current_state previous_state",),
    "pulsetic": ("alert_type monitor.id monitor.url",),
    "scom": ("managedEntitySource resolutionState alertName",),
    "sentry": ("installation.uuid action data", "project_slug culprit triggering_rules"),
    "server_guard24": ("server_name service_shortname check_result",),
    "site24x7": ("MONITORNAME MONITOR_DASHBOARD_LINK STATUS",),
    "splunk": ("sid results_link search_name",),
    "statuscake": ("Token StatusCode Checkrate URL",),
    "uptime_kuma": ("heartbeat.monitorID monitor msg",),
    "uptimerobot": ("monitorFriendlyName alertTypeFriendlyName",),
    "victorops": ("message_type entity_id monitoring_tool", "message_type entity_id state_message"),
    "wazuh": (_WAZUH, "all_fields.rule all_fields.agent pretext"),
    "zabbix": ("alert_subject alert_message event_id event_value",),
}
"""For each source the names of each of its forms; `!` is before one that must not stand there."""


def hinted(error: Malformed, integration: Integration, delivery: Delivery) -> Malformed:
    """The refusal of a whole document, with whose it looks like when it is plainly another source's."""
    looks = resembled(delivery)
    if not looks or looks == integration.source:
        return error
    return Malformed(error.place, f"{error.why}; this looks like `{looks}`'s, and {_reads(integration)}")


def resembled(delivery: Delivery) -> str:
    """The one source whose marks a document bears and whose parser takes it; empty for none or several."""
    body = delivery.body[0] if delivery.body.is_list else delivery.body
    if not body.is_object:
        return ""
    marked = [
        source for source, forms in HALLMARKS.items() if any(_bears(body, form.split()) for form in forms)
    ]
    return marked[0] if len(marked) == 1 and _taken(marked[0], delivery) else ""


def _reads(integration: Integration) -> str:
    if integration.name == integration.source:
        return f"it was read as `{integration.source}`"
    how = f"`{integration.source}`" if integration.source else "what tocsin.yaml says of it"
    return f"the integration `{integration.name}` reads {how}"


def _bears(body: Node, names: Sequence[str]) -> bool:
    return all(not _there(body, name[1:]) if name.startswith("!") else _there(body, name) for name in names)


def _there(body: Node, path: str) -> bool:
    """Whether a member is there, whatever stands in it."""
    *way, last = path.split(".")
    node = body
    for step in way:
        node = node[int(step)] if step.isdigit() else node[step]
    return isinstance(node.value, dict) and last in node.value


def _taken(source: str, delivery: Delivery) -> bool:
    try:
        SOURCES[source](delivery)
    except (ArithmeticError, LookupError, TypeError, ValueError, AttributeError, RecursionError):
        return (
            False  # Malformed is a ValueError; whatever else a parser fails by is told when it reads its own
        )
    return True
