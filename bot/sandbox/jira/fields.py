"""Reading the fields of a request as Jira does: all that is wrong is said at once, by field."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.sandbox.jira.model import FieldDef, Flavour, Option, Project, User
from bot.sandbox.jira.refusal import Refusal, bad_field
from bot.sandbox.jira.seed import PRIORITIES, RESOLUTIONS

TEXT_LIMIT = 32_767
SUMMARY_LIMIT = 255
LABEL_LIMIT = 255
SYSTEM_FIELDS = frozenset({"project", "issuetype"})


@dataclass(frozen=True, kw_only=True)
class Setting:
    """Where a field is being set."""

    flavour: Flavour
    project: Project
    people: Mapping[str, User]
    """By account id."""


def accept(
    fields: Mapping[str, object], screen: tuple[FieldDef, ...], setting: Setting, *, complete: bool
) -> dict[str, object]:
    """Attributes of an `Issue` for these fields.

    `complete` asks for the required fields too (creating, and a transition's screen).
    Raises `Refusal` naming every field that is wrong.
    """
    shown = {definition.id: definition for definition in screen}
    errors: dict[str, str] = {}
    accepted: dict[str, object] = {}
    custom: dict[str, object] = {}
    for name, value in fields.items():
        if name in SYSTEM_FIELDS:
            continue
        if name not in shown:
            errors[name] = f"Field '{name}' cannot be set. It is not on the appropriate screen, or unknown."
            continue
        try:
            if name in READERS:
                accepted[name] = READERS[name](value, setting)
            else:
                custom[name] = custom_value(shown[name], value)
        except Refusal as refusal:
            errors.update(refusal.errors)
    if complete:
        errors = missing(fields, screen) | errors
    if errors:
        raise Refusal(400, errors=errors)
    return accepted | ({"custom": custom} if custom else {})


def missing(fields: Mapping[str, object], screen: tuple[FieldDef, ...]) -> dict[str, str]:
    """What is required and was not given."""
    empty: tuple[object, ...] = (None, "", [], {})
    return {
        field.id: (
            "You must specify a summary of the issue."
            if field.id == "summary"
            else f"{field.name} is required."
        )
        for field in screen
        if field.required
        and not field.has_default
        and field.id not in SYSTEM_FIELDS
        and fields.get(field.id) in empty
    }


def custom_value(field: FieldDef, value: object) -> object:
    """The value of a custom field, checked against its kind and its options."""
    if field.kind == "number" and not isinstance(value, int | float):
        raise bad_field(field.id, "Operation value must be a number")
    if field.kind == "string" and not (value is None or isinstance(value, str)):
        raise bad_field(field.id, "Operation value must be a string")
    if field.kind == "option":
        chosen = value.get("value") if isinstance(value, Mapping) else None
        given_id = value.get("id") if isinstance(value, Mapping) else None
        for option in field.allowed:
            if chosen == option.name or given_id == option.id:
                return {"id": option.id, "value": option.name}
        raise bad_field(field.id, f"Option value '{chosen}' is not valid")
    return value


def text(field: str, value: object) -> str:
    """A text of at most 32,767 characters."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise bad_field(field, "Operation value must be a string")
    if len(value) > TEXT_LIMIT:
        message = "The entered text is too long. It exceeds the allowed limit of 32,767 characters."
        raise bad_field(field, message)
    return value


def summary(value: object, _: Setting) -> str:
    """One line of at most 255 characters."""
    line = text("summary", value)
    if not line.strip():
        raise bad_field("summary", "You must specify a summary of the issue.")
    if "\n" in line or "\r" in line:
        raise bad_field("summary", "The summary is invalid because it contains newline characters.")
    if len(line) > SUMMARY_LIMIT:
        raise bad_field("summary", "Summary can't exceed 255 characters.")
    return line


def label(value: object) -> str:
    """A label: no spaces, at most 255 characters."""
    if not isinstance(value, str):
        raise bad_field("labels", "string expected at index 0")
    if not value or any(character.isspace() for character in value):
        raise bad_field("labels", f"The label '{value}' contains spaces which is invalid.")
    if len(value) > LABEL_LIMIT:
        raise bad_field("labels", f"The label '{value}' exceeds the maximum length (255 characters).")
    return value


def labels(value: object, _: Setting) -> tuple[str, ...]:
    """A list of labels, each once, in order."""
    if not isinstance(value, list):
        raise bad_field("labels", "data was not an array")
    return tuple(dict.fromkeys(label(item) for item in value))


def option(field: str, value: object, options: tuple[Option, ...]) -> Option:
    """The option that `{"id": …}` or `{"name": …}` means."""
    if not isinstance(value, Mapping):
        raise bad_field(field, "data was not an object")
    for one in options:
        if value.get("id") == one.id or ("id" not in value and value.get("name") == one.name):
            return one
    if "id" in value:
        raise bad_field(field, f"The {field} selected is invalid.")
    raise bad_field(field, f"{field.capitalize()} name '{value.get('name')}' is not valid")


def priority(value: object, _: Setting) -> str | None:
    """A priority's name."""
    return None if value is None else option("priority", value, PRIORITIES).name


def resolution(value: object, _: Setting) -> str | None:
    """A resolution's name."""
    return None if value is None else option("resolution", value, RESOLUTIONS).name


def components(value: object, setting: Setting) -> tuple[str, ...]:
    """Names of components, which must exist in the project."""
    if not isinstance(value, list):
        raise bad_field("components", "data was not an array")
    found = []
    for item in value:
        try:
            found.append(option("components", item, setting.project.components).name)
        except Refusal:
            name = item.get("name") if isinstance(item, Mapping) else item
            raise bad_field("components", f"Component name '{name}' is not valid") from None
    return tuple(found)


def security(value: object, setting: Setting) -> str | None:
    """A security level's name."""
    return None if value is None else option("security", value, setting.project.security_levels).name


def assignee(value: object, setting: Setting) -> str | None:
    """The account id of an assignable person: by `accountId` on Cloud, by `name` on Data Center."""
    if value is None:
        return None
    by = "accountId" if setting.flavour is Flavour.CLOUD else "name"
    if not isinstance(value, Mapping) or by not in value:
        raise bad_field("assignee", "expected Object containing a '" + by + "' property")
    given = value[by]
    if given is None:
        return None
    for person in setting.people.values():
        if given == (person.account_id if by == "accountId" else person.name):
            if person.active and person.assignable:
                return person.account_id
            break
    raise bad_field("assignee", f"User '{given}' cannot be assigned issues.")


READERS: Mapping[str, Callable[[object, Setting], object]] = {
    "summary": summary,
    "description": lambda value, _: text("description", value),
    "labels": labels,
    "priority": priority,
    "resolution": resolution,
    "components": components,
    "security": security,
    "assignee": assignee,
}
