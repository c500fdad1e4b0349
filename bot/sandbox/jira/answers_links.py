"""Answers about what hangs on an issue: remote links, properties, watchers, links to other issues."""

from collections.abc import Mapping

from bot.sandbox.jira.answers_issues import seen
from bot.sandbox.jira.desk import Answer, Ask, Desk, Route
from bot.sandbox.jira.model import RemoteLink
from bot.sandbox.jira.refusal import Refusal, bad_field
from bot.sandbox.jira.seed import LINK_TYPES


def put_remote_link(desk: Desk, ask: Ask) -> Answer:
    """A new remote link, or another version of the one with the same `globalId`, whole."""
    issue = seen(desk, ask)
    body = ask.document()
    target = body.get("object")
    given = target if isinstance(target, Mapping) else {}
    errors = {f"object.{name}": f"'{name}' is required." for name in ("url", "title") if not given.get(name)}
    global_id = body.get("globalId") or ""
    if not isinstance(global_id, str) or len(global_id) > 255:
        errors["globalId"] = "'globalId' cannot be longer than 255 characters."
    if errors:
        raise Refusal(400, errors=errors)
    there = next((link for link in issue.remote_links if global_id and link.global_id == global_id), None)
    document = {name: value for name, value in body.items() if name != "globalId"}
    link = RemoteLink(
        id=there.id if there else desk.site.new_id(), global_id=str(global_id), document=document
    )
    others = tuple(one for one in issue.remote_links if one.id != link.id)
    desk.site.keep(issue, remote_links=(*others, link))
    here = desk.wire.link(f"issue/{issue.key}/remotelink/{link.id}")
    return Answer(status=200 if there else 201, body={"id": int(link.id), "self": here})


def remote_links(desk: Desk, ask: Ask) -> Answer:
    """All remote links, or the one with `globalId`."""
    issue = seen(desk, ask)
    wanted = ask.one("globalId")
    found = [link for link in issue.remote_links if not wanted or link.global_id == wanted]
    if wanted and not found:
        raise Refusal(404, f"The remote link with global id '{wanted}' does not exist.")
    documents = [desk.wire.remote_link(issue.key, link) for link in found]
    return Answer(body=documents[0] if wanted else documents)


def remove_remote_link(desk: Desk, ask: Ask) -> Answer:
    """Remove the remote link with `globalId`."""
    issue = seen(desk, ask)
    left = tuple(link for link in issue.remote_links if link.global_id != ask.one("globalId"))
    if len(left) == len(issue.remote_links):
        raise Refusal(404, "The remote link does not exist.")
    desk.site.keep(issue, remote_links=left)
    return Answer(status=204)


def property_names(desk: Desk, ask: Ask) -> Answer:
    """The names of an issue's properties."""
    issue = seen(desk, ask)
    here = desk.wire.link(f"issue/{issue.key}/properties")
    return Answer(body={"keys": [{"self": f"{here}/{name}", "key": name} for name in issue.properties]})


def one_property(desk: Desk, ask: Ask) -> Answer:
    """One property."""
    issue = seen(desk, ask)
    name = ask.params["name"]
    if name not in issue.properties:
        raise Refusal(404, f"The property with key '{name}' does not exist.")
    return Answer(body={"key": name, "value": issue.properties[name]})


def put_property(desk: Desk, ask: Ask) -> Answer:
    """Set a property to any JSON."""
    issue = seen(desk, ask)
    new = desk.site.put_property(issue.key, ask.params["name"], ask.body)
    return Answer(status=201 if new else 200)


def remove_property(desk: Desk, ask: Ask) -> Answer:
    """Remove a property."""
    issue = seen(desk, ask)
    name = ask.params["name"]
    if name not in issue.properties:
        raise Refusal(404, f"The property with key '{name}' does not exist.")
    desk.site.keep(issue, properties={k: v for k, v in issue.properties.items() if k != name})
    return Answer(status=204)


def watchers(desk: Desk, ask: Ask) -> Answer:
    """Who watches an issue."""
    issue = seen(desk, ask)
    people = [desk.wire.user(one) for one in issue.watchers]
    return Answer(
        body={"watchCount": len(people), "isWatching": ask.by in issue.watchers, "watchers": people}
    )


def watch(desk: Desk, ask: Ask) -> Answer:
    """Let somebody watch; the body is a bare JSON string. Twice is once."""
    issue = seen(desk, ask)
    account = _person(desk, ask.body if ask.body is not None else ask.by)
    desk.site.keep(issue, watchers=tuple(dict.fromkeys((*issue.watchers, account))))
    return Answer(status=204)


def unwatch(desk: Desk, ask: Ask) -> Answer:
    """Let somebody stop watching."""
    issue = seen(desk, ask)
    account = _person(desk, ask.one("accountId" if desk.cloud else "username"))
    desk.site.keep(issue, watchers=tuple(one for one in issue.watchers if one != account))
    return Answer(status=204)


def _person(desk: Desk, who: object) -> str:
    for person in desk.site.people.values():
        if who == (person.account_id if desk.cloud else person.name):
            return person.account_id
    raise Refusal(404, "The user does not exist.")


def link(desk: Desk, ask: Ask) -> Answer:
    """Link two issues."""
    _ = ask.by
    body = ask.document()
    kind, inward, outward = (body.get(name) for name in ("type", "inwardIssue", "outwardIssue"))
    if not (isinstance(kind, Mapping) and isinstance(inward, Mapping) and isinstance(outward, Mapping)):
        raise Refusal(400, "A link needs a 'type', an 'inwardIssue' and an 'outwardIssue'.")
    name = str(kind.get("name"))
    if name not in LINK_TYPES:
        raise bad_field("type", f"No issue link type with name '{name}' found.")
    desk.site.link(name, str(inward.get("key")), str(outward.get("key")))
    return Answer(status=201)


ROUTES: tuple[Route, ...] = (
    ("POST", "issue/{key}/remotelink", put_remote_link),
    ("GET", "issue/{key}/remotelink", remote_links),
    ("DELETE", "issue/{key}/remotelink", remove_remote_link),
    ("GET", "issue/{key}/properties", property_names),
    ("GET", "issue/{key}/properties/{name}", one_property),
    ("PUT", "issue/{key}/properties/{name}", put_property),
    ("DELETE", "issue/{key}/properties/{name}", remove_property),
    ("GET", "issue/{key}/watchers", watchers),
    ("POST", "issue/{key}/watchers", watch),
    ("DELETE", "issue/{key}/watchers", unwatch),
    ("POST", "issueLink", link),
)
