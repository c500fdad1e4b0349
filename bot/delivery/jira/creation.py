"""Making a ticket, and finding the one that was made."""

import re

from bot.delivery.jira.api import Api
from bot.delivery.jira.options import JiraOptions
from bot.delivery.jira.reading import at, items, mapping, text
from bot.delivery.jira.verdicts import Refused400
from bot.errors import DeliveryError, Outcome
from bot.ports import Ticket, TicketDraft

SUMMARY_LIMIT = 255
TEXT_LIMIT = 32_767
PROPERTY = "tocsin"
_KEEP = frozenset({"project", "issuetype", "summary", "labels", "security"})
_PROJECT = re.compile(r"[A-Z][A-Z0-9_]+")
_TICKET = re.compile(r"[A-Z][A-Z0-9_]+-[0-9]+")


def create(api: Api, options: JiraOptions, draft: TicketDraft) -> Ticket:
    """One POST. When optional fields were refused, which is certain, one more without them.

    The marker's label is never dropped, since it is what keeps the ticket from being made twice; nor is the
    security level, since no ticket is better than a public one.
    """
    fields = content(draft)
    try:
        return _made(api, options, draft, fields)
    except Refused400 as refusal:
        droppable = refusal.fields & fields.keys() - _KEEP
        if not droppable or refusal.fields - droppable:
            raise
        kept = {name: value for name, value in fields.items() if name not in droppable}
    return _made(api, options, draft, kept, dropped=tuple(sorted(droppable)))


def _made(
    api: Api,
    options: JiraOptions,
    draft: TicketDraft,
    fields: dict[str, object],
    dropped: tuple[str, ...] = (),
) -> Ticket:
    properties = [{"key": PROPERTY, "value": {"marker": draft.marker}}]
    made = api.post("issue", {"fields": fields, "properties": properties})
    key = text(at(made, "key"))
    if not _TICKET.fullmatch(key):
        raise DeliveryError(Outcome.UNKNOWN, "jira_answer_without_key")
    return Ticket(key=key, url=options.browse(key), dropped=dropped)


def content(draft: TicketDraft) -> dict[str, object]:
    """The fields of a draft as Jira wants them."""
    labels = dict.fromkeys((draft.marker, *("-".join(label.split())[:255] for label in draft.labels)))
    fields: dict[str, object] = {
        **draft.fields,
        "project": {"key": checked_project(draft.project)},
        "issuetype": reference(draft.issue_type),
        "summary": " ".join(draft.summary.split())[:SUMMARY_LIMIT] or draft.marker,
        "description": draft.description[:TEXT_LIMIT],
        "labels": [label for label in labels if label],
    }
    if draft.priority:
        fields["priority"] = reference(draft.priority)
    if draft.components:
        fields["components"] = [reference(name) for name in draft.components]
    if draft.security:
        fields["security"] = reference(draft.security)
    return fields


def reference(value: str) -> dict[str, str]:
    """Digits are an id, anything else a name."""
    return {"id" if value.isdecimal() else "name": value}


def checked_project(key: str) -> str:
    """A project's key, or a rejection: it stands in paths and queries."""
    if not _PROJECT.fullmatch(key):
        raise DeliveryError(Outcome.REJECTED, "jira_project_key_is_malformed")
    return key


def checked_ticket(key: str) -> str:
    """A ticket's key, or a rejection: it stands in paths."""
    if not _TICKET.fullmatch(key):
        raise DeliveryError(Outcome.REJECTED, "jira_ticket_key_is_malformed")
    return key


def quoted(value: str) -> str:
    """A string literal of JQL."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def find(api: Api, options: JiraOptions, marker: str, project: str, *, cloud: bool) -> Ticket | None:
    """The oldest ticket with the marker's label.

    Cloud answers wrong credentials with an empty result, so that nothing is believed from it until the
    token has been proved.
    """
    jql = f"project = {quoted(checked_project(project))} AND labels = {quoted(marker)} ORDER BY created ASC"
    path = "search/jql" if cloud else "search"
    answer = api.get(path, {"jql": jql, "maxResults": 10, "fields": "status"})
    if not isinstance(at(answer, "issues"), list):
        raise DeliveryError(Outcome.NOT_SENT, "jira_answer_without_issues")
    for issue in items(at(answer, "issues")):
        key = text(at(issue, "key"))
        if _TICKET.fullmatch(key):
            status = text(at(issue, "fields", "status", "name")) or None
            return Ticket(key=key, url=options.browse(key), status=status)
    api.get("myself")
    return None


def is_cloud(api: Api) -> bool:
    """Whether the site is a Cloud site."""
    kind = text(mapping(api.get("serverInfo")).get("deploymentType"))
    if not kind:
        raise DeliveryError(Outcome.NOT_SENT, "jira_answer_without_deployment_type")
    return kind == "Cloud"
