"""Column types that give the same value back from both databases."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import BigInteger, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def microseconds(value: datetime | None) -> int | None:
    """Whole microseconds since 1970. Raises ValueError for a datetime without a zone."""
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError(f"a naive datetime cannot be stored: {value!r}")
    return (value - EPOCH) // MICROSECOND


class Instant(TypeDecorator[datetime]):
    """An aware instant as whole microseconds since 1970 in UTC; naive ones are refused.

    Both databases compare and index integers alike, and neither has an opinion on time zones.
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Exact: no float stands between."""
        return microseconds(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """The same instant, in UTC."""
        return None if value is None else EPOCH + timedelta(microseconds=value)


class JsonList(TypeDecorator[Sequence[str]]):
    """A list as one bind parameter for SQLite's `json_each`; never a column."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Sequence[str] | None, dialect: Dialect) -> str:
        """A JSON array."""
        return json.dumps(list(value or ()))


class JsonRows(TypeDecorator[Sequence[Mapping[str, object]]]):
    """Rows as one bind parameter, which the database takes apart; never a column."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Sequence[Mapping[str, object]] | None, dialect: Dialect) -> str:
        """A JSON array of objects; instants are microseconds."""
        return json.dumps(list(value or ()), default=microseconds)
