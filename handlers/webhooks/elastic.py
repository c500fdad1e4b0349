"""Elastic: rules of Kibana, whose webhook connector sends what one writes, documents of alerts, and Watcher.

https://www.elastic.co/docs/explore-analyze/alerts-cases/alerts/rule-action-variables has the variables;
docs/alerts.md has a template of them. They are read by any name that people give them: `rule.id`,
`ruleId`, `rule_id`. The key is the rule and the alert in it (`alert.id`, which is what the rule groups
by); `alert.uuid` is another each time.
"""

from collections.abc import Iterator

from bot.domain.alert import Alert, AlertState
from handlers.alerts.severities import severity_of
from handlers.webhooks.delivery import Delivery
from handlers.webhooks.document import Node
from handlers.webhooks.finding import Finding, Part
from handlers.webhooks.names import Names

SOURCE = "elastic"
_OVER = ("recovered", "resolved", "closed", "inactive", "ok")
_RULE = ("ruleid", "kibanaalertruleuuid", "watchid", "rulename", "kibanaalertrulename", "alertname")
_TITLES = (
    "rulename",
    "kibanaalertrulename",
    "alertname",
    "title",
    "watchid",
    "name",
    "contexttitle",
    "subject",
)
_MESSAGES = (
    "contextmessage",
    "message",
    "contextreason",
    "reason",
    "kibanaalertreason",
    "description",
    "text",
    "body",
)
_STATES = (
    "alertactiongroup",
    "actiongroup",
    "alertstate",
    "kibanaalertstatus",
    "alertstatus",
    "status",
    "state",
)
_LISTS = (("alerts.new.data", False), ("alerts.ongoing.data", False), ("alerts.recovered.data", True))
_GROUPS = ("alertactiongroupname", "actiongroupname", "alertactiongroup", "actiongroup")


def parse(delivery: Delivery) -> list[Alert]:
    """The alert of a template, or each of the documents of a summary. Raises Malformed."""
    root = delivery.body.object()
    rule = Names(root)
    documents = [(each, over) for path, over in _LISTS for each in root.at(path).items if each.is_object]
    documents += [(each, False) for each in root.at("context.alerts").items if each.is_object]
    documents += [(each, False) for each in root["alerts"].items if each.is_object]
    if documents:
        return [_alert(Names(each), rule, over) for each, over in documents]
    if not rule.first(*_TITLES) and not rule.first(*_MESSAGES):
        root["message"].filled()
    return [_alert(rule, rule, over=False)]


def _alert(names: Names, rule: Names, over: bool) -> Alert:
    state = names.first(*_STATES)
    title = names.first(*_TITLES) or rule.first(*_TITLES)
    message = names.first(*_MESSAGES)
    told = _severity(names, rule)
    severity = told or names.first(*_GROUPS)
    return Finding(
        source=SOURCE,
        state=AlertState.CLEARED if over or state.word in _OVER else AlertState.FIRING,
        state_from=state,
        key=list(_key(names, rule)) or [title or message],
        title=title or message,
        severity=severity_of(severity.text),
        severity_from=severity if told or severity_of(severity.text) else "",
        description=message,
        labels=_labels(names, rule, state),
        links=[
            ("Alert", names.first("contextalertdetailsurl", "alertdetailsurl", "kibanaalerturl", "url")),
            ("Rule", rule.first("ruleurl", "contextlink", "link")),
            ("Results", names.first("contextresultslink", "resultslink")),
        ],
        at=names.first("date", "timestamp", "contexttimestamp", "kibanaalertstart"),
    ).alert()


def _severity(names: Names, rule: Names) -> Node:
    """What is named so; where nothing is, rules may have action groups for warning and critical."""
    told = names.first(
        "severity", "ruleseverity", "kibanaalertseverity", "kibanaalertruleseverity", "priority", "level"
    )
    return told or rule.first("severity", "contextruleseverity")


def _key(names: Names, rule: Names) -> Iterator[Part]:
    told = names.first(*_RULE) or rule.first(*_RULE)
    if told:
        yield told
        yield names.first("alertinstanceid", "alertid", "kibanaalertinstanceid", "contextgroup", "group")
        if not names.first("alertinstanceid", "alertid", "kibanaalertinstanceid"):
            yield names.first("hostname", "host", "useremail", "username", "agentname")


def _labels(names: Names, rule: Names, state: Node) -> dict[str, Part]:
    tags = names.first("ruletags", "tags", "kibanaalertruletags") or rule.first("ruletags", "tags")
    shown = ", ".join(each.text for each in tags.items if each.text)
    return {
        "rule": names.first(*_TITLES) or rule.first(*_TITLES),
        "rule_type": names.first("ruletype", "kibanaalertrulecategory"),
        "alert": names.first("alertinstanceid", "alertid", "kibanaalertinstanceid"),
        "group": names.first("contextgroup", "group"),
        "host": names.first("hostname", "host", "agentname"),
        "user": names.first("username"),
        "space": names.first("rulespaceid", "spaceid", "kibanaspaceids"),
        "state": state,
        "tags": Node(shown, tags.place) if tags.is_list else tags,
    }
