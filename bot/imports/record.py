"""Records: the objects of an export, read strictly; what is not known is counted, not refused."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Annotated, ClassVar, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainValidator, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from bot.config.problem import Problem, printable
from bot.imports.note import Place

KINDS = {
    "string_type": "must be text",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "bool_type": "must be true or false",
    "list_type": "must be a list",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
}


class Record(BaseModel):
    """An object as the other product's interface gives it. `ignored` are keys that mean nothing to us."""

    model_config = ConfigDict(extra="allow", frozen=True, strict=True, hide_input_in_errors=True)
    ignored: ClassVar[frozenset[str]] = frozenset()

    def unknown(self) -> Iterator[str]:
        """The keys, here and inside, that nobody who wrote this had heard of."""
        name = type(self).__name__.lower()
        yield from (f"{name}.{key}" for key in self.model_extra or () if key not in self.ignored)
        for field in type(self).model_fields:
            value = getattr(self, field)
            for inner in value if isinstance(value, list) else [value]:
                if isinstance(inner, Record):
                    yield from inner.unknown()


def instant(value: object) -> datetime:
    """ISO 8601 with an offset, or milliseconds since 1970."""
    try:
        match value:
            case bool():
                raise ValueError
            case int():
                return datetime.fromtimestamp(value / 1000, UTC)
            case str():
                moment = datetime.fromisoformat(value.strip())
                if moment.tzinfo is None or not 1990 < moment.year < 2200:
                    raise ValueError
                return moment
            case _:
                raise ValueError
    except (ValueError, OverflowError, OSError):
        words = {"shown": printable(str(value), 40)}
        raise PydanticCustomError(
            "moment", "`{shown}` is no moment such as 2026-11-02T09:00:00Z", words
        ) from None


Instant = Annotated[datetime, PlainValidator(instant)]
Some = TypeVar("Some", bound=Record)
Element = TypeVar("Element")


def _none_means_empty(value: object) -> object:
    return [] if value is None else value


Many = Annotated[list[Element], BeforeValidator(_none_means_empty)]
"""A list, for which interfaces also say null."""


class Reader:
    """Reads objects into records; gathers every problem and every unknown key on the way."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.unknown: Counter[str] = Counter()

    def read(self, model: type[Some], data: Mapping[str, object], place: Place) -> Some | None:
        """The record, or None when it has problems."""
        try:
            record = model.model_validate(data)
        except ValidationError as error:
            self.problems += [
                _problem(one, place) for one in error.errors(include_url=False, include_input=False)
            ]
            return None
        self.unknown.update(record.unknown())
        return record


def _problem(error: ErrorDetails, place: Place) -> Problem:
    steps = [step for step in error["loc"] if isinstance(step, int) or not step.startswith("function-")]
    there = place.below(*steps)
    last = printable(str(steps[-1])) if steps else "it"
    message = f"`{last}` is missing" if error["type"] == "missing" else KINDS.get(error["type"], error["msg"])
    remedy = "Export it again as docs/migrating.md says, and don't change the file by hand."
    return Problem(
        file=printable(place.file, 200),
        line=None,
        path=printable(there.path, 200),
        message=message,
        remedy=remedy,
    )
