"""What the fields and values of a JQL query mean on this site, and which of them do not exist."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.sandbox.jira.model import Issue
from bot.sandbox.jira.refusal import Refusal
from bot.sandbox.jira.seed import PRIORITIES, RESOLUTIONS
from bot.sandbox.jira.site import Site

FIELDS: Mapping[str, str] = {
    **{
        name: name
        for name in ("project", "labels", "status", "priority", "assignee", "reporter", "resolution")
    },
    **{name: name for name in ("summary", "description", "text", "created", "updated", "id", "component")},
    **dict.fromkeys(("key", "issue", "issuekey"), "key"),
    **dict.fromkeys(("issuetype", "type"), "issuetype"),
    "statuscategory": "statusCategory",
    "createddate": "created",
    "updateddate": "updated",
}
DATES = frozenset({"created", "updated"})
TEXTS = frozenset({"summary", "description", "text"})
CATEGORIES = {
    "to do": "new",
    "in progress": "indeterminate",
    "done": "done",
    "new": "new",
    "indeterminate": "indeterminate",
}
UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes"}
Test = Callable[[Issue], bool]


@dataclass(frozen=True, kw_only=True)
class Meaning:
    """Who asks, and of which site."""

    site: Site
    user: str

    def call(self, name: str) -> str:
        """The value of a JQL function."""
        if name.casefold() == "currentuser":
            return self.user
        if name.casefold() == "now":
            return self.site.clock.now().isoformat()
        raise Refusal(400, f"Unable to find JQL function '{name}()'.")

    def known(self, field: str, value: str) -> str:
        """The value in the form that issues carry; raises what Jira says of one that does not exist."""
        folded = value.casefold()
        for candidate, stored in self._candidates(field):
            if folded == candidate.casefold():
                return stored
        if field == "key":
            raise Refusal(400, f"An issue with key '{value}' does not exist for field 'key'.")
        raise Refusal(400, f"The value '{value}' does not exist for the field '{field}'.")

    def _candidates(self, field: str) -> list[tuple[str, str]]:
        site = self.site
        projects = [project for project in site.projects.values() if not project.archived]
        people = [(one.account_id, one.name, one.email) for one in site.people.values()]
        issues = [(one.key, one.id) for one in site.issues()]
        named: dict[str, Sequence[tuple[str, ...]]] = {
            "project": [(one.key, one.name, one.id) for one in projects],
            "status": [(one.name, one.id) for project in projects for one in project.statuses],
            "issuetype": [(one.name, one.id) for project in projects for one in project.types],
            "component": [(one.name, one.id) for project in projects for one in project.components],
            "priority": [(one.name, one.id) for one in PRIORITIES],
            "resolution": [(one.name, one.id) for one in RESOLUTIONS],
            "statusCategory": [(category, name) for name, category in CATEGORIES.items()],
            "assignee": people,
            "reporter": people,
            "key": issues,
            "id": issues,
        }
        return [(name, names[0]) for names in named[field] for name in names]


def carried(issue: Issue, field: str) -> tuple[str, ...]:
    """The values of a field that an issue carries; none when it is empty."""
    renamed: dict[str, tuple[str, ...]] = {
        "labels": issue.labels,
        "component": issue.components,
        "status": (issue.status.name,),
        "statusCategory": (issue.status.category,),
        "issuetype": (issue.issue_type,),
        "id": (issue.key,),
    }
    if field in renamed:
        return renamed[field]
    value = getattr(issue, field)
    return (value,) if value else ()


def compare(
    field: str, operator: str, values: Sequence[str], meaning: Meaning, *, negated: bool = False
) -> Test:
    """The test that one clause makes."""
    if operator == "empty":
        return lambda issue: (not carried(issue, field)) is not negated
    if operator in {"!=", "!~"}:
        operator, negated = {"!=": "in", "!~": "~"}[operator], True
    if field in DATES:
        return _dated(field, operator, values, meaning)
    if (operator == "~") is not (field in TEXTS) or operator in {"<", ">", "<=", ">="}:
        raise Refusal(400, f"The operator '{operator}' is not supported by the '{field}' field.")
    if field in TEXTS:
        return _worded(field, values[0], negated=negated)
    wanted = set(values) if field == "labels" else {meaning.known(field, value) for value in values}
    if negated:
        return lambda issue: bool(carried(issue, field)) and not wanted & set(carried(issue, field))
    return lambda issue: bool(wanted & set(carried(issue, field)))


def _worded(field: str, phrase: str, *, negated: bool) -> Test:
    wanted = phrase.casefold().split()

    def matches(issue: Issue) -> bool:
        texts = {"summary": issue.summary, "description": issue.description}
        if field == "text":
            texts["comments"] = " ".join(comment.body for comment in issue.comments)
        else:
            texts = {field: texts[field]}
        said = " ".join(texts.values()).casefold()
        return all(word in said for word in wanted) is not negated

    return matches


def _dated(field: str, operator: str, values: Sequence[str], meaning: Meaning) -> Test:
    limits = [instant(field, value, meaning) for value in values]

    def matches(issue: Issue) -> bool:
        at: datetime = issue.created if field == "created" else issue.updated
        first = limits[0]
        match operator:
            case ">":
                return at > first
            case ">=":
                return at >= first
            case "<":
                return at < first
            case "<=":
                return at <= first
            case _:
                return at in limits

    return matches


def instant(field: str, value: str, meaning: Meaning) -> datetime:
    """`-15m`, `2026-11-22`, `2026/11/22 10:00`, or what now() gave."""
    if match := re.fullmatch(r"([+-]?\d+)([wdhm])", value):
        return meaning.site.clock.now() + timedelta(**{UNITS[match[2]]: int(match[1])})
    try:
        at = datetime.fromisoformat(value.replace("/", "-"))
    except ValueError:
        formats = "'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or '-5d'."
        raise Refusal(
            400, f"Date value '{value}' for field '{field}' is invalid. Valid formats include: {formats}"
        ) from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def order_key(field: str) -> Callable[[Issue], tuple[bool, object]]:
    """How issues are ordered by a field; empty ones come last."""
    if field in DATES:
        return lambda issue: (False, issue.created if field == "created" else issue.updated)
    if field in {"key", "id"}:
        return lambda issue: (False, int(issue.id))
    if field == "priority":
        rank = {option.name: number for number, option in enumerate(reversed(PRIORITIES))}
        return lambda issue: (False, rank.get(issue.priority or "", -1))
    return lambda issue: (not carried(issue, field), carried(issue, field))
