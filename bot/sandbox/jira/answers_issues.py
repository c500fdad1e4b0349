"""Answers about issues: create, read, edit, assign, comment, move."""

from collections.abc import Mapping

from bot.sandbox.jira.answers_site import page, unauthenticated
from bot.sandbox.jira.desk import Answer, Ask, Desk, Route
from bot.sandbox.jira.fields import label
from bot.sandbox.jira.model import Issue
from bot.sandbox.jira.refusal import Refusal, bad_field, no_such_issue
from bot.sandbox.jira.seed import ROLES
from bot.sandbox.jira.wire import stamp


def seen(desk: Desk, ask: Ask) -> Issue:
    """The issue in the path; for strangers there is none."""
    if ask.user is None:
        raise no_such_issue() if ask.method == "GET" else unauthenticated()
    return desk.site.issue(ask.params["key"])


def names(values: tuple[str, ...]) -> list[str]:
    """A list given as repeated or comma-separated parameters."""
    return [name for value in values for name in value.split(",") if name]


def create(desk: Desk, ask: Ask) -> Answer:
    """A new issue; `properties` may come with it."""
    by = ask.by
    body = ask.document()
    fields = body.get("fields")
    if not isinstance(fields, Mapping):
        raise Refusal(400, "one of 'fields' or 'update' required")
    issue = desk.site.create(fields, by, properties(body.get("properties", [])))
    here = desk.wire.link(f"issue/{issue.id}")
    return Answer(status=201, body={"id": issue.id, "key": issue.key, "self": here})


def properties(given: object) -> dict[str, object]:
    """Properties as a create body has them: a list of keys and values."""
    if not isinstance(given, list) or not all(isinstance(one, Mapping) and "key" in one for one in given):
        raise Refusal(400, "The properties must be a list of objects with a key and a value.")
    return {one["key"]: one.get("value") for one in given}


def read(desk: Desk, ask: Ask) -> Answer:
    """An issue, always as it stands now."""
    issue = seen(desk, ask)
    document = desk.wire.issue(issue, names(ask.query.get("fields", ())))
    if "changelog" in names(ask.query.get("expand", ())):
        histories = [
            {
                "created": stamp(change.at),
                "author": desk.wire.user(change.by),
                "items": [desk.wire.change(change)],
            }
            for change in reversed(issue.history)
        ]
        document["changelog"] = {"histories": histories, "total": len(histories)}
    wanted = names(ask.query.get("properties", ()))
    if wanted:
        document["properties"] = {
            name: value for name, value in issue.properties.items() if name in wanted or "*all" in wanted
        }
    return Answer(body=document)


def edit(desk: Desk, ask: Ask) -> Answer:
    """Set fields, or add and remove labels."""
    issue = seen(desk, ask)
    body = ask.document()
    fields, update = body.get("fields", {}), body.get("update", {})
    if not isinstance(fields, Mapping) or not isinstance(update, Mapping) or not (fields or update):
        raise Refusal(400, "one of 'fields' or 'update' required")
    changed = dict(fields)
    for name, steps in update.items():
        if name in fields:
            raise bad_field(name, f"Field '{name}' cannot appear in both 'fields' and 'update'")
        changed[name] = updated(issue, name, steps)
    desk.site.edit(issue.key, changed, ask.by)
    return Answer(status=204)


def updated(issue: Issue, name: str, steps: object) -> object:
    """The value of a field after `add`, `remove` and `set` steps."""
    if not isinstance(steps, list) or not all(isinstance(step, Mapping) and len(step) == 1 for step in steps):
        raise bad_field(name, "data was not an array of operations")
    value: object = list(issue.labels) if name == "labels" else None
    for step in steps:
        ((verb, given),) = step.items()
        if verb == "set":
            value = given
        elif name == "labels" and verb in {"add", "remove"} and isinstance(value, list):
            value = [one for one in value if one != given] + ([label(given)] if verb == "add" else [])
        else:
            raise bad_field(
                name, f"Field with id '{name}' and name '{name}' does not support operation '{verb}'"
            )
    return value


def remove(desk: Desk, ask: Ask) -> Answer:
    """Delete an issue."""
    desk.site.delete(seen(desk, ask).key, ask.by)
    return Answer(status=204)


def assign(desk: Desk, ask: Ask) -> Answer:
    """Give an issue to somebody."""
    desk.site.assign(seen(desk, ask).key, ask.document(), ask.by)
    return Answer(status=204)


def transitions(desk: Desk, ask: Ask) -> Answer:
    """The transitions that are there now, with their screens when asked."""
    issue = seen(desk, ask)
    project = desk.site.projects[issue.project]
    screens = "transitions.fields" in names(ask.query.get("expand", ()))
    ways = [desk.wire.transition(way, project, fields=screens) for way in desk.site.transitions(issue)]
    return Answer(body={"expand": "transitions", "transitions": ways})


def move(desk: Desk, ask: Ask) -> Answer:
    """Do a transition."""
    issue = seen(desk, ask)
    body = ask.document()
    way = body.get("transition")
    if not isinstance(way, Mapping) or "id" not in way:
        raise Refusal(400, "Missing 'transition' identifier.")
    fields = body.get("fields", {})
    if not isinstance(fields, Mapping):
        raise Refusal(400, "'fields' must be an object")
    desk.site.transition(issue.key, str(way["id"]), ask.by, fields)
    return Answer(status=204)


def add_comment(desk: Desk, ask: Ask) -> Answer:
    """Say something; `sd.public.comment` with `internal` hides it from a service desk's customers."""
    issue = seen(desk, ask)
    body = ask.document()
    visibility = body.get("visibility")
    if visibility is not None and not (isinstance(visibility, Mapping) and visibility.get("value") in ROLES):
        raise bad_field("commentLevel", "Role does not exist or you do not have permission to use it.")
    internal = properties(body.get("properties", [])).get("sd.public.comment")
    hidden = isinstance(internal, Mapping) and internal.get("internal") in {True, "true"}
    comment = desk.site.comment(issue.key, body.get("body"), ask.by, internal=hidden, visibility=visibility)
    return Answer(status=201, body=desk.wire.comment(issue.key, comment))


def comments(desk: Desk, ask: Ask) -> Answer:
    """Comments, oldest first, or newest first with `orderBy=-created`."""
    issue = seen(desk, ask)
    order = ask.one("orderBy", "created")
    if order not in {"created", "+created", "-created"}:
        raise Refusal(400, f"Ordering by '{order}' is not supported.")
    there = list(reversed(issue.comments)) if order == "-created" else list(issue.comments)
    return page(ask, [desk.wire.comment(issue.key, comment) for comment in there], "comments")


def one_comment(desk: Desk, ask: Ask) -> Answer:
    """One comment."""
    issue = seen(desk, ask)
    for comment in issue.comments:
        if comment.id == ask.params["comment"]:
            return Answer(body=desk.wire.comment(issue.key, comment))
    raise Refusal(404, f"Can not find a comment for the id: {ask.params['comment']}.")


ROUTES: tuple[Route, ...] = (
    ("POST", "issue", create),
    ("GET", "issue/{key}", read),
    ("PUT", "issue/{key}", edit),
    ("DELETE", "issue/{key}", remove),
    ("PUT", "issue/{key}/assignee", assign),
    ("GET", "issue/{key}/transitions", transitions),
    ("POST", "issue/{key}/transitions", move),
    ("POST", "issue/{key}/comment", add_comment),
    ("GET", "issue/{key}/comment", comments),
    ("GET", "issue/{key}/comment/{comment}", one_comment),
)
