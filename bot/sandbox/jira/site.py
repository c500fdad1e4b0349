"""The state of a sandbox Jira: what people and programs do to its issues, by Jira's rules.

No HTTP here. Every change makes a new `Issue`; the old ones stay, so that an index can lag behind.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import TypedDict, Unpack

from bot.clock import Clock
from bot.sandbox.jira import fields as reading
from bot.sandbox.jira.changes import check_property, differences, linked, patched
from bot.sandbox.jira.model import (
    Change,
    Comment,
    Event,
    FieldDef,
    Flavour,
    Issue,
    IssueType,
    Project,
    RemoteLink,
    Transition,
    User,
)
from bot.sandbox.jira.refusal import Refusal, bad_field, no_such_issue


class IssueChanges(TypedDict, total=False):
    """Attributes that a change may replace without leaving a line in the history."""

    comments: tuple[Comment, ...]
    properties: Mapping[str, object]
    remote_links: tuple[RemoteLink, ...]
    watchers: tuple[str, ...]


class Site:
    """One Jira: its projects, its people, its issues, and those who want to be told of changes."""

    def __init__(
        self, clock: Clock, flavour: Flavour, projects: Iterable[Project], people: Iterable[User]
    ) -> None:
        self.clock = clock
        self.flavour = flavour
        self.projects = {project.key: project for project in projects}
        self.people = {person.account_id: person for person in people}
        self.index_lag = timedelta()
        self._versions: dict[str, list[tuple[datetime, Issue | None]]] = {}
        self._ids = count(10_000)
        self._numbers: dict[str, int] = {}
        self._listeners: list[Callable[[Event], None]] = []

    # What is there

    def person(self, who: str) -> User:
        """The person with this account id, user name or e-mail address."""
        for person in self.people.values():
            if who in {person.account_id, person.name, person.email}:
                return person
        raise LookupError(f"nobody is called {who!r}")

    def project(self, key_or_id: object) -> Project:
        """A project by key or id; archived ones are not there."""
        for project in self.projects.values():
            if key_or_id in {project.key, project.id} and not project.archived:
                return project
        raise Refusal(404, f"No project could be found with key '{key_or_id}'.")

    def issues(self) -> list[Issue]:
        """All issues as they stand, oldest first."""
        return [issue for past in self._versions.values() if (issue := past[-1][1]) is not None]

    def issue(self, key_or_id: str) -> Issue:
        """An issue as it stands, by key (any case) or id."""
        for issue in self.issues():
            if issue.key == key_or_id.upper() or issue.id == key_or_id:
                return issue
        raise no_such_issue()

    def indexed(self) -> list[Issue]:
        """All issues as the search index knows them: as they stood `index_lag` ago."""
        horizon = self.clock.now() - self.index_lag
        found = []
        for past in self._versions.values():
            known = [issue for at, issue in past if at <= horizon]
            if known and known[-1] is not None:
                found.append(known[-1])
        return found

    def transitions(self, issue: Issue) -> list[Transition]:
        """The transitions that are there from the issue's status."""
        ways = self.projects[issue.project].transitions
        return [way for way in ways if way.open_from(issue.status.name)]

    def new_id(self) -> str:
        """An id that nothing else has."""
        return str(next(self._ids))

    def subscribe(self, listener: Callable[[Event], None]) -> None:
        """Call `listener` after every change, with what happened."""
        self._listeners.append(listener)

    # What is done

    def create(
        self, given: Mapping[str, object], by: str, properties: Mapping[str, object] | None = None
    ) -> Issue:
        """A new issue in the first status of its project's workflow."""
        project, kind = self._placed(given)
        accepted = reading.accept(given, kind.screen, self._setting(project), complete=True)
        for name, value in (properties or {}).items():
            check_property(name, value)
        number = self._numbers[project.key] = self._numbers.get(project.key, 0) + 1
        now = self.clock.now()
        issue = Issue(
            id=self.new_id(),
            key=f"{project.key}-{number}",
            project=project.key,
            issue_type=kind.name,
            summary="",
            status=project.statuses[0],
            created=now,
            updated=now,
            reporter=by,
            priority="Medium" if any(field.id == "priority" for field in kind.screen) else None,
            properties=dict(properties or {}),
        )
        issue = patched(issue, accepted)
        self._versions[issue.id] = [(now, issue)]
        self._tell("jira:issue_created", by, issue)
        return issue

    def edit(self, key: str, given: Mapping[str, object], by: str) -> Issue:
        """Set fields that are on the issue's screen."""
        issue = self.issue(key)
        project = self.projects[issue.project]
        kind = next(kind for kind in project.types if kind.name == issue.issue_type)
        accepted = reading.accept(given, kind.screen, self._setting(project), complete=False)
        return self._change(issue, accepted, by)

    def assign(self, key: str, who: Mapping[str, object], by: str) -> Issue:
        """Give the issue to somebody, or to nobody."""
        issue = self.issue(key)
        setting = self._setting(self.projects[issue.project])
        return self._change(issue, {"assignee": reading.assignee(who, setting)}, by)

    def transition(self, key: str, way_id: str, by: str, given: Mapping[str, object] | None = None) -> Issue:
        """Go a way that is open from the issue's status, with the fields of its screen."""
        issue = self.issue(key)
        project = self.projects[issue.project]
        way = next((way for way in self.transitions(issue) if way.id == way_id), None)
        if way is None:
            raise Refusal(400, f"Transition id '{way_id}' is not valid for this issue.")
        accepted = reading.accept(given or {}, way.screen, self._setting(project), complete=True)
        target = project.status(way.target)
        resolution = accepted.pop("resolution", None) or "Done" if target.category == "done" else None
        return self._change(issue, accepted | {"resolution": resolution, "status": target}, by)

    def comment(
        self,
        key: str,
        body: object,
        by: str,
        *,
        internal: bool = False,
        visibility: Mapping[str, object] | None = None,
    ) -> Comment:
        """Say something under an issue."""
        issue = self.issue(key)
        words = reading.text("comment", body)
        if not words.strip():
            raise bad_field("comment", "Comment body can not be empty!")
        now = self.clock.now()
        comment = Comment(
            id=self.new_id(),
            author=by,
            body=words,
            created=now,
            updated=now,
            internal=internal,
            visibility=visibility,
        )
        changed = self.keep(issue, touch=True, comments=(*issue.comments, comment))
        self._tell("comment_created", by, changed, comment=comment)
        return comment

    def delete(self, key: str, by: str) -> None:
        """Remove an issue; its key is never used again."""
        issue = self.issue(key)
        self._versions[issue.id].append((self.clock.now(), None))
        self._tell("jira:issue_deleted", by, issue)

    def put_property(self, key: str, name: str, value: object) -> bool:
        """Keep a property on an issue, silently; true when it is new."""
        issue = self.issue(key)
        check_property(name, value)
        self.keep(issue, properties={**issue.properties, name: value})
        return name not in issue.properties

    def keep(self, issue: Issue, *, touch: bool = False, **changes: Unpack[IssueChanges]) -> Issue:
        """Store a change that makes no history; `touch` moves `updated`."""
        now = self.clock.now()
        kept = replace(issue, **changes, updated=now if touch else issue.updated)
        self._versions[issue.id].append((now, kept))
        return kept

    def link(self, kind: str, inward: str, outward: str) -> None:
        """Link two issues; the same link twice is one link."""
        first, second = self.issue(inward), self.issue(outward)
        if any(link.kind == kind and link.other == second.key and link.inward for link in first.links):
            return
        number = self.new_id()
        for issue, link in linked(number, kind, first, second):
            changed = replace(issue, links=(*issue.links, link))
            self._versions[issue.id].append((self.clock.now(), changed))

    # How the site itself is changed

    def change_screen(
        self, project: str, kind: str, *, add: Iterable[FieldDef] = (), remove: Iterable[str] = ()
    ) -> None:
        """Put fields on a create screen, or take them off: what an administrator does on a Friday."""
        there = self.projects[project]
        added = tuple(add)
        gone = {*remove, *(field.id for field in added)}
        types = tuple(
            replace(one, screen=(*(field for field in one.screen if field.id not in gone), *added))
            if one.name == kind
            else one
            for one in there.types
        )
        self.projects[project] = replace(there, types=types)

    def change_project(self, changed: Project) -> None:
        """Replace a project's definition: its workflow, its lists, whether it is archived."""
        self.projects[changed.key] = changed

    def _placed(self, given: Mapping[str, object]) -> tuple[Project, IssueType]:
        wanted = given.get("project")
        errors: dict[str, str] = {}
        project: Project | None = None
        if isinstance(wanted, Mapping):
            try:
                project = self.project(wanted.get("key") or wanted.get("id"))
            except Refusal:
                project = None
        if project is None:
            cloud = self.flavour is Flavour.CLOUD
            errors["project"] = "Specify a valid project ID or key" if cloud else "valid project is required"
            raise Refusal(400, errors=errors)
        kind = given.get("issuetype")
        for one in project.types:
            if isinstance(kind, Mapping) and (kind.get("id") == one.id or kind.get("name") == one.name):
                return project, one
        raise bad_field("issuetype", "Specify a valid issue type" if kind else "Specify an issue type")

    def _setting(self, project: Project) -> reading.Setting:
        return reading.Setting(flavour=self.flavour, project=project, people=self.people)

    def _change(self, issue: Issue, accepted: Mapping[str, object], by: str) -> Issue:
        now = self.clock.now()
        changed = patched(issue, accepted)
        changes = tuple(differences(issue, changed, now, by))
        if not changes:
            return issue
        changed = replace(changed, updated=now, history=(*issue.history, *changes))
        self._versions[issue.id].append((now, changed))
        self._tell("jira:issue_updated", by, changed, changes=changes)
        return changed

    def _tell(
        self,
        kind: str,
        by: str,
        issue: Issue,
        *,
        changes: tuple[Change, ...] = (),
        comment: Comment | None = None,
    ) -> None:
        event = Event(at=self.clock.now(), kind=kind, by=by, issue=issue, changes=changes, comment=comment)
        for listener in self._listeners:
            listener(event)
