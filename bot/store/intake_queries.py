"""The statements with which many alerts are taken in at once: one a question, whatever their number."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Integer, Text, bindparam, func, select, true, tuple_, update
from sqlalchemy.types import TypeEngine

from bot.store.columns import Instant
from bot.store.incident_queries import COLUMNS
from bot.store.query import Kit, Query
from bot.store.tables import alert, counter, inbox, incident, incident_number

i = incident.c

_REQUEST: Mapping[str, TypeEngine[Any]] = {"key": Text()}
_HELD: Mapping[str, TypeEngine[Any]] = {"incident": Text(), "source": Text(), "fingerprint": Text()}


def _first_times(kit: Kit) -> Any:  # an insert that answers
    """Those that were not there.

    `WHERE true` tells SQLite that no join follows (SQLite: UPSERT, Parsing Ambiguity).
    """
    given = kit.given("keys", _REQUEST).c
    new = select(given.key, bindparam("at", type_=Instant)).where(true()).order_by(given.key)
    return (
        kit.insert(inbox)
        .from_select(["key", "at"], new)
        .on_conflict_do_nothing(index_elements=["key"])
        .returning(inbox.c.key)
    )


_AGE = func.row_number().over(partition_by=i.dedup_key, order_by=(i.opened_at.desc(), i.id.desc()))


def _last_for_all(kit: Kit) -> Any:  # a select
    """Of each key the one that was opened last."""
    newest = select(i.id, _AGE.label("age")).where(kit.among(i.dedup_key, "keys")).subquery()
    wanted = select(newest.c.id).where(newest.c.age == 1)
    return kit.lock(select(i.dedup_key, *COLUMNS).where(i.id.in_(wanted)).order_by(i.id))


def _held_all(kit: Kit) -> Any:  # a select
    given = kit.given("keys", _HELD).c
    wanted = select(given.incident, given.source, given.fingerprint)
    key = (alert.c.incident, alert.c.source, alert.c.fingerprint)
    return select(*key, alert.c.body).where(tuple_(*key).in_(wanted))


def _numbers(kit: Kit) -> Any:  # the parameters of the two statements differ
    many = bindparam("many", type_=Integer)
    if kit.dialect.name == "postgresql":
        each = func.generate_series(1, many).table_valued("value")
        return select(incident_number.next_value()).select_from(each)
    return (
        kit.insert(counter)
        .values(name="incident", value=many)
        .on_conflict_do_update(index_elements=["name"], set_={"value": counter.c.value + many})
        .returning(counter.c.value)
    )


FIRST_TIMES = Query(_first_times)
OPEN_FOR_ALL = Query(
    lambda kit: kit.lock(select(i.open_key, *COLUMNS).where(kit.among(i.open_key, "keys")).order_by(i.id))
)
FREE = Query(
    lambda _: (
        update(incident)
        .where(i.id == bindparam("its_id"))
        .values(open_key=None, next_at=None, quarantined_at=bindparam("now", type_=Instant))
    )
)
LAST_FOR_ALL = Query(_last_for_all)
HELD_ALL = Query(_held_all)
NUMBERS = Query(_numbers)
