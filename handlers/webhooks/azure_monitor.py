"""Azure Monitor's action groups: the common alert schema, and the forms of each service before it.

https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-common-schema. Sev0 is critical, 1 an error,
2 a warning, 3 informational, 4 verbose. The key is the rule with what it looks at (targets and dimensions)
and not the `alertId`: a stateless rule makes a new one each time that it looks. Azure's own troubles have
no rule in common with their end but a tracking id.
"""

from collections.abc import Iterator
from urllib.parse import quote

from bot.domain.alert import Alert, AlertState, Severity
from handlers.alerts.severities import severity_of
from handlers.webhooks.delivery import Delivery
from handlers.webhooks.document import Node
from handlers.webhooks.finding import Finding, Part, spread
from handlers.webhooks.names import cut

SOURCE = "azure_monitor"
_SEVERITIES = (Severity.SEV1, Severity.SEV2, Severity.SEV3, Severity.SEV4, Severity.SEV4)
_CLEARED = ("resolved", "deactivated", "ok", "complete")
_SAMPLE = "/subscriptions/11111111-1111-1111-1111-111111111111/"
_PORTAL = "https://portal.azure.com/#blade/Microsoft_Azure_Monitoring_Alerts/AlertDetails.ReactView/alertId/"
_HEALTH = ("ServiceHealth", "Resource Health", "Service Health")


def parse(delivery: Delivery) -> list[Alert]:
    """The one alert of a notification, in whichever schema. Raises Malformed."""
    root = delivery.body.object()
    data = root["data"]
    if data.at("context.activityLog").is_object:
        return [_activity(data).alert()]
    if data["context"].is_object or root["context"].is_object:
        return [_metric(data if data["context"].is_object else root).alert()]
    if data["AlertRuleName"] or data["SearchQuery"]:
        return [_search(data).alert()]
    return [_common(data).alert()]


def _common(data: Node) -> Finding:
    told, context = data["essentials"].object(), data["alertContext"]
    state = _state(told, context)
    targets = sorted((each for each in told["alertTargetIDs"].items), key=lambda each: each.word)
    cleared = state.word in _CLEARED
    return Finding(
        source=SOURCE,
        state=AlertState.CLEARED if cleared else AlertState.FIRING,
        state_from=state,
        key=[told["alertRule"], *(cut(each, each.word) for each in targets), *_apart(context)],
        title=[told["alertRule"] or told["alertId"], *_what(told, context)],
        severity=_severity(told["severity"]),
        severity_from=told["severity"],
        description=[told["description"], *_said(context)],
        labels={
            **spread(data["customProperties"]),
            **spread(context["labels"]),
            **_dimensions(context),
            "rule": told["alertRule"],
            "service": told["monitoringService"],
            "signal": told["signalType"],
            "target": told["configurationItems"][0],
            "target_id": told["alertTargetIDs"][0],
            "resource_group": told["targetResourceGroup"],
            "resource_type": told["targetResourceType"],
        },
        links=[
            ("Alert", _PORTAL + quote(told["alertId"].text[:500], safe="") if told["alertId"] else ""),
            ("Investigation", told["investigationLink"]),
            ("Results", _links(context)),
        ],
        at=_when(told, context, cleared),
        trial=told["alertId"].text.startswith(_SAMPLE),
    )


def _state(told: Node, context: Node) -> Node:
    """Azure's own health is told as fired from its beginning to its end; its own words say which."""
    if told["monitoringService"].text in _HEALTH and told["monitorCondition"].word not in _CLEARED:
        for state in (context["status"], context.at("properties.stage")):
            if state.word in _CLEARED:
                return state
        if context.at("properties.currentHealthStatus").word == "available":
            return Node("resolved", context.at("properties.currentHealthStatus").place)
    return told["monitorCondition"]


def _apart(context: Node) -> Iterator[Part]:
    """What tells one alert of a rule from another: its dimensions, its labels, the trouble of Azure's."""
    for name, value in sorted(_dimensions(context).items()):
        yield from (name, value)
    for name, value in sorted(context["labels"].members, key=lambda pair: pair[0]):
        yield from (name, value)
    yield context.at("properties.trackingId")


def _when(told: Node, context: Node, cleared: bool) -> Node:
    if cleared and told["resolvedDateTime"]:
        return told["resolvedDateTime"]
    return context["eventTimestamp"] or told["firedDateTime"]


def _dimensions(context: Node) -> dict[str, Part]:
    found: dict[str, Part] = {}
    for each in context.at("condition.allOf").items:
        for dimension in each["dimensions"].items:
            found.setdefault(dimension["name"].text, dimension["value"])
    return found


def _what(told: Node, context: Node) -> list[Part]:
    """What happened or where: a title, the first dimension of a rule of logs, the target."""
    title = context.first("properties.title", "annotations.summary", "AlertSummary")
    apart = list(_dimensions(context).values()) if told["signalType"].word == "log" else []
    found = [title, *apart[:1], told["configurationItems"][0]]
    return next((["—", part] for part in found if part), [])


def _said(context: Node) -> Iterator[Part]:
    yield context.first(
        "annotations.description", "properties.communication", "properties.cause", "SearchQuery"
    )
    for each in list(context.at("condition.allOf").items)[:10]:
        measured = each.first("metricName", "searchQuery", "metricMeasureColumn").text
        bound = f"{each['operator'].text} {each['threshold'].text}"
        yield f"{measured}: {each['metricValue'].text} ({bound})" if each["metricValue"] else measured
    for name in ("operationName", "caller", "status", "ResultCount"):
        yield f"{name}: {context[name].text}" if context[name].text else ""


def _links(context: Node) -> Node:
    first = context.at("condition.allOf")[0]
    found = first.first("linkToFilteredSearchResultsUI", "linkToSearchResultsUI")
    return found or context.first("LinkToFilteredSearchResultsUI", "LinkToSearchResults", "portalLink")


def _severity(told: Node) -> Severity | None:
    number = told.word.removeprefix("sev")
    return _SEVERITIES[int(number)] if number in {"0", "1", "2", "3", "4"} else severity_of(told.text)


def _metric(holder: Node) -> Finding:
    """Alerts on metrics, in the form of 2.0 and in the classic one."""
    context = holder["context"]
    state = holder["status"]
    where = cut(context["resourceId"], context["resourceId"].word)
    return Finding(
        source=SOURCE,
        state=AlertState.CLEARED if state.word in _CLEARED else AlertState.FIRING,
        state_from=state,
        key=[context.first("id", "name"), where, *_apart(context)],
        title=[context["name"], "—", context["resourceName"]],
        severity=_severity(context["severity"]),
        severity_from=context["severity"],
        description=[context["description"], *_said(context), context.at("condition.metricName")],
        labels={
            **spread(holder["properties"]),
            "rule": context["name"],
            "target": context["resourceName"],
            "target_id": context["resourceId"],
            "resource_group": context["resourceGroupName"],
            "resource_type": context["resourceType"],
            "region": context["resourceRegion"],
        },
        links=[("Resource", context["portalLink"])],
        at=context["timestamp"],
    )


def _search(data: Node) -> Finding:
    """Alerts on logs before the common schema: they are never told to be over."""
    items = list(data["AffectedConfigurationItems"].items)
    return Finding(
        source=SOURCE,
        state=AlertState.FIRING,
        key=[data["SubscriptionId"], data["AlertRuleName"], *items, *_apart(data)],
        title=data["AlertRuleName"],
        severity=_severity(data["Severity"]),
        severity_from=data["Severity"],
        description=[data["Description"], *_said(data)],
        labels={
            "rule": data["AlertRuleName"],
            "subscription": data["SubscriptionId"],
            "target": data["AffectedConfigurationItems"][0],
        },
        links=[("Results", data.first("LinkToFilteredSearchResultsUI", "LinkToSearchResults"))],
        at=data.first("SearchIntervalEndtimeUtc", "SearchIntervalEndTimeUtc"),
    )


def _activity(data: Node) -> Finding:
    """Entries of the activity log before the common schema."""
    log = data.at("context.activityLog")
    properties = log["properties"]
    state = _state(Node({"monitoringService": log["eventSource"].text}), log)
    return Finding(
        source=SOURCE,
        state=AlertState.CLEARED if state.word in _CLEARED else AlertState.FIRING,
        state_from=state,
        key=[
            "activity",
            log["operationName"],
            log["resourceId"] or log["subscriptionId"],
            properties["trackingId"],
        ],
        title=properties["title"] or log["operationName"],
        severity=log["level"],
        description=[log["description"], properties["communication"]],
        labels={
            "operation": log["operationName"],
            "caller": log["caller"],
            "status": log["status"],
            "target_id": log["resourceId"],
            "subscription": log["subscriptionId"],
        },
        at=log.first("eventTimestamp", "submissionTimestamp"),
    )
