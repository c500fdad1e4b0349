"""The things of a Jira: projects, fields, workflows, people, and issues with their past."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Flavour(StrEnum):
    """The two Jiras that exist."""

    CLOUD = "Cloud"
    DATA_CENTER = "Data Center"


@dataclass(frozen=True, kw_only=True)
class User:
    """A person, or the account of a program."""

    account_id: str
    name: str
    email: str
    display_name: str
    active: bool = True
    assignable: bool = True
    secret: str | None = None
    """The API token (Cloud) or access token (Data Center); None for those who only use the browser."""


@dataclass(frozen=True, kw_only=True)
class Option:
    """One value of a list: a priority, a component, a resolution, a security level."""

    id: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Status:
    """A column of the board. `category` is `new`, `indeterminate` or `done`."""

    id: str
    name: str
    category: str


@dataclass(frozen=True, kw_only=True)
class FieldDef:
    """A field on a screen. `kind` is the type in its schema, such as `string`, `option` or `array`."""

    id: str
    name: str
    kind: str = "string"
    required: bool = False
    has_default: bool = False
    allowed: tuple[Option, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Transition:
    """A way from one of `sources` to `target`; no sources means from everywhere."""

    id: str
    name: str
    target: str
    sources: tuple[str, ...] = ()
    screen: tuple[FieldDef, ...] = ()

    def open_from(self, status: str) -> bool:
        """Whether the button is there for an issue in this status."""
        return not self.sources or status in self.sources


@dataclass(frozen=True, kw_only=True)
class IssueType:
    """A type of issue and its create screen."""

    id: str
    name: str
    screen: tuple[FieldDef, ...]
    subtask: bool = False


@dataclass(frozen=True, kw_only=True)
class Project:
    """A project with its types, its lists and its workflow."""

    id: str
    key: str
    name: str
    types: tuple[IssueType, ...]
    statuses: tuple[Status, ...]
    transitions: tuple[Transition, ...]
    components: tuple[Option, ...] = ()
    security_levels: tuple[Option, ...] = ()
    lead: str = ""
    archived: bool = False
    service_desk: bool = False

    def status(self, name: str) -> Status:
        """The status of this name; names do not care about case."""
        return next(status for status in self.statuses if status.name.casefold() == name.casefold())


@dataclass(frozen=True, kw_only=True)
class Comment:
    """A comment on an issue."""

    id: str
    author: str
    body: str
    created: datetime
    updated: datetime
    internal: bool = False
    visibility: Mapping[str, object] | None = None


@dataclass(frozen=True, kw_only=True)
class RemoteLink:
    """A link to something outside; `global_id` makes writing it again an update."""

    id: str
    global_id: str
    document: Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class Link:
    """A link to another issue, seen from this one."""

    id: str
    kind: str
    other: str
    inward: bool


@dataclass(frozen=True, kw_only=True)
class Change:
    """One line of an issue's history."""

    at: datetime
    by: str
    field: str
    before: str | None
    after: str | None


@dataclass(frozen=True, kw_only=True)
class Issue:
    """An issue as it stands. People are account ids."""

    id: str
    key: str
    project: str
    issue_type: str
    summary: str
    status: Status
    created: datetime
    updated: datetime
    reporter: str
    description: str = ""
    priority: str | None = None
    labels: tuple[str, ...] = ()
    components: tuple[str, ...] = ()
    assignee: str | None = None
    security: str | None = None
    resolution: str | None = None
    custom: Mapping[str, object] = field(default_factory=dict)
    comments: tuple[Comment, ...] = ()
    properties: Mapping[str, object] = field(default_factory=dict)
    remote_links: tuple[RemoteLink, ...] = ()
    links: tuple[Link, ...] = ()
    watchers: tuple[str, ...] = ()
    history: tuple[Change, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened to an issue: what webhooks, the journal and a board are told."""

    at: datetime
    kind: str
    by: str
    issue: Issue
    changes: tuple[Change, ...] = ()
    comment: Comment | None = None
