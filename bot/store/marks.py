"""Facts about the database itself in a transaction: how far it has come, and whether it is believed."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, bindparam, delete, func, select, update

from bot.domain.ids import IncidentId
from bot.domain.incident import Incident
from bot.ports import HIGH_WATER, Mark
from bot.store.columns import Instant
from bot.store.incident_queries import COLUMNS, i
from bot.store.incidents import Incidents
from bot.store.outbox_queries import State, o
from bot.store.query import LIMIT, Kit, Query, Session
from bot.store.tables import UNCONFIRMED, counter, incident_number, mark, outbox

_BY = bindparam("by", type_=BigInteger)
_NOW = bindparam("now", type_=Instant)
_FOUND = Query(
    lambda _: select(mark.c.value, mark.c.at, mark.c.text).where(mark.c.name == bindparam("its_name"))
)
_SET = Query(
    lambda kit: (
        kit.insert(mark)
        .values(name=bindparam("its_name"), value=bindparam("its_value"), at=_NOW, text=bindparam("its_text"))
        .on_conflict_do_update(
            index_elements=["name"],
            set_={"value": bindparam("its_value"), "at": _NOW, "text": bindparam("its_text")},
        )
    )
)
_DROP = Query(lambda _: delete(mark).where(mark.c.name == bindparam("its_name")))
_ADVANCE = Query(
    lambda kit: (
        kit.insert(mark)
        .values(name=HIGH_WATER, value=_BY, at=_NOW)
        .on_conflict_do_update(index_elements=["name"], set_={"value": mark.c.value + _BY, "at": _NOW})
        .returning(mark.c.value)
    )
)
_NEWEST = Query(lambda _: select(func.coalesce(func.max(i.number), 0)))
_OPEN_AFTER = Query(
    lambda kit: kit.lock(
        select(*COLUMNS)
        .where(i.resolved_at.is_(None), i.id > bindparam("after"), i.quarantined_at.is_(None))
        .order_by(i.id)
        .limit(LIMIT)
    )
)
_UNCONFIRMED = Query(
    lambda kit: kit.lock(
        select(*COLUMNS)
        .where(i.resolved_at.is_(None), i.unpaged == UNCONFIRMED, i.id > bindparam("after"))
        .order_by(i.id)
        .limit(LIMIT)
    )
)
_DOUBT = Query(
    lambda _: (
        update(outbox)
        .where(o.ready_at.is_not(None), o.incident.is_not(None))
        .values(
            uncertain=1,
            state=State.UNKNOWN,
            ready_at=func.coalesce(o.due_at, _NOW),
            first_attempt_at=func.coalesce(o.first_attempt_at, o.created_at),
            doubted_at=_NOW,
            token=None,
        )
    )
)


def _skip(kit: Kit) -> Any:  # the two statements have no type in common
    through = bindparam("through", type_=BigInteger)
    if kit.dialect.name == "postgresql":
        highest = func.greatest(through, select(func.coalesce(func.max(i.number), 0)).scalar_subquery())
        given = select(func.nextval(incident_number.name)).scalar_subquery()
        return select(func.setval(incident_number.name, func.greatest(highest, given)))
    return (
        kit.insert(counter)
        .values(name="incident", value=through)
        .on_conflict_do_update(index_elements=["name"], set_={"value": func.max(counter.c.value, through)})
        .returning(counter.c.value)
    )


_SKIP = Query(_skip)


class Marks:
    """Semantics of the methods: bot.ports.Tx."""

    def __init__(self, session: Session, incidents: Incidents) -> None:
        self._session = session
        self._incidents = incidents

    def mark(self, name: str) -> Mark | None:
        """A fact about the database."""
        rows = self._session.rows(_FOUND, {"its_name": name})
        return Mark(name=name, value=rows[0][0], at=rows[0][1], text=rows[0][2] or "") if rows else None

    def set_mark(self, mark: Mark) -> None:
        """Write a fact, in place of what was known."""
        params = {"its_name": mark.name, "its_value": mark.value, "now": mark.at, "its_text": mark.text}
        self._session.run(_SET, params)

    def drop_mark(self, name: str) -> None:
        """Forget a fact."""
        self._session.run(_DROP, {"its_name": name})

    def advance(self, by: int, now: datetime) -> int:
        """Raise the high-water mark. It is no change that would have to be marked itself."""
        value: int = self._session.rows(_ADVANCE, {"by": by, "now": now})[0][0]
        return value

    def newest_number(self) -> int:
        """The highest number of an incident."""
        number: int = self._session.rows(_NEWEST, {})[0][0]
        return number

    def skip_numbers(self, through: int) -> None:
        """Give no number up to and including that one any more."""
        self._session.rows(_SKIP, {"through": through})

    def open_after(self, after: IncidentId | None, limit: int = 200) -> list[Incident]:
        """Open incidents from the next one after that."""
        return self._found(_OPEN_AFTER, {"after": after or "", "limit": limit})

    def unconfirmed(self, after: IncidentId | None = None, limit: int = 200) -> list[Incident]:
        """Open incidents that nobody has confirmed yet."""
        return self._found(_UNCONFIRMED, {"after": after or "", "limit": limit})

    def _found(self, query: Query, params: dict[str, object]) -> list[Incident]:
        return self._incidents.of_rows(self._session.rows(query, params))

    def doubt_deliveries(self, now: datetime) -> int:
        """Unfinished effects of incidents may have been told since; whoever held them is gone."""
        return self._session.run(_DOUBT, {"now": now})
