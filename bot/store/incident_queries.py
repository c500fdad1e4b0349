"""The statements about incidents, their alerts and their timelines."""

from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Select, bindparam, func, or_, select, update

from bot.store.query import LIMIT, Insertion, Kit, Query
from bot.store.tables import alert, counter, inbox, incident, incident_number, outbox, timeline

if TYPE_CHECKING:
    from sqlalchemy.dialects.postgresql import Insert

i = incident.c
COLUMNS = (i.id, i.service_hash, i.ladder_hash, i.catch_all_hash, i.body)
"""What an incident is decoded from."""


def _incidents(*conditions: ColumnElement[bool]) -> Select[Any]:
    return select(*COLUMNS).where(*conditions)


def _newest(statement: Select[Any]) -> Select[Any]:
    return statement.order_by(i.opened_at.desc(), i.id.desc()).limit(1)


BY_IDS = Query(lambda kit: _incidents(kit.among(i.id, "ids")))
BY_ID = Query(lambda kit: kit.lock(_incidents(i.id == bindparam("id"))))
BY_NUMBER = Query(lambda kit: kit.lock(_incidents(i.number == bindparam("number"))))
BY_TICKET = Query(lambda _: _newest(select(i.id).where(i.ticket_key == bindparam("key"))))
BY_CARD = Query(
    lambda _: select(i.id).where(i.card_ts == bindparam("ts"), i.card_channel == bindparam("channel"))
)
BY_PAGE = Query(
    lambda _: select(outbox.c.incident).where(
        outbox.c.ref_ts == bindparam("ts"),
        outbox.c.ref_channel == bindparam("channel"),
        or_(outbox.c.lane == "page", outbox.c.kind == "point_card"),
    )
)
OPEN_FOR = Query(lambda kit: kit.lock(_incidents(i.open_key == bindparam("key"))))
LOCK = Query(lambda kit: kit.lock(select(i.id).where(kit.among(i.id, "ids")).order_by(i.id)))
LOCKED = Query(lambda kit: kit.lock(_incidents(kit.among(i.id, "ids")).order_by(i.id)))
LAST_FOR = Query(lambda _: _newest(select(i.id).where(i.dedup_key == bindparam("key"))))
LAST_RESOLVED = Query(
    lambda _: (
        _incidents(i.resolved_at.is_not(None), i.number > 0)
        .order_by(i.resolved_at.desc(), i.id.desc())
        .limit(1)
    )
)
OPEN = Query(
    lambda _: (
        _incidents(i.resolved_at.is_(None), i.number > 0).order_by(i.severity, i.opened_at, i.id).limit(LIMIT)
    )
)
PAGED = Query(
    lambda _: _incidents(
        i.status == "triggered",
        select(outbox.c.id)
        .where(
            outbox.c.incident == i.id,
            outbox.c.lane == "page",
            outbox.c.slack_user == bindparam("user"),
            outbox.c.epoch == i.epoch,
        )
        .exists(),
    ).order_by(i.severity, i.opened_at, i.id)
)
DUE = Query(
    lambda kit: kit.lock(
        _incidents(i.next_at <= bindparam("now")).order_by(i.next_at).limit(LIMIT),
        skip_locked=True,
    )
)
COMING = Query(lambda _: _incidents(i.next_at <= bindparam("until")).order_by(i.next_at).limit(LIMIT))
FORGOTTEN = Query(
    lambda kit: kit.lock(
        _incidents(
            i.resolved_at.is_(None),
            i.status == "triggered",
            i.next_at.is_(None),
            i.unpaged == 0,
            i.quarantined_at.is_(None),
        )
        .order_by(i.id)
        .limit(LIMIT),
        skip_locked=True,
    )
)
EARLIEST = Query(lambda _: select(func.min(i.next_at)).where(i.next_at.is_not(None)))
QUARANTINE = Query(
    lambda _: (
        update(incident)
        .where(i.id == bindparam("its_id"))
        .values(next_at=None, quarantined_at=bindparam("now"))
    )
)


_KEPT = {"id", "number", "opened_at"}


def _newer(statement: "Insert") -> "Insert":
    """Over an older version of the incident only."""
    names = [each.name for each in incident.columns if each.name not in _KEPT]
    return statement.on_conflict_do_update(
        index_elements=["id"],
        set_={name: statement.excluded[name] for name in names},
        where=i.version < statement.excluded.version,
    )


UPSERT = Insertion(incident, incident.columns.keys(), then=_newer)
ENTER = Insertion(timeline, timeline.columns.keys())
TIMELINE = Query(
    lambda _: (
        select(timeline.c.seq, timeline.c.at, timeline.c.body)
        .where(timeline.c.incident == bindparam("incident"), timeline.c.seq > bindparam("after"))
        .order_by(timeline.c.seq)
        .limit(LIMIT)
    )
)


HOLD = Insertion(
    alert,
    alert.columns.keys(),
    then=lambda statement: statement.on_conflict_do_update(
        index_elements=["incident", "source", "fingerprint"],
        set_={name: statement.excluded[name] for name in ("body", "origin_channel", "origin_ts")},
    ),
)
HELD = Query(
    lambda _: select(alert.c.body).where(
        alert.c.incident == bindparam("incident"),
        alert.c.source == bindparam("source"),
        alert.c.fingerprint == bindparam("fingerprint"),
    )
)
BY_ORIGIN = Query(
    lambda _: (
        select(i.dedup_key, alert.c.body)
        .join(alert, alert.c.incident == i.id)
        .where(
            alert.c.origin_ts == bindparam("ts"),
            alert.c.origin_channel == bindparam("channel"),
            i.dedup_key.is_not(None),
        )
        .order_by(i.opened_at.desc(), i.id.desc())
    )
)
FIRST_TIME = Query(
    lambda kit: (
        kit.insert(inbox)
        .values(key=bindparam("key"), at=bindparam("at"))
        .on_conflict_do_nothing(index_elements=["key"])
    )
)


def _next_number(kit: Kit) -> Any:  # the parameters of the two statements differ
    if kit.dialect.name == "postgresql":
        return select(incident_number.next_value())
    return (
        kit.insert(counter)
        .values(name="incident", value=1)
        .on_conflict_do_update(index_elements=["name"], set_={"value": counter.c.value + 1})
        .returning(counter.c.value)
    )


NEXT_NUMBER = Query(_next_number)
