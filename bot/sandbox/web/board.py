"""The Jira board and its tickets, as a person sees them."""

from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup, escape

from bot.sandbox.jira.model import Issue, RemoteLink, User
from bot.sandbox.jira.server import JiraServer
from bot.sandbox.web.messages import hue, initials
from bot.sandbox.web.mrkdwn import link
from bot.sandbox.web.reader import Reader
from bot.sandbox.web.wiki import wiki


@dataclass(frozen=True, kw_only=True)
class Card:
    """A ticket on the board."""

    key: str
    summary: str
    kind: str
    priority: str
    labels: tuple[str, ...]
    href: str
    updated: str
    assignee: str
    initials: str
    hue: int
    moves: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Column:
    """A status and the tickets in it; the newest stands on top."""

    name: str
    category: str
    cards: tuple[Card, ...]


@dataclass(frozen=True, kw_only=True)
class Line:
    """A comment, or a line of the history."""

    who: str
    when: str
    words: Markup
    initials: str = ""
    hue: int = 0


@dataclass(frozen=True, kw_only=True)
class Ticket:
    """A ticket on its own page."""

    card: Card
    status: str
    category: str
    reporter: str
    created: str
    resolution: str
    description: Markup
    comments: tuple[Line, ...]
    history: tuple[Line, ...]
    links: tuple[Markup, ...]


class Board:
    """The local Jira for one reader."""

    def __init__(self, jira: JiraServer, reader: Reader) -> None:
        self._jira = jira
        self._reader = reader

    @property
    def hand(self) -> str:
        """The Jira user as whom this person acts; nothing for people without an account there."""
        known = {person.name for person in self._jira.site.people.values() if person.active}
        return self._reader.user.name if self._reader.user.name in known else ""

    @property
    def open(self) -> int:
        """Tickets that are not done."""
        return sum(issue.status.category != "done" for issue in self._jira.issues())

    def columns(self) -> list[Column]:
        """Every status that a project has, in the order of its workflow."""
        statuses = {s.name: s for project in self._jira.site.projects.values() for s in project.statuses}
        issues = sorted(self._jira.issues(), key=lambda issue: issue.updated, reverse=True)
        return [
            Column(
                name=status.name,
                category=status.category,
                cards=tuple(self._card(i) for i in issues if i.status.name == status.name),
            )
            for status in statuses.values()
        ]

    def ticket(self, key: str) -> Ticket:
        """One ticket; `LookupError` when it is not there."""
        issue = self._jira.issue(key)
        return Ticket(
            card=self._card(issue),
            status=issue.status.name,
            category=issue.status.category,
            reporter=self._name(issue.reporter),
            created=self._reader.short(issue.created),
            resolution=issue.resolution or "",
            description=wiki(issue.description, self._reader),
            comments=tuple(
                self._line(each.author, self._reader.short(each.created), wiki(each.body, self._reader))
                for each in issue.comments
            ),
            history=self._history(issue),
            links=tuple(self._link(each) for each in issue.remote_links),
        )

    def _card(self, issue: Issue) -> Card:
        name = self._name(issue.assignee) if issue.assignee else ""
        return Card(
            key=issue.key,
            summary=issue.summary,
            kind=issue.issue_type,
            priority=issue.priority or "",
            labels=issue.labels,
            href=self._reader.room(f"jira/{issue.key}"),
            updated=self._reader.short(issue.updated),
            assignee=name,
            initials=initials(name) if name else "",
            hue=hue(issue.assignee or ""),
            moves=tuple(way.target for way in self._jira.site.transitions(issue)),
        )

    def _history(self, issue: Issue) -> tuple[Line, ...]:
        return tuple(
            self._line(
                each.by,
                self._reader.short(each.at),
                Markup("{}: {} → {}").format(each.field, _short(each.before), _short(each.after)),
            )
            for each in reversed(issue.history)
        )

    def _line(self, who: str, when: str, words: Markup) -> Line:
        name = self._name(who)
        return Line(who=name, when=when, words=words, initials=initials(name), hue=hue(who))

    def _link(self, remote: RemoteLink) -> Markup:
        shown = remote.document.get("object")
        there: Mapping[str, object] = shown if isinstance(shown, Mapping) else {}
        url = str(there.get("url") or "")
        return link(url, escape(str(there.get("title") or url)), self._reader)

    def _name(self, account: str) -> str:
        found: User | None = self._jira.site.people.get(account)
        return found.display_name if found else account


def _short(value: str | None) -> str:
    words = " ".join((value or "nothing").split())
    return words if len(words) <= 60 else f"{words[:59]}…"
