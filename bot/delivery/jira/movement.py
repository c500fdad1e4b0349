"""Bringing a ticket to a status by the transitions that its workflow offers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.delivery.jira.api import Api
from bot.delivery.jira.creation import checked_ticket, reference
from bot.delivery.jira.options import JiraOptions
from bot.delivery.jira.reading import at, items, mapping, plain, text
from bot.delivery.jira.verdicts import Refused400
from bot.errors import DeliveryError, Outcome
from bot.ports import Moved

CATEGORIES = frozenset({"new", "indeterminate", "done"})


@dataclass(frozen=True, kw_only=True)
class Way:
    """A transition that is offered now."""

    id: str
    name: str
    status: str
    category: str
    fields: Mapping[str, object]


def move(api: Api, options: JiraOptions, key: str, target: str, resolution: str | None) -> Moved:
    """Go to the target, directly or by configured steps; when somebody else was faster, look once more."""
    try:
        return _move(api, options, checked_ticket(key), target, resolution)
    except DeliveryError as error:
        if not isinstance(error, Refused400) and error.reason != "jira_409_conflict":
            raise
    return _move(api, options, key, target, resolution)


def _move(api: Api, options: JiraOptions, key: str, target: str, resolution: str | None) -> Moved:
    status, category = standing(api, key)
    changed = False
    steps = _path(options, target)
    while not arrived(status, category, target):
        ways = offered(api, key)
        direct = chosen(ways, target)
        way = direct or _step(ways, steps)
        if way is None:
            raise DeliveryError(Outcome.REJECTED, _no_way(target, ways))
        api.post(f"issue/{key}/transitions", _filled(way, options, resolution))
        status, category, changed = way.status, way.category, True
        if direct:
            break
    return Moved(status=status, changed=changed)


def standing(api: Api, key: str) -> tuple[str, str]:
    """The name and the category of a ticket's status."""
    status = at(api.get(f"issue/{key}", {"fields": "status"}), "fields", "status")
    return text(at(status, "name")), text(at(status, "statusCategory", "key"))


def arrived(status: str, category: str, target: str) -> bool:
    """Whether that status is the target."""
    return status.casefold() == target.casefold() or (target in CATEGORIES and category == target)


def offered(api: Api, key: str) -> list[Way]:
    """The transitions that are there now."""
    answer = api.get(f"issue/{key}/transitions", {"expand": "transitions.fields"})
    return [
        Way(
            id=text(at(one, "id")),
            name=text(at(one, "name")),
            status=text(at(one, "to", "name")),
            category=text(at(one, "to", "statusCategory", "key")),
            fields=mapping(at(one, "fields")),
        )
        for one in items(at(answer, "transitions"))
        if at(one, "isAvailable") is not False
    ]


def chosen(ways: Sequence[Way], target: str) -> Way | None:
    """By the status it leads to, else by its own name, else by category when only one status is meant."""
    wanted = target.casefold()
    for way in ways:
        if way.status.casefold() == wanted:
            return way
    for way in ways:
        if way.name.casefold() == wanted:
            return way
    meant = [way for way in ways if target in CATEGORIES and way.category == target]
    return meant[0] if len({way.status for way in meant}) == 1 else None


def _path(options: JiraOptions, target: str) -> list[str]:
    paths = {name.casefold(): steps for name, steps in options.paths.items()}
    return list(paths.get(target.casefold(), ()))


def _step(ways: Sequence[Way], steps: list[str]) -> Way | None:
    """The first of the remaining steps that is offered; those before it are behind us."""
    while steps:
        way = chosen(ways, steps.pop(0))
        if way is not None:
            return way
    return None


def _no_way(target: str, ways: Sequence[Way]) -> str:
    there = ", ".join(f"{plain(way.name)} (to {plain(way.status)})" for way in ways[:10])
    return f"jira_no_transition to {plain(target)}; available: {there or 'none'}"


def _filled(way: Way, options: JiraOptions, resolution: str | None) -> dict[str, object]:
    """The body of a transition: what its screen shows and we were told, and nothing else."""
    given: dict[str, object] = dict(options.transition_fields)
    if resolution:
        given["resolution"] = reference(resolution)
    fields = {name: value for name, value in given.items() if name in way.fields}
    missing = [
        plain(name)
        for name, field in way.fields.items()
        if at(field, "required") is True and at(field, "hasDefaultValue") is not True and name not in fields
    ]
    if missing:
        names = ", ".join(sorted(missing))
        raise DeliveryError(Outcome.REJECTED, f"jira_transition {plain(way.name)} requires: {names}")
    body: dict[str, object] = {"transition": {"id": way.id}}
    return body | ({"fields": fields} if fields else {})
