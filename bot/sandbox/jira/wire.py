"""How things look in Jira's JSON, in both flavours."""

from collections.abc import Iterable
from datetime import datetime

from bot.sandbox.jira.model import (
    Change,
    Comment,
    FieldDef,
    Flavour,
    Issue,
    IssueType,
    Link,
    Option,
    Project,
    RemoteLink,
    Status,
    Transition,
    User,
)
from bot.sandbox.jira.seed import LINK_TYPES, PRIORITIES, RESOLUTIONS
from bot.sandbox.jira.site import Site

Json = dict[str, object]
_CATEGORY = {
    "new": (2, "To Do", "blue-gray"),
    "indeterminate": (4, "In Progress", "yellow"),
    "done": (3, "Done", "green"),
}


def stamp(at: datetime) -> str:
    """An instant in Jira's own form, with milliseconds and no colon in the offset."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}+0000"


class Wire:
    """Turns what is on a site into documents. `root` is the address of the site."""

    def __init__(self, site: Site, root: str) -> None:
        self._site = site
        self._root = root

    @property
    def cloud(self) -> bool:
        """Whether this is a Cloud site."""
        return self._site.flavour is Flavour.CLOUD

    def link(self, path: str) -> str:
        """The address of a thing in the API."""
        return f"{self._root}/rest/api/2/{path}"

    def user(self, account_id: str | None) -> Json | None:
        """A person; Cloud hides user names and most addresses."""
        if account_id is None:
            return None
        person: User = self._site.people[account_id]
        common: Json = {
            "displayName": person.display_name,
            "active": person.active,
            "emailAddress": person.email,
            "timeZone": "Etc/UTC",
        }
        if self.cloud:
            here = self.link(f"user?accountId={account_id}")
            return {"self": here, "accountId": account_id, "accountType": "atlassian", **common}
        here = self.link(f"user?username={person.name}")
        return {"self": here, "name": person.name, "key": person.name, **common}

    def status(self, status: Status) -> Json:
        """A status with its category."""
        number, name, colour = _CATEGORY[status.category]
        category = {"id": number, "key": status.category, "name": name, "colorName": colour}
        here = self.link(f"status/{status.id}")
        return {"self": here, "id": status.id, "name": status.name, "statusCategory": category}

    def option(self, kind: str, name: str | None, options: Iterable[Option]) -> Json | None:
        """A priority, resolution, component or level by name."""
        for option in options:
            if option.name == name:
                return {"self": self.link(f"{kind}/{option.id}"), "id": option.id, "name": option.name}
        return None

    def project(self, project: Project) -> Json:
        """A project as an issue shows it."""
        here = self.link(f"project/{project.id}")
        kind = "service_desk" if project.service_desk else "software"
        return {
            "self": here,
            "id": project.id,
            "key": project.key,
            "name": project.name,
            "projectTypeKey": kind,
        }

    def full_project(self, project: Project) -> Json:
        """A project as it shows itself."""
        components = [self.option("component", one.name, project.components) for one in project.components]
        types = [self.issue_type(kind) for kind in project.types]
        return {
            **self.project(project),
            "components": components,
            "issueTypes": types,
            "archived": project.archived,
        }

    def issue_type(self, kind: IssueType) -> Json:
        """A type of issue."""
        here = self.link(f"issuetype/{kind.id}")
        return {"self": here, "id": kind.id, "name": kind.name, "subtask": kind.subtask}

    def field(self, field: FieldDef, project: Project) -> Json:
        """A field of a create screen or of a transition's screen."""
        schema: Json = {"type": "array" if field.kind == "components" else field.kind}
        schema |= {"custom" if field.id.startswith("customfield_") else "system": field.id}
        document: Json = {
            "fieldId": field.id,
            "key": field.id,
            "name": field.name,
            "required": field.required,
            "hasDefaultValue": field.has_default,
            "schema": schema,
            "operations": ["add", "set", "remove"] if field.kind == "array" else ["set"],
        }
        allowed = {"components": project.components, "security": project.security_levels}.get(
            field.id, field.allowed
        )
        if allowed:
            named = "value" if field.kind == "option" else "name"
            document["allowedValues"] = [{"id": one.id, named: one.name} for one in allowed]
        return document

    def transition(self, way: Transition, project: Project, *, fields: bool) -> Json:
        """A transition, with its screen when asked."""
        document: Json = {
            "id": way.id,
            "name": way.name,
            "to": self.status(project.status(way.target)),
            "hasScreen": bool(way.screen),
            "isGlobal": not way.sources,
            "isInitial": False,
            "isAvailable": True,
            "isConditional": False,
        }
        if fields:
            document["fields"] = {field.id: self.field(field, project) for field in way.screen}
        return document

    def comment(self, key: str, comment: Comment) -> Json:
        """A comment."""
        document: Json = {
            "self": self.link(f"issue/{key}/comment/{comment.id}"),
            "id": comment.id,
            "author": self.user(comment.author),
            "body": comment.body,
            "created": stamp(comment.created),
            "updated": stamp(comment.updated),
            "jsdPublic": not comment.internal,
        }
        return document | ({"visibility": comment.visibility} if comment.visibility else {})

    def remote_link(self, key: str, link: RemoteLink) -> Json:
        """A link to something outside."""
        here = self.link(f"issue/{key}/remotelink/{link.id}")
        return {"id": int(link.id), "self": here, "globalId": link.global_id, **link.document}

    def issue_link(self, link: Link) -> Json:
        """A link to another issue."""
        inward, outward = LINK_TYPES[link.kind]
        side = "outwardIssue" if link.inward else "inwardIssue"
        kind = {"name": link.kind, "inward": inward, "outward": outward}
        return {"id": link.id, "type": kind, side: {"key": link.other}}

    def change(self, change: Change) -> Json:
        """One item of a change log."""
        return {
            "field": change.field,
            "fieldId": change.field,
            "fieldtype": "custom" if change.field.startswith("customfield_") else "jira",
            "from": self._as_id(change.field, change.before),
            "fromString": self._as_words(change.field, change.before),
            "to": self._as_id(change.field, change.after),
            "toString": self._as_words(change.field, change.after),
        }

    def issue(self, issue: Issue, wanted: Iterable[str] | None = None) -> Json:
        """An issue, with all fields or the wanted ones (`*all`, `*navigable`, or names)."""
        fields = self._fields(issue)
        names = set(wanted or ("*all",))
        if not names & {"*all", "*navigable"}:
            fields = {name: value for name, value in fields.items() if name in names}
        here = self.link(f"issue/{issue.id}")
        return {"id": issue.id, "self": here, "key": issue.key, "fields": fields}

    def _fields(self, issue: Issue) -> Json:
        project = self._site.projects[issue.project]
        kind = next(kind for kind in project.types if kind.name == issue.issue_type)
        comments = [self.comment(issue.key, comment) for comment in issue.comments]
        return {
            "summary": issue.summary,
            "description": issue.description or None,
            "status": self.status(issue.status),
            "project": self.project(project),
            "issuetype": self.issue_type(kind),
            "priority": self.option("priority", issue.priority, PRIORITIES),
            "resolution": self.option("resolution", issue.resolution, RESOLUTIONS),
            "labels": list(issue.labels),
            "components": [self.option("component", name, project.components) for name in issue.components],
            "security": self.option("securitylevel", issue.security, project.security_levels),
            "assignee": self.user(issue.assignee),
            "reporter": self.user(issue.reporter),
            "created": stamp(issue.created),
            "updated": stamp(issue.updated),
            "comment": {
                "comments": comments,
                "maxResults": len(comments),
                "total": len(comments),
                "startAt": 0,
            },
            "issuelinks": [self.issue_link(link) for link in issue.links],
            **issue.custom,
        }

    def _as_id(self, field: str, value: str | None) -> str | None:
        if field == "status":
            ids = {s.name: s.id for project in self._site.projects.values() for s in project.statuses}
            return ids.get(value or "")
        return value if field == "assignee" else None

    def _as_words(self, field: str, value: str | None) -> str | None:
        if field == "assignee" and value is not None:
            return self._site.people[value].display_name
        return value
