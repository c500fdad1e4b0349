"""Answers to searches: token paging on Cloud, startAt paging on Data Center, both behind the index."""

import base64

from bot.sandbox.jira.answers_issues import names
from bot.sandbox.jira.answers_site import unauthenticated
from bot.sandbox.jira.desk import Answer, Ask, Desk, Route
from bot.sandbox.jira.jql import Query, parse
from bot.sandbox.jira.jql_values import Meaning
from bot.sandbox.jira.model import Issue
from bot.sandbox.jira.refusal import Refusal

PAGE_LIMIT = 100


def search_with_token(desk: Desk, ask: Ask) -> Answer:
    """Cloud's search: the query must restrict something; without `fields` only ids come back."""
    if not desk.cloud:
        raise Refusal(404, "null for uri: /rest/api/2/search/jql")
    ask = asked(ask)
    query = understood(desk, ask)
    if not query.bounded:
        message = "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."
        raise Refusal(400, message)
    found = query.run(visible(desk, ask))
    start = position(ask.one("nextPageToken"), ask.one("jql"))
    size = min(ask.number("maxResults", 50), PAGE_LIMIT)
    part = found[start : start + size]
    wanted = names(ask.query.get("fields", ()))
    issues = [desk.wire.issue(one, wanted) if wanted else {"id": one.id} for one in part]
    last = start + size >= len(found)
    document: dict[str, object] = {"issues": issues, "isLast": last}
    if not last:
        document["nextPageToken"] = token(start + size, ask.one("jql"))
    return Answer(body=document)


def search_with_start(desk: Desk, ask: Ask) -> Answer:
    """Data Center's search, which Cloud has removed."""
    if desk.cloud:
        message = "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API."
        raise Refusal(410, message)
    ask = asked(ask)
    found = understood(desk, ask).run(visible(desk, ask))
    start = ask.number("startAt", 0)
    size = min(ask.number("maxResults", 50), PAGE_LIMIT)
    wanted = names(ask.query.get("fields", ()))
    issues = [desk.wire.issue(one, wanted) for one in found[start : start + size]]
    return Answer(body={"startAt": start, "maxResults": size, "total": len(found), "issues": issues})


def visible(desk: Desk, ask: Ask) -> list[Issue]:
    """What the index shows to the one who asks: nothing to strangers, and they are not told why."""
    return desk.site.indexed() if ask.user else []


def asked(ask: Ask) -> Ask:
    """The request with its parameters in the query, also when they came in a body."""
    if ask.method == "GET":
        return ask
    query = {
        name: tuple(str(one) for one in (value if isinstance(value, list) else [value]))
        for name, value in ask.document().items()
        if value is not None
    }
    return Ask(method=ask.method, path=ask.path, query=query, body=None, user=ask.user, params=ask.params)


def understood(desk: Desk, ask: Ask) -> Query:
    """The query, or Jira's complaint about it."""
    return parse(ask.one("jql"), Meaning(site=desk.site, user=ask.user or ""))


def count(desk: Desk, ask: Ask) -> Answer:
    """About how many issues match."""
    if not desk.cloud:
        raise Refusal(404, "null for uri: /rest/api/2/search/approximate-count")
    if ask.user is None:
        raise unauthenticated()
    return Answer(body={"count": len(understood(desk, asked(ask)).run(visible(desk, ask)))})


def token(start: int, jql: str) -> str:
    """A token for the page that begins here; it is good for the same query only."""
    return base64.urlsafe_b64encode(f"{start}:{jql}".encode()).decode()


def position(given: str, jql: str) -> int:
    """Where the page of a token begins."""
    if not given:
        return 0
    try:
        start, _, query = base64.urlsafe_b64decode(given).decode().partition(":")
    except ValueError:
        start, query = "", ""
    if not start.isdecimal() or query != jql:
        raise Refusal(400, "The provided next page token is invalid.")
    return int(start)


ROUTES: tuple[Route, ...] = (
    ("GET", "search/jql", search_with_token),
    ("POST", "search/jql", search_with_token),
    ("POST", "search/approximate-count", count),
    ("GET", "search", search_with_start),
    ("POST", "search", search_with_start),
)
