"""Statements written once in SQLAlchemy Core, compiled once per dialect, and sent straight to the driver."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol, cast

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Integer,
    Select,
    Table,
    Text,
    bindparam,
    column,
    func,
    literal,
    select,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.base import Executable
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ClauseElement
from sqlalchemy.sql.selectable import ReturnsRows
from sqlalchemy.types import NullType, TypeEngine

from bot.store.columns import Instant, JsonList, JsonRows, microseconds

if TYPE_CHECKING:
    from sqlalchemy.dialects.postgresql import Insert

LIMIT = bindparam("limit", type_=Integer)

Row = tuple[Any, ...]
"""What a driver gives back: as untyped as JSON, and typed where it is decoded."""

Params = Mapping[str, object]


@dataclass(frozen=True, kw_only=True, slots=True)
class Kit:
    """What a statement needs to know of the dialect that it is built for."""

    dialect: Dialect
    insert: "Callable[[Table], Insert]"
    among: Callable[[ColumnElement[str], str], ColumnElement[bool]]
    """`among(column, name)`: the column's value is in the list that is bound to that name."""
    given: Callable[[str, Mapping[str, TypeEngine[Any]]], Any]
    """`given(name, types)`: a table of the rows that are bound to that name, with columns of these types."""
    at_once: bool
    """Whether many rows are written by one statement; else by one that is run for each."""
    locking: bool = False
    """Whether rows that are read are going to be decided on, and others can write meanwhile."""

    def lock(
        self, statement: Select[Any], *, skip_locked: bool = False, of: Table | None = None
    ) -> Select[Any]:
        """Lock the rows that are read; with `skip_locked`, pass by those that others hold."""
        return statement.with_for_update(skip_locked=skip_locked, of=of) if self.locking else statement


def _among_json(column: ColumnElement[str], name: str) -> ColumnElement[bool]:
    listed = func.json_each(bindparam(name, type_=JsonList)).table_valued("value")
    return column.in_(select(listed.c.value))


def _among_array(column: ColumnElement[str], name: str) -> ColumnElement[bool]:
    from sqlalchemy.dialects.postgresql import ARRAY  # noqa: PLC0415 - for those who have it

    return column == func.any(bindparam(name, type_=ARRAY(Text)))


def _given_json(name: str, types: Mapping[str, TypeEngine[Any]]) -> Any:  # a subquery, with columns `c`
    listed = func.json_each(bindparam(name, type_=JsonRows)).table_valued("value")
    return select(
        *(func.json_extract(listed.c.value, f"$.{each}", type_=types[each]).label(each) for each in types)
    ).subquery("given")


def _given_recordset(name: str, types: Mapping[str, TypeEngine[Any]]) -> Any:  # an alias, with columns `c`
    from sqlalchemy.dialects.postgresql import JSON  # noqa: PLC0415 - for those who have it

    rows = sql_cast(bindparam(name, type_=JsonRows), JSON)
    columns = (column(each, types[each]) for each in types)
    listed = func.json_to_recordset(rows).table_valued(*columns, name="given")
    return listed.render_derived(with_types=True)


def sqlite_kit() -> Kit:
    """Statements with `?`."""
    from sqlalchemy.dialects import sqlite  # noqa: PLC0415 - for those who have it
    from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite  # noqa: PLC0415 - the same

    return Kit(
        dialect=SQLiteDialect_pysqlite(paramstyle="qmark"),
        # The two classes have the same methods, but no type in common.
        insert=cast("Callable[[Table], Insert]", sqlite.insert),
        among=_among_json,
        given=_given_json,
        at_once=False,
    )


def postgres_kit(*, locking: bool) -> Kit:
    """Statements with `$1`, which psycopg's raw cursors pass on as they are."""
    from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - loading it takes 30 ms, and many have SQLite
    from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg  # noqa: PLC0415 - the same

    return Kit(
        dialect=PGDialect_psycopg(paramstyle="numeric_dollar"),  # type: ignore[no-untyped-call]  # as it is
        insert=postgresql.insert,
        among=_among_array,
        given=_given_recordset,
        at_once=True,
        locking=locking,
    )


Processor = Callable[[Any], Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Prepared:
    """A compiled statement: its text, and how values go in and come out."""

    sql: str
    template: tuple[object, ...]
    """A value for each place: the constants, and None where a parameter goes."""
    places: tuple[int, ...]
    """Where parameters go, and"""
    names: tuple[str, ...]
    """what they are called there."""
    processed: tuple[tuple[int, Processor], ...]
    """Where a parameter's type has its say first."""
    results: tuple[tuple[int, Processor], ...]
    at_once: bool
    """Whether it takes all rows as its one parameter `rows`."""

    def values(self, params: Params) -> list[Any]:
        """The values in the order of their places."""
        given = [params[name] for name in self.names]
        if len(given) == len(self.template):
            values = given
        else:
            values = [*self.template]
            for place, value in zip(self.places, given, strict=True):
                values[place] = value
        for place, process in self.processed:
            values[place] = process(values[place])
        return values

    def each(self, params: Sequence[Params]) -> list[list[Any]]:
        """The values of each of its runs; all rows at once make one run."""
        return [self.values(one) for one in ([{"rows": params}] if self.at_once else params)]

    def decoded(self, rows: list[Row]) -> list[Row]:
        """Rows with their columns' types applied."""
        if not self.results:
            return rows
        return [self._decoded(row) for row in rows]

    def _decoded(self, row: Row) -> Row:
        values = list(row)
        for place, process in self.results:
            values[place] = process(values[place])
        return tuple(values)


class Query:
    """A statement that is built and compiled when it is first needed."""

    def __init__(self, build: Callable[[Kit], Executable]) -> None:
        self._build = build

    def prepare(self, kit: Kit) -> Prepared:
        """Compile for a dialect."""
        statement = self._build(kit)
        compiled = cast("ClauseElement", statement).compile(dialect=kit.dialect)
        assert isinstance(compiled, SQLCompiler)
        binds = [compiled.binds[name] for name in compiled.positiontup or ()]
        processors = [_processor(bind, kit.dialect) for bind in binds]
        return Prepared(
            sql=str(compiled),
            template=tuple(map(_constant, binds, processors)),
            places=tuple(place for place, bind in enumerate(binds) if bind.required),
            names=tuple(bind.key for bind in binds if bind.required),
            processed=tuple(
                (place, process)
                for place, process in enumerate(processors)
                if process is not None and binds[place].required
            ),
            results=_results(statement, kit.dialect),
            at_once=isinstance(self, Insertion) and kit.at_once,
        )


class Insertion(Query):
    """Rows of a table, any number of them.

    `fixed` are expressions that are the same for all rows; `copies` are columns that take another one's
    value; `then` says what follows a conflict.
    """

    def __init__(
        self,
        table: Table,
        names: Sequence[str],
        *,
        fixed: Mapping[str, object] | None = None,
        copies: Mapping[str, str] | None = None,
        then: "Callable[[Insert], Insert]" = lambda statement: statement,
    ) -> None:
        super().__init__(lambda kit: then(self._insert(kit)))
        self._table, self._names = table, names
        self._fixed, self._copies = fixed or {}, copies or {}

    def _insert(self, kit: Kit) -> "Insert":
        sources = {name: name for name in self._names} | dict(self._copies)
        types = {name: self._table.c[name].type for name in self._names}
        if not kit.at_once:
            binds = {name: bindparam(source, type_=types[source]) for name, source in sources.items()}
            return kit.insert(self._table).values(binds | dict(self._fixed))
        given = kit.given("rows", types)
        columns = [given.c[source] for source in sources.values()]
        columns += [literal(value, self._table.c[name].type) for name, value in self._fixed.items()]
        return kit.insert(self._table).from_select([*sources, *self._fixed], select(*columns))


def _processor(bind: BindParameter[Any], dialect: Dialect) -> Processor | None:
    assert not (bind.required and isinstance(bind.type, NullType)), f"{bind.key} needs a type"
    if isinstance(bind.type, Instant):
        return microseconds  # without the two calls around it
    return bind.type.bind_processor(dialect)


def _constant(bind: BindParameter[Any], process: Processor | None) -> object:
    if bind.required:
        return None
    value = bind.effective_value.value if isinstance(bind.effective_value, StrEnum) else bind.effective_value
    return process(value) if process else value


def _results(statement: Executable, dialect: Dialect) -> tuple[tuple[int, Processor], ...]:
    if not isinstance(statement, ReturnsRows):
        return ()
    columns = getattr(statement, "exported_columns", ())
    found = ((place, column.type.result_processor(dialect, None)) for place, column in enumerate(columns))
    return tuple((place, process) for place, process in found if process)


class Session(Protocol):
    """A connection inside a transaction. `writes` counts the statements that change something."""

    writes: int

    def rows(self, query: Query, params: Params) -> list[Row]:
        """All rows of a statement."""
        ...

    def run(self, query: Query, params: Params) -> int:
        """How many rows the statement changed."""
        ...

    def lock(self, query: Query, params: Params) -> None:
        """Lock what the statement selects; nothing to do where only one can write."""
        ...

    def many(self, query: Query, params: Sequence[Params]) -> int:
        """Run it for each; how many rows were changed in all."""
        ...

    def push(self, query: Query, params: Sequence[Params]) -> None:
        """Run it for each; nobody waits for the answer before the commit."""
        ...
