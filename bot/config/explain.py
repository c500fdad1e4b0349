"""Say in plain words what a model refused, and what to do about it."""

from collections.abc import Mapping
from types import UnionType
from typing import Annotated, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from bot.config.models import FileSection
from bot.config.problem import guess, printable
from bot.config.source import Flaw, Path, Source

KINDS = {
    "string_type": ("must be text", "Put it in quotes."),
    "int_type": ("must be a whole number", "Write a number without quotes."),
    "bool_type": ("must be `true` or `false`", "Write `true` or `false`, without quotes."),
    "list_type": ("must be a list", "Begin each item on its own line with `- `."),
    "dict_type": ("must be a mapping", "Write `key: value` below it, indented."),
    "model_type": ("must be a mapping", "Write `key: value` below it, indented."),
}


def explain(error: ErrorDetails, source: Source) -> Flaw:
    """One error of pydantic's as a flaw at its line."""
    path = tuple(step for step in error["loc"] if step != "[key]")
    message, remedy = _words(error, path)
    return Flaw(line=source.line(path), path=path, message=message, remedy=remedy)


def _words(error: ErrorDetails, path: Path) -> tuple[str, str]:
    context: Mapping[str, object] = error.get("ctx", {})
    last = printable(str(path[-1])) if path else "the file"
    match error["type"]:
        case "tocsin":
            return str(context["message"]), str(context["remedy"])
        case "missing":
            return f"`{last}` is missing", f"Add `{last}:`{_where(path)}."
        case "extra_forbidden":
            return f"`{last}` is not known here", guess(last, fields(path[:-1]))
        case "literal_error":
            return f"must be {context['expected']}", "Choose one of these."
        case "too_long" | "string_too_long":
            unit = "characters" if error["type"] == "string_too_long" else "items"
            limit = context["max_length"]
            return f"has more than {limit} {unit}", f"At most {limit} are allowed."
        case "too_short" | "string_too_short":
            return "is empty", "Add at least one, or remove the key."
        case "greater_than_equal":
            return "is too small", f"Write at least {context['ge']}."
        case "less_than_equal":
            return "is too large", f"Write at most {context['le']}."
        case "string_pattern_mismatch":
            return "is not written as it must be", f"It must match `{context['pattern']}`."
        case kind:
            return KINDS.get(kind, (error["msg"], "Correct it."))


def _where(path: Path) -> str:
    return " at the top" if len(path) == 1 else " there"


def fields(path: Path, model: type[BaseModel] = FileSection) -> list[str]:
    """The keys that may stand at a place of the file (or of another model)."""
    found = _model(model, path)
    return [field.alias or name for name, field in found.model_fields.items()] if found else []


def _model(annotation: object, path: Path) -> type[BaseModel] | None:
    """The model that an annotation leads to, down a path through fields, lists and mappings."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _model(arguments[0], path)
    if origin in {Union, UnionType}:
        return next((found for one in arguments if (found := _model(one, path))), None)
    if origin in {list, dict}:
        return _model(arguments[-1], path[1:]) if path else None
    if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
        return None
    if not path:
        return annotation
    field = next((f for n, f in annotation.model_fields.items() if str(path[0]) in {n, f.alias}), None)
    return _model(field.annotation, path[1:]) if field else None
