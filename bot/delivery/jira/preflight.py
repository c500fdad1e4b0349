"""What would keep tickets from being made or moved, asked before it matters."""

from collections.abc import Iterator, Mapping

from bot.delivery.jira.api import Api
from bot.delivery.jira.creation import checked_project, checked_ticket, is_cloud, quoted
from bot.delivery.jira.movement import offered
from bot.delivery.jira.options import JiraOptions
from bot.delivery.jira.reading import at, items, mapping, plain, text
from bot.delivery.jira.verdicts import TOKEN_REFUSED
from bot.domain.alert import Severity
from bot.errors import DeliveryError, Outcome
from bot.ports import Finding

SENT = frozenset({"project", "issuetype", "summary", "description", "labels"})
PAGE = 200


def findings(
    api: Api, options: JiraOptions, project: str, issue_type: str, priorities: Mapping[Severity, str]
) -> list[Finding]:
    """Everything that is wrong, as far as it can be seen; an unreachable Jira is a finding too."""
    try:
        return list(_findings(api, options, project, issue_type, priorities))
    except DeliveryError as error:
        return [unasked(error)]


def unasked(error: DeliveryError) -> Finding:
    """Why Jira could not be asked."""
    if error.reason == TOKEN_REFUSED:
        remedy = "Make a new token, check that it belongs to the e-mail address, and set it."
        return Finding(path="jira.token", message="Jira does not accept the token.", remedy=remedy)
    if error.reason == "jira_captcha":
        remedy = "Log in to Jira as the bot once, by browser."
        return Finding(path="jira.token", message="Jira wants a captcha to be solved.", remedy=remedy)
    remedy = "Check the address, the network between here and Jira, and whether Jira is up."
    return Finding(path="jira.url", message=f"Jira cannot be asked ({error.reason}).", remedy=remedy)


def _findings(
    api: Api, options: JiraOptions, project: str, issue_type: str, priorities: Mapping[Severity, str]
) -> Iterator[Finding]:
    api.get("myself")
    try:
        api.get(f"project/{checked_project(project)}")
    except DeliveryError as error:
        if error.outcome is not Outcome.REJECTED:
            raise
        remedy = "Correct the key, or give the bot's account Browse Projects and Create Issues there."
        yield Finding(
            path="jira.project", message=f"There is no project {plain(project)} for us.", remedy=remedy
        )
        return
    types = _pages(api, f"issue/createmeta/{project}/issuetypes", "issueTypes")
    kind = next((one for one in types if issue_type in {at(one, "id"), at(one, "name")}), None)
    if kind is None:
        there = ", ".join(plain(at(one, "name")) for one in types)
        message = f"{project} has no issue type {plain(issue_type)} that we may create."
        yield Finding(path="jira.issue_type", message=message, remedy=f"Choose one of: {there or 'none'}.")
        return
    screen = {
        text(at(field, "fieldId") or at(field, "key")): mapping(field)
        for field in _pages(api, f"issue/createmeta/{project}/issuetypes/{text(at(kind, 'id'))}", "fields")
    }
    yield from _screen(screen, options, priorities)
    yield from _transitions(api, options, project, issue_type)


def _pages(api: Api, path: str, cloud_key: str) -> list[object]:
    found: list[object] = []
    while True:
        page = api.get(path, {"startAt": len(found), "maxResults": PAGE})
        part = items(at(page, cloud_key) or at(page, "values"))
        found.extend(part)
        total = at(page, "total")
        if not part or not isinstance(total, int) or len(found) >= total:
            return found


def _screen(
    screen: Mapping[str, Mapping[str, object]], options: JiraOptions, priorities: Mapping[Severity, str]
) -> Iterator[Finding]:
    sent = SENT | options.create_fields | ({"priority"} if priorities else set())
    for name, field in screen.items():
        if field.get("required") is True and field.get("hasDefaultValue") is not True and name not in sent:
            yield Finding(
                path=f"jira.fields.{plain(name)}",
                message=f"Jira requires {plain(field.get('name'))} ({plain(name)}), which we do not send.",
                remedy="Give it a value in the ticket's fields, or a default, or make it optional in Jira.",
            )
    if "labels" not in screen:
        yield Finding(
            path="jira.labels",
            message="The create screen has no labels, by which a ticket is found again.",
            remedy="Put Labels on the create screen.",
        )
    for name in sorted(options.create_fields - screen.keys()):
        remedy = "Put the field on the create screen, or take it out of the configuration."
        yield Finding(path=f"jira.fields.{name}", message=f"The create screen has no {name}.", remedy=remedy)
    yield from _priorities(screen.get("priority"), priorities)


def _priorities(field: Mapping[str, object] | None, priorities: Mapping[Severity, str]) -> Iterator[Finding]:
    if priorities and field is None:
        remedy = "Put Priority on the create screen, or do not map priorities."
        message = "The create screen has no priority; tickets go without."
        yield Finding(path="jira.priorities", message=message, remedy=remedy)
        return
    allowed = [mapping(one) for one in items(at(field, "allowedValues"))]
    names = ", ".join(plain(one.get("name")) for one in allowed)
    for severity, name in priorities.items():
        if allowed and not any(name in {one.get("id"), one.get("name")} for one in allowed):
            message = f"There is no priority {plain(name)}."
            yield Finding(
                path=f"jira.priorities.{severity}", message=message, remedy=f"Choose one of: {names}."
            )


def _transitions(api: Api, options: JiraOptions, project: str, issue_type: str) -> Iterator[Finding]:
    """An open ticket of that type, when there is one, must have a way on."""
    jql = f"project = {quoted(project)} AND issuetype = {quoted(issue_type)} AND statusCategory != Done"
    cloud = is_cloud(api) if options.cloud is None else options.cloud
    answer = api.get("search/jql" if cloud else "search", {"jql": jql, "maxResults": 1, "fields": "status"})
    for issue in items(at(answer, "issues")):
        key = checked_ticket(text(at(issue, "key")))
        if not offered(api, key):
            yield Finding(
                path="jira.transitions",
                message=f"Jira offers us no transition of {key}.",
                remedy="Give the bot's account Transition Issues in the project.",
            )
