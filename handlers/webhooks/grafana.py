"""Grafana's webhook: unified alerting, and the alerting that it had until version 8.

https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/:
groups as Alertmanager tells them, with addresses of the dashboard, panel and silence. The key is the
alert's own `fingerprint`, the hash of its labels. A legacy notification speaks for a whole rule; its key
is the rule's id in its organisation and installation, as names and titles are edited.
"""

from urllib.parse import urlsplit

from bot.domain.alert import Alert
from handlers.webhooks.alertmanager import found, group
from handlers.webhooks.delivery import Delivery
from handlers.webhooks.document import Node
from handlers.webhooks.fields import unless
from handlers.webhooks.finding import Finding, Part, spread

SOURCE = "grafana"
_LEGACY_CLEARED = ("ok",)
_LEGACY_NOTHING = ("pending", "paused")


def parse(delivery: Delivery) -> list[Alert]:
    """One alert for each of `alerts`, or the one of a legacy rule. Raises Malformed when it is neither."""
    root = delivery.body.object()
    if not root["alerts"] and (root["ruleName"] or root["ruleId"]):
        return [] if root["state"].word in _LEGACY_NOTHING else [_legacy(root)]
    return group(root, lambda each: _finding(root, each))


def _finding(root: Node, alert: Node) -> Finding:
    finding = found(SOURCE, root, alert)
    labels, annotations = alert["labels"], alert["annotations"]
    finding.trial = labels["alertname"].text == "TestAlert" and labels["instance"].text == "Grafana"
    if labels["rulename"] and not annotations["summary"]:
        # The alert is DatasourceNoData or DatasourceError, and this is the rule that has no data.
        finding.title = [labels["rulename"], "—", labels["alertname"]]
    finding.description = [annotations.first("description", "message"), alert["valueString"]]
    finding.links = [
        *finding.links[:1],
        ("Dashboard", alert.first("dashboardURL", "annotations.dashboard_url")),
        ("Panel", alert["panelURL"]),
        ("Source", alert["generatorURL"]),
        ("Silence", alert["silenceURL"]),
    ]
    return finding


def _legacy(root: Node) -> Alert:
    return Finding(
        source=SOURCE,
        state=unless(_LEGACY_CLEARED, root["state"]),
        state_from=root["state"],
        key=["legacy", _host(root["ruleUrl"].text), root["orgId"], root.first("ruleId", "ruleName")],
        title=root.first("ruleName", "title"),
        severity=root["tags"].first("severity", "priority"),
        description=[root["message"], *_measured(root["evalMatches"])],
        labels={"rule": root["ruleName"], "state": root["state"], **spread(root["tags"])},
        links=[("Rule", root["ruleUrl"]), ("Image", root["imageUrl"])],
        trial=root["ruleName"].text == "Test notification",
    ).alert()


def _measured(matches: Node) -> list[Part]:
    return [f"{match['metric'].text}: {match['value'].text}" for match in list(matches.items)[:20]]


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
