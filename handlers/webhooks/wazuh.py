"""Wazuh's integrator: the alert as it is, or within what the script for Shuffle makes of it.

https://documentation.wazuh.com/current/user-manual/manager/integration-with-external-apis.html, and for
the levels https://documentation.wazuh.com/current/user-manual/ruleset/rules/rules-classification.html: 15
and above is critical, 12 high, 7 medium, less is low. The key is the rule and the agent, with the file or
the weakness that it is about; `id` and `firedtimes` are others each time. An agent that is back clears its
having gone.
"""

from bot.domain.alert import Alert, AlertState, Severity
from handlers.webhooks.delivery import Delivery
from handlers.webhooks.document import Node
from handlers.webhooks.fields import listed, words_of
from handlers.webhooks.finding import Finding

SOURCE = "wazuh"
_LEVELS = ((15, Severity.SEV1), (12, Severity.SEV2), (7, Severity.SEV3))
_BACK, _GONE = ("503",), ("504", "506")
_OVER = ("solved", "resolved", "closed")
_BY_SHUFFLE = {"3": Severity.SEV2, "2": Severity.SEV3, "1": Severity.SEV4}


def parse(delivery: Delivery) -> list[Alert]:
    """The one alert that was sent. Raises Malformed when it names no rule and has no title."""
    root = delivery.body.object()
    alert = next((root[name] for name in ("all_fields", "alert", "_source") if root[name]["rule"]), root)
    return [_of_wazuh(alert) if alert["rule"].is_object else _of_a_script(root)]


def _of_wazuh(alert: Node) -> Alert:
    rule, agent, data = alert["rule"], alert["agent"], alert["data"]
    weakness = data["vulnerability"]
    number = rule["id"].text
    linked = number in _BACK or number in _GONE
    cleared = number in _BACK or weakness["status"].word in _OVER
    about = [alert.at("syscheck.path"), weakness.first("cve"), weakness.at("package.name")]
    return Finding(
        source=SOURCE,
        state=AlertState.CLEARED if cleared else AlertState.FIRING,
        state_from=weakness["status"] or (rule["id"] if linked else ""),
        key=[_kind(rule, weakness, linked), agent.first("id", "name"), alert.at("cluster.name"), *about],
        title=[rule["description"], "—", agent["name"]] if agent["name"] else rule["description"],
        severity=_graded(rule["level"]),
        severity_from=rule["level"],
        description=[alert["full_log"], weakness["title"], alert["location"]],
        labels={
            **words_of(data),
            "rule": rule["id"],
            "level": rule["level"],
            "groups": listed(rule["groups"]),
            "mitre": listed(rule.at("mitre.id")),
            "agent": agent["name"],
            "agent_id": agent["id"],
            "agent_ip": agent["ip"],
            "manager": alert.at("manager.name"),
            "path": alert.at("syscheck.path"),
            "cve": weakness["cve"],
            "decoder": alert.at("decoder.name"),
        },
        links=[("Reference", weakness["reference"])],
        at=alert.first("timestamp", "@timestamp"),
    ).alert()


def _kind(rule: Node, weakness: Node, linked: bool) -> Node | str:
    """The rule; but a weakness that was solved is told by another one, and so is an agent that is back."""
    if linked:
        return "connection"
    return "weakness" if weakness["cve"] else rule["id"]


def _of_a_script(root: Node) -> Alert:
    """What a script made of it, without the alert itself."""
    title = root.first("title", "message", "rule_description", "description").filled()
    severity = root["severity"]
    return Finding(
        source=SOURCE,
        state=AlertState.FIRING,
        key=["script", root["rule_id"], title, root.first("agent_id", "agent_name", "agent", "agent_ip")],
        title=title,
        severity=_BY_SHUFFLE.get(severity.text) or (severity if not severity.text.isdigit() else None),
        severity_from=severity,
        description=root.first("description", "full_log", "text", "log"),
        labels=words_of(root),
        at=root.first("timestamp", "created_at"),
    ).alert()


def _graded(level: Node) -> Severity | None:
    if not level.text.isdecimal():
        return None
    number = int(level.text[:3])
    return next((severity for least, severity in _LEVELS if number >= least), Severity.SEV4)
