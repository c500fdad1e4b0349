"""What services of AWS say, by whichever way it comes: alarms of CloudWatch, and events of EventBridge.

The source that it came by is given: an alarm keeps one key there, its ARN. Alarms:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html and
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html.
"""

import re
from collections.abc import Iterator

from bot.domain.alert import Alert, AlertState
from handlers.alerts.markup import words
from handlers.webhooks.aws_findings import REGION, guardduty, health, security_hub
from handlers.webhooks.document import Node
from handlers.webhooks.finding import Finding, Part, spread

_UNDER_WAY = words(
    "in_progress in-progress started pending queued submitted running starting initializing superseded"
)
_OVER = words(
    "ok resolved closed archived suppressed succeeded success passed completed complete no_threats_found"
)
_STATES = (
    *("scanResultDetails.scanResultStatus", "state.value", "status", "state", "buildStatus", "build-status"),
    *("findingStatus", "alarmState", "currentState", "health", "eventStatus", "statusCode"),
)
_TITLES = ("title", "Title", "summary", "Summary", "message", "Message", "description", "reason", "eventName")
_NAMES = (
    *("s3ObjectDetails.objectKey", "findingArn", "arn", "Arn", "id", "project-name", "pipeline"),
    *("deploymentGroup", "jobName", "function-name", "clusterArn", "SourceIdentifier", "check-name"),
    *("instance-id", "name"),
)
_HANDLERS = {
    "GuardDuty Finding": guardduty,
    "Security Hub Findings - Imported": security_hub,
    "Security Hub Findings - Custom Action": security_hub,
    "Findings Imported V2": security_hub,
    "AWS Health Event": health,
    "AWS Health Abuse Event": health,
}


def is_event(root: Node) -> bool:
    """Whether this is an event of EventBridge."""
    return bool(root["detail-type"].text) and root["detail"].is_object


def event(source: str, root: Node) -> list[Alert]:
    """The alerts of an event; several findings are several alerts."""
    kind = root["detail-type"].text
    if kind == "CloudWatch Alarm State Change":
        return [_changed(source, root).alert()]
    if kind in _HANDLERS:
        return [finding.alert() for finding in _HANDLERS[kind](source, root)]
    return [finding.alert() for finding in _other(source, root)]


def is_alarm(root: Node) -> bool:
    """Whether this is what an alarm of CloudWatch publishes."""
    return bool(root["AlarmName"].text)


def alarm(source: str, root: Node) -> Alert:
    """What an alarm of CloudWatch publishes to a topic."""
    trigger = root["Trigger"]
    dimensions = {_named(each): each.first("value", "Value") for each in trigger["Dimensions"].items}
    account = [root["AWSAccountId"], root["Region"], root["AlarmName"]]
    return Finding(
        source=source,
        state=AlertState.CLEARED if root["NewStateValue"].word == "ok" else AlertState.FIRING,
        state_from=root["NewStateValue"],
        key=["alarm", root["AlarmArn"]] if root["AlarmArn"] else ["alarm", *account],
        title=root["AlarmName"],
        severity=root["Priority"],
        description=[root["AlarmDescription"], root["NewStateReason"]],
        labels={
            **dimensions,
            "alarm": root["AlarmName"],
            "account": root["AWSAccountId"],
            "region": _region_of(root),
            "state": root["NewStateValue"],
            "namespace": trigger.first("Namespace") or root["Namespace"],
            "metric": trigger.first("MetricName") or root["MetricName"],
            "rule": root["AlarmRule"],
        },
        links=[("Alarm", _console(_region_of(root), root["AlarmName"]))],
        at=root["StateChangeTime"],
    ).alert()


def _changed(source: str, root: Node) -> Finding:
    """The same alarm by EventBridge."""
    detail = root["detail"]
    state = detail.at("state.value")
    return Finding(
        source=source,
        state=AlertState.CLEARED if state.word == "ok" else AlertState.FIRING,
        state_from=state,
        key=["alarm", root["resources"][0]],
        title=detail["alarmName"],
        description=[detail.at("configuration.description"), detail.at("state.reason")],
        labels={
            "alarm": detail["alarmName"],
            "account": root["account"],
            "region": root["region"],
            "state": state,
            **spread(detail.at("configuration.metrics")[0].at("metricStat.metric.dimensions")),
        },
        links=[("Alarm", _console(root["region"], detail["alarmName"]))],
        at=detail.at("state.timestamp") if detail.at("state.timestamp").moment else root["time"],
    )


def _other(source: str, root: Node) -> Iterator[Finding]:
    """An event of which only its frame is known; nothing while what it tells of is under way.

    The key is its kind, its account and what its detail names, or else the resources: names of projects come
    before them, as the resource of a build is that one build.
    """
    detail = root["detail"]
    state = detail.first(*_STATES)
    if state.word in _UNDER_WAY:
        return
    name = detail.first(*_NAMES)
    yield Finding(
        source=source,
        state=AlertState.CLEARED if state.word in _OVER else AlertState.FIRING,
        state_from=state,
        key=[
            "event",
            root["source"],
            root["detail-type"],
            root["account"],
            root["region"],
            *_about(root, name),
        ],
        title=_title(root, detail.first(*_TITLES), name, state),
        severity=detail.first("severity.description", "severity.label", "severity", "Severity"),
        description=[detail.first("description", "message", "reason", "cause"), *_words(detail)],
        labels={
            "detail_type": root["detail-type"],
            "service": root["source"],
            "account": root["account"],
            "region": root["region"],
            "resource": root["resources"][0],
            "name": name,
            "state": state,
        },
        at=root["time"],
        confidence=0.8,
    )


def _about(root: Node, name: Node) -> list[Part]:
    return [name] if name else list(root["resources"].items)


def _title(root: Node, title: Node, name: Node, state: Node) -> list[Part]:
    return [title] if title else [root["detail-type"], *([":"] if name else []), name, state]


def _words(detail: Node) -> list[Part]:
    """The short members of the detail, as far as they need no picking apart."""
    return [f"{name}: {part.text}" for name, part in list(detail.members)[:30] if 0 < len(part.text) < 200]


def _named(dimension: Node) -> str:
    return dimension.first("name", "Name").text


def _region_of(root: Node) -> Node:
    """The region's code, which only the ARN tells: `Region` is its name in English."""
    parts = root["AlarmArn"].text.split(":")
    return Node(parts[3], root["AlarmArn"].place) if len(parts) > 6 else root["Region"]


def _console(region: Node, name: Node) -> Part:
    code = region.text
    if not REGION.fullmatch(code) or not re.fullmatch(r"[\w .:-]{1,255}", name.text):
        return ""
    place = "#alarmsV2:alarm/" + name.text.replace(" ", "%20")
    return f"https://{code}.console.aws.amazon.com/cloudwatch/home?region={code}{place}"
