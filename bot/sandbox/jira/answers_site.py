"""Answers about the site: who am I, its fields, priorities, statuses, projects, create screens, people."""

from collections.abc import Sequence

from bot.sandbox.jira.desk import Answer, Ask, Desk, Route
from bot.sandbox.jira.model import IssueType, Project, User
from bot.sandbox.jira.refusal import Refusal, no_such_issue
from bot.sandbox.jira.seed import LINK_TYPES, PRIORITIES, RESOLUTIONS
from bot.sandbox.jira.wire import stamp


def server_info(desk: Desk, _: Ask) -> Answer:
    """Which Jira this is; strangers may know."""
    numbers = [1001, 0, 0] if desk.cloud else [10, 3, 1]
    return Answer(
        body={
            "baseUrl": desk.wire.link("")[: -len("/rest/api/2/")],
            "version": "1001.0.0-SNAPSHOT" if desk.cloud else "10.3.1",
            "versionNumbers": numbers,
            "deploymentType": "Cloud" if desk.cloud else "Data Center",
            "serverTime": stamp(desk.site.clock.now()),
            "serverTitle": "Jira (sandbox)",
        }
    )


def myself(desk: Desk, ask: Ask) -> Answer:
    """The account that asks: the only sure proof of a token."""
    if ask.user is None:
        raise unauthenticated()
    return Answer(body=desk.wire.user(ask.user))


def unauthenticated() -> Refusal:
    """Nobody in particular is asking."""
    return Refusal(401, "Client must be authenticated to access this resource.")


def fields(desk: Desk, _: Ask) -> Answer:
    """All fields of the site, each once."""
    seen: dict[str, object] = {}
    for project in desk.site.projects.values():
        for kind in project.types:
            for field in kind.screen:
                custom = field.id.startswith("customfield_")
                names = [field.name.casefold()] + ([f"cf[{field.id[12:]}]"] if custom else [])
                seen[field.id] = {
                    "id": field.id,
                    "key": field.id,
                    "name": field.name,
                    "custom": custom,
                    "clauseNames": names,
                    "schema": {"type": field.kind},
                }
    for name, label in (("status", "Status"), ("created", "Created"), ("updated", "Updated")):
        seen[name] = {"id": name, "key": name, "name": label, "custom": False, "clauseNames": [name]}
    return Answer(body=list(seen.values()))


def priorities(desk: Desk, _: Ask) -> Answer:
    """All priorities."""
    return Answer(body=[desk.wire.option("priority", one.name, PRIORITIES) for one in PRIORITIES])


def resolutions(desk: Desk, _: Ask) -> Answer:
    """All resolutions."""
    return Answer(body=[desk.wire.option("resolution", one.name, RESOLUTIONS) for one in RESOLUTIONS])


def statuses(desk: Desk, _: Ask) -> Answer:
    """All statuses, each once."""
    found = {one.id: one for project in desk.site.projects.values() for one in project.statuses}
    return Answer(body=[desk.wire.status(one) for one in found.values()])


def link_types(_: Desk, __: Ask) -> Answer:
    """All types of links between issues."""
    kinds = [
        {"id": str(10000 + number), "name": name, "inward": inward, "outward": outward}
        for number, (name, (inward, outward)) in enumerate(LINK_TYPES.items())
    ]
    return Answer(body={"issueLinkTypes": kinds})


def visible_project(desk: Desk, ask: Ask) -> Project:
    """The project in the path, when it is there for the one who asks."""
    if ask.user is None:
        raise Refusal(404, f"No project could be found with key '{ask.params['project']}'.")
    return desk.site.project(ask.params["project"])


def projects(desk: Desk, ask: Ask) -> Answer:
    """All projects that may be seen."""
    if ask.user is None:
        return Answer(body=[])
    return Answer(body=[desk.wire.project(one) for one in desk.site.projects.values() if not one.archived])


def project(desk: Desk, ask: Ask) -> Answer:
    """One project."""
    return Answer(body=desk.wire.full_project(visible_project(desk, ask)))


def project_statuses(desk: Desk, ask: Ask) -> Answer:
    """The statuses of each type of issue in a project."""
    there = visible_project(desk, ask)
    columns = [desk.wire.status(status) for status in there.statuses]
    return Answer(body=[{**desk.wire.issue_type(kind), "statuses": columns} for kind in there.types])


def old_create_screens(desk: Desk, _: Ask) -> Answer:
    """The createmeta of old, which neither Jira has any more."""
    if desk.cloud:
        raise Refusal(410, "The requested API has been removed. Please use the newer, paginated createmeta.")
    raise no_such_issue()


def create_types(desk: Desk, ask: Ask) -> Answer:
    """The types of issue that can be created in a project."""
    kinds = [desk.wire.issue_type(kind) for kind in visible_project(desk, ask).types]
    return page(ask, kinds, "issueTypes" if desk.cloud else "values")


def create_screen(desk: Desk, ask: Ask) -> Answer:
    """The fields of the create screen of one type."""
    there = visible_project(desk, ask)
    kind = next((kind for kind in there.types if kind.id == ask.params["type"]), None)
    if kind is None:
        raise Refusal(404, "The issue type could not be found in this project.")
    return page(ask, screen(desk, kind, there), "fields" if desk.cloud else "values")


def screen(desk: Desk, kind: IssueType, there: Project) -> list[dict[str, object]]:
    """A create screen as documents."""
    return [desk.wire.field(field, there) for field in kind.screen]


def page(ask: Ask, items: Sequence[object], key: str) -> Answer:
    """The part of a list that was asked for by startAt and maxResults."""
    start = ask.number("startAt", 0)
    size = min(ask.number("maxResults", 50), 200)
    part = items[start : start + size]
    document = {"startAt": start, "maxResults": size, "total": len(items), key: list(part)}
    return Answer(body=document | {"isLast": start + size >= len(items)})


def search_people(desk: Desk, ask: Ask) -> Answer:
    """People whose name or address begins with the query: `query` on Cloud, `username` on Data Center."""
    return Answer(body=[desk.wire.user(one.account_id) for one in matching(desk, ask)])


def assignable_people(desk: Desk, ask: Ask) -> Answer:
    """The same, of those who can be given an issue of a project."""
    if not ask.one("project") and not ask.one("issueKey"):
        raise Refusal(400, "Either the 'project' or the 'issueKey' query parameter must be provided.")
    if ask.one("issueKey"):
        desk.site.issue(ask.one("issueKey"))
    else:
        desk.site.project(ask.one("project"))
    people = [one for one in matching(desk, ask, required=False) if one.assignable and one.active]
    return Answer(body=[desk.wire.user(one.account_id) for one in people])


def matching(desk: Desk, ask: Ask, *, required: bool = True) -> list[User]:
    """People that the query means, in a stable order."""
    if ask.user is None:
        raise unauthenticated()
    name = "query" if desk.cloud else "username"
    wanted = ask.one(name).casefold()
    if required and name not in ask.query:
        raise Refusal(400, f"The {name} query parameter was not provided")
    people = desk.site.people.values()
    found = [
        one
        for one in people
        if any(part.casefold().startswith(wanted) for part in (one.name, one.email, one.display_name))
    ]
    start = ask.number("startAt", 0)
    return found[start : start + min(ask.number("maxResults", 50), 1000)]


ROUTES: tuple[Route, ...] = (
    ("GET", "serverInfo", server_info),
    ("GET", "myself", myself),
    ("GET", "field", fields),
    ("GET", "priority", priorities),
    ("GET", "resolution", resolutions),
    ("GET", "status", statuses),
    ("GET", "issueLinkType", link_types),
    ("GET", "project", projects),
    ("GET", "project/{project}", project),
    ("GET", "project/{project}/statuses", project_statuses),
    ("GET", "issue/createmeta", old_create_screens),
    ("GET", "issue/createmeta/{project}/issuetypes", create_types),
    ("GET", "issue/createmeta/{project}/issuetypes/{type}", create_screen),
    ("GET", "user/search", search_people),
    ("GET", "user/assignable/search", assignable_people),
)
