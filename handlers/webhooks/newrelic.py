"""New Relic's webhook: issues of workflows, and the incidents of channels before them.

https://docs.newrelic.com/docs/alerts/get-notified/notification-integrations/#webhook and, for the old
form,
https://docs.newrelic.com/docs/alerts/new-relic-alerts/managing-notification-channels/customize-your-webhook-payload/.
The key is the issue's or incident's id: New Relic opens one for as long as something lasts, and its title
and entities change meanwhile. Acknowledging there says nothing here.
"""

from bot.domain.alert import Alert, AlertState
from handlers.webhooks.delivery import Delivery
from handlers.webhooks.document import Node
from handlers.webhooks.finding import Finding, Part
from handlers.webhooks.names import Names

SOURCE = "newrelic"
_CLEARED = ("closed", "close", "resolved", "incident_closed", "incident_resolved", "deactivated")
_SILENT = ("acknowledged", "acknowledge", "incident_acknowledged", "issue_acknowledged", "unacknowledged")
_TEST = ("channel test", "test violation", "test notification", "this is a test", "test issue")


def parse(delivery: Delivery) -> list[Alert]:
    """The one alert of a notification, none when somebody acknowledged. Raises Malformed."""
    names = Names(delivery.body.object())
    state = names.first("state", "currentstate", "eventstate", "eventtype", "issuestate", "status")
    told = {state.word, names.first("eventtype").word, names.first("trigger", "triggerevent").word}
    cleared = any(word in _CLEARED for word in told)
    if any(word in _SILENT for word in told) and not cleared:
        return []
    title = names.first("title", "issuetitle", "annotationstitle", "conditionname", "details", "condition")
    key = names.first("issueid", "id", "incidentid")
    if not title and not key:
        delivery.body["title"].filled()
    details = names.first("details", "description", "eventdetails", "annotationsdescription")
    return [
        Finding(
            source=SOURCE,
            state=AlertState.CLEARED if cleared else AlertState.FIRING,
            state_from=state,
            key=[key] if key else [names.first("policyname"), title, *_all(names.first("targets"))],
            title=title or details,
            severity=names.first("priority", "severity"),
            description=[details, _all_of(names.first("impactedentities", "targets"))],
            labels=_labels(names),
            links=[
                ("Issue", names.first("issueurl", "issuepageurl", "incidenturl")),
                ("Runbook", names.first("runbookurl")),
                ("Chart", names.first("violationcharturl", "violationcallbackurl")),
                ("Policy", names.first("policyurl")),
            ],
            at=names.first("closedat", "updatedat", "timestamp", "createdat") if cleared else _began(names),
            trial=_is_test(names, details),
        ).alert()
    ]


def _began(names: Names) -> Node:
    return names.first("activatedat", "createdat", "timestamp", "updatedat")


def _is_test(names: Names, details: Node) -> bool:
    words = f"{details.word} {names.first('title').word}"
    return names.first("eventtype").word == "notification" or any(test in words for test in _TEST)


def _labels(names: Names) -> dict[str, Part]:
    labels: dict[str, Part] = {
        "account": names.first("accountname", "accountid"),
        "policy": _all_of(names.first("alertpolicynames", "policynames", "policyname")),
        "condition": _all_of(names.first("alertconditionnames", "conditionnames", "conditionname")),
        "entity": _all_of(names.first("impactedentities", "targets", "entitiesdatanames")),
        "workflow": names.first("workflowname"),
        "state": names.first("state", "currentstate", "eventtype"),
        "team": names.first("team"),
        "owner": names.first("owner"),
    }
    for name, value in names.first("targets")[0]["labels"].members:
        labels.setdefault(name, value)
    return labels


def _all(node: Node) -> list[Node]:
    """Texts of a list, or the names of the objects in it."""
    return [each["name"] if each.is_object else each for each in node.items]


def _all_of(node: Node) -> Node:
    shown = ", ".join(text for each in _all(node) if (text := each.text))
    return Node(shown, node.place) if node.is_list else node
