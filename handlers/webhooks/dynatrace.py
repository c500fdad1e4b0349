"""Dynatrace's custom integration: a problem, in the payload of its documentation or in one's own.

https://docs.dynatrace.com/docs/analyze-explore-automate/notifications-and-alerting/problem-notifications/webhook-integration.
The key is `{PID}`, which a problem keeps from its beginning to its end; `{ProblemID}` is short and comes
again. `MERGED` is cleared: the problem goes on as part of another one, which was told for itself.
"""

from bot.domain.alert import Alert, AlertState, Severity
from handlers.webhooks.delivery import Delivery
from handlers.webhooks.document import Node
from handlers.webhooks.fields import listed
from handlers.webhooks.finding import Finding, Part
from handlers.webhooks.names import Names

SOURCE = "dynatrace"
_OVER = ("resolved", "merged", "closed")
_SEVERITIES = {
    "availability": Severity.SEV1,
    "error": Severity.SEV2,
    "performance": Severity.SEV3,
    "slowdown": Severity.SEV3,
    "resource_contention": Severity.SEV3,
    "resource": Severity.SEV3,
    "monitoring_unavailable": Severity.SEV3,
    "info": Severity.SEV4,
}
_TEST = "dynatrace problem notification test run"


def parse(delivery: Delivery) -> list[Alert]:
    """The one alert of a problem. Raises Malformed when it has neither a title nor an id."""
    root = delivery.body.object()
    names = Names(root)
    title = names.first("problemtitle", "title", "eventname")
    key = names.first("pid", "problemid", "id", "displayid")
    if not title and not key:
        root["ProblemTitle"].filled()
    state = names.first("state", "problemstate", "problemstatus", "status", "eventstatus")
    level = names.first("problemseverity", "severitylevel", "severity", "eventcategory")
    cleared = state.word in _OVER
    began = names.first(
        "problemstarttime", "starttime", "problemdetailsjsonv2starttime", "problemdetailsjsonstarttime"
    )
    ended = names.first(
        "problemendtime", "endtime", "problemdetailsjsonv2endtime", "problemdetailsjsonendtime"
    )
    return [
        Finding(
            source=SOURCE,
            state=AlertState.CLEARED if cleared else AlertState.FIRING,
            state_from=state,
            key=[key] if key else [title, names.first("impactedentity", "impactedentitynames")],
            title=[title or key, *_where(names)],
            severity=_SEVERITIES.get(level.word) or level,
            severity_from=level,
            description=names.first("problemdetailstext", "details", "description", "text"),
            labels=_labels(names),
            links=[("Problem", names.first("problemurl", "url", "link"))],
            at=ended if cleared and ended.moment else began,
            trial=title.word == _TEST,
        ).alert()
    ]


def _where(names: Names) -> list[Part]:
    named = names.first("impactedentity", "impactedentitynames", "namesofimpactedentities")
    return ["—", named] if named.text else []


def _labels(names: Names) -> dict[str, Part]:
    entities = names.first("impactedentities")
    labels: dict[str, Part] = {
        "problem": names.first("problemid", "displayid"),
        "impact": names.first("problemimpact", "impactlevel"),
        "severity_level": names.first("problemseverity", "severitylevel"),
        "entity": names.first("impactedentity", "impactedentitynames") or listed(entities, "name"),
        "entity_type": entities[0]["type"],
        "entity_id": entities[0]["entity"],
        "state": names.first("state", "problemstate"),
    }
    for tag in names.first("tags").text.split(",")[:40]:
        name, colon, value = tag.strip().partition(":")
        if name:
            labels.setdefault(name, Node(value.strip() if colon else "true", names.first("tags").place))
    return labels
