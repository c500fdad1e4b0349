"""The statements about the outbox and the ledger of attempts."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Text,
    and_,
    bindparam,
    case,
    delete,
    func,
    null,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.types import TypeEngine

from bot.store.columns import Instant
from bot.store.query import LIMIT, Insertion, Kit, Query
from bot.store.tables import attempt, incident, outbox

if TYPE_CHECKING:
    from sqlalchemy.dialects.postgresql import Insert


class State(StrEnum):
    """Where an outbox row is in its life. The first three are unfinished: they have a `ready_at`."""

    PENDING = "pending"
    CLAIMED = "claimed"
    UNKNOWN = "unknown"
    SENT = "sent"
    CANCELLED = "cancelled"
    REJECTED = "rejected"


o = outbox.c
_before = outbox.alias("before")
_BLOCKED: ColumnElement[bool] = (
    select(_before.c.id)
    .where(
        _before.c.incident == o.incident,
        _before.c.lane == o.lane,
        _before.c.position < o.position,
        _before.c.ready_at.is_not(None),
        or_(
            o.lane == "tracker",
            _before.c.state != State.PENDING,
            _before.c.failures > 0,
            _before.c.due_at <= o.due_at,
        ),
    )
    .exists()
)
"""An earlier row of the same incident and lane is not finished yet.

In chat, one that only collects what belongs into the same reply, due later, keeps nobody waiting.
"""

_NOW = bindparam("now", type_=Instant)
_UNKNOWN = bindparam("unknown", type_=Integer)
_OURS = and_(o.id == bindparam("its_id"), o.token == bindparam("its_token"))
HELD = and_(_OURS, o.state == State.CLAIMED)
_RENEWED = o.revision > bindparam("its_revision")

_DOUBTED: ColumnElement[object] = case((o.state == State.CLAIMED, o.ready_at), else_=o.doubted_at)
"""Whoever let a lease end may have sent until then."""

TAKEN = (
    *(o.id, o.incident, o.body, o.attempt, o.failures, o.uncertain, o.state, o.first_attempt_at),
    *(o.revision, _DOUBTED),
)
READY = Query(
    lambda kit: kit.lock(
        select(*TAKEN)
        .where(
            o.lane == bindparam("its_lane"),
            o.ready_at <= bindparam("now"),
            or_(o.lane == "page", ~_BLOCKED),
        )
        .order_by(o.ready_at, o.id)
        .limit(LIMIT),
        skip_locked=True,
        of=outbox,
    )
)
CLAIM = Query(
    lambda kit: (
        update(outbox)
        .where(kit.among(o.id, "ids"))
        .values(
            uncertain=case((o.state == State.CLAIMED, 1), else_=o.uncertain),
            state=State.CLAIMED,
            token=bindparam("new_token"),
            ready_at=bindparam("lease_until"),
            attempt=o.attempt + 1,
            first_attempt_at=func.coalesce(o.first_attempt_at, _NOW),
            doubted_at=_DOUBTED,
        )
    )
)
CANCEL = Query(
    lambda kit: (
        update(outbox)
        .where(kit.among(o.id, "ids"))
        .values(
            uncertain=case((o.state == State.CLAIMED, 1), else_=o.uncertain),
            doubted_at=_DOUBTED,
            state=State.CANCELLED,
            ready_at=null(),
            done_at=bindparam("now"),
            reason=bindparam("why"),
        )
    )
)
CANCELLED = Query(
    lambda kit: kit.lock(
        select(o.id, o.body, o.reason, o.due_at)
        .where(o.incident == bindparam("its_incident"), o.lane == "page", o.state == State.CANCELLED)
        .order_by(o.id)
    )
)
RESTORE = Query(
    lambda kit: (
        update(outbox)
        .where(kit.among(o.id, "ids"))
        .values(state=State.PENDING, ready_at=o.due_at, done_at=null(), reason=null())
    )
)
POSTPONE = Query(
    lambda kit: (
        update(outbox).where(kit.among(o.id, "ids")).values(ready_at=bindparam("later", type_=Instant))
    )
)
BURY = Query(
    lambda _: (
        update(outbox)
        .where(o.id == bindparam("its_id"))
        .values(state=State.REJECTED, ready_at=null(), done_at=bindparam("now"), reason="unreadable")
    )
)
REVOCABLE = Query(
    lambda kit: kit.lock(
        select(o.id, o.incident, o.body)
        .where(kit.among(o.incident, "incidents"), o.lane == "page", o.state == State.PENDING)
        .order_by(o.id)
    )
)


_RECEIPT: Mapping[str, TypeEngine[Any]] = {
    **{name: Text() for name in ("id", "token", "channel", "ts", "provider")},
    "revision": Integer(),
}


def _sent(kit: Kit) -> Any:  # an update that answers
    """All that are ours still; answers whose. What was cancelled after our lease had ended is ours as well.

    Nobody has taken it since: it arrived, and must be known so that it can be changed.
    """
    given = kit.given("receipts", _RECEIPT).c
    renewed = o.revision > given.revision
    return (
        update(outbox)
        .where(
            o.id == given.id,
            o.token == given.token,
            or_(o.state == State.CLAIMED, o.state == State.CANCELLED),
        )
        .values(
            state=case((renewed, State.PENDING), else_=State.SENT),
            ready_at=case((renewed, o.due_at), else_=null()),
            done_at=case((renewed, null()), else_=_NOW),
            uncertain=0,
            attempt=case((renewed, 0), else_=o.attempt),
            first_attempt_at=case((renewed, null()), else_=o.first_attempt_at),
            doubted_at=null(),
            failures=0,
            reason=null(),
            ref_channel=func.coalesce(given.channel, o.ref_channel),
            ref_ts=func.coalesce(given.ts, o.ref_ts),
            provider_id=given.provider,
        )
        .returning(o.id, o.token)
    )


SENT = Query(_sent)
RETRY = Query(
    lambda _: (
        update(outbox)
        .where(HELD)
        .values(
            state=case((_UNKNOWN == 1, State.UNKNOWN), else_=State.PENDING),
            uncertain=case((_UNKNOWN == 1, 1), else_=o.uncertain),
            doubted_at=func.coalesce(bindparam("doubted", type_=Instant), o.doubted_at),
            failures=o.failures + 1,
            due_at=bindparam("again_at"),
            ready_at=bindparam("again_at"),
            reason=bindparam("why"),
        )
    )
)
REJECT = Query(
    lambda _: (
        update(outbox)
        .where(HELD)
        .values(
            state=case((_RENEWED, State.PENDING), else_=State.REJECTED),
            ready_at=case((_RENEWED, o.due_at), else_=null()),
            done_at=case((_RENEWED, null()), else_=_NOW),
            failures=o.failures + 1,
            reason=bindparam("why"),
        )
    )
)
RELEASE = Query(
    lambda _: (
        update(outbox)
        .where(HELD)
        .values(
            state=State.PENDING,
            token=null(),
            due_at=bindparam("now"),
            ready_at=bindparam("now"),
            attempt=o.attempt - 1,
        )
    )
)
OURS_ALREADY = Query(lambda _: select(o.id).where(_OURS, o.state != State.CLAIMED))
EXISTS = Query(lambda _: select(o.id).where(o.id == bindparam("its_id")))
NOTE = Insertion(attempt, attempt.columns.keys())

NEW = (
    *("id", "incident", "lane", "key", "kind", "due_at", "position", "body", "created_at"),
    *("epoch", "round", "rung", "person", "number", "slack_user"),
)


_FRESH = {"state": State.PENDING.value, "revision": 1, "attempt": 0, "failures": 0, "uncertain": 0}


def _renewed(statement: "Insert") -> "Insert":
    """Due again. Backing off after a failure is kept; a row that is being carried stays with its carrier."""
    new = statement.excluded
    finished = o.ready_at.is_(None)
    claimed = o.state == State.CLAIMED
    backing_off = and_(o.ready_at.is_not(None), o.failures > 0)
    earlier = case((o.due_at < new.due_at, o.due_at), else_=new.due_at)
    due_at = case((finished, new.due_at), (claimed, new.due_at), (backing_off, o.due_at), else_=earlier)
    return statement.on_conflict_do_update(
        index_elements=["key"],
        set_={
            "state": case((claimed, o.state), else_=State.PENDING),
            "due_at": due_at,
            "ready_at": case((claimed, o.ready_at), else_=due_at),
            "position": case((claimed, o.position), else_=new.position),
            "revision": o.revision + 1,
            "body": new.body,
            "attempt": case((finished, 0), else_=o.attempt),
            "failures": case((finished, 0), else_=o.failures),
            "first_attempt_at": case((finished, null()), else_=o.first_attempt_at),
            "created_at": case((finished, new.created_at), else_=o.created_at),
            "done_at": null(),
        },
    )


ENQUEUE = Insertion(
    outbox,
    NEW,
    fixed=_FRESH,
    copies={"ready_at": "due_at"},
    then=lambda statement: statement.on_conflict_do_nothing(index_elements=["key"]),
)
RENEW = Insertion(outbox, NEW, fixed=_FRESH, copies={"ready_at": "due_at"}, then=_renewed)

_waiting = or_(o.state == State.PENDING, o.state == State.CLAIMED, o.state == State.UNKNOWN)
_SAME_STEP = and_(
    o.incident == bindparam("its_incident"),
    o.lane == "page",
    o.epoch == bindparam("its_epoch"),
    o.round == bindparam("its_round"),
    o.rung == bindparam("its_rung"),
)
NEXT_METHOD = Query(
    lambda _: (
        select(o.id, o.state)
        .where(_SAME_STEP, o.person == bindparam("its_person"), o.number > bindparam("its_number"), _waiting)
        .order_by(o.number)
        .limit(1)
    )
)
HASTEN = Query(
    lambda _: (
        update(outbox)
        .where(o.id == bindparam("its_id"), o.state == State.PENDING, o.due_at > bindparam("now"))
        .values(due_at=bindparam("now"), ready_at=bindparam("now"))
    )
)
LEFT = Query(
    lambda _: (
        select(o.id)
        .where(
            _SAME_STEP,
            o.id != bindparam("its_id"),
            o.kind != "announce",
            or_(_waiting, o.state == State.SENT),
            or_(o.state != State.PENDING, o.ready_at <= bindparam("soon", type_=Instant)),
        )
        .limit(1)
    )
)
SENT_PAGES = Query(
    lambda _: (
        select(o.incident, o.body, o.ref_channel, o.ref_ts)
        .where(
            o.lane == "page",
            o.ref_ts.is_not(None),
            tuple_(o.ref_channel, o.ref_ts).in_(
                select(_before.c.ref_channel, _before.c.ref_ts).where(
                    _before.c.incident == bindparam("its_incident"),
                    _before.c.lane == "page",
                    _before.c.ref_ts.is_not(None),
                )
            ),
        )
        .order_by(o.position)
    )
)
DEAD = Query(
    lambda _: (
        select(o.id, incident.c.number, o.kind, o.key, o.attempt, o.reason, o.done_at)
        .select_from(outbox.outerjoin(incident, incident.c.id == o.incident))
        .where(o.state == State.REJECTED)
        .order_by(o.done_at.desc(), o.id.desc())
        .limit(LIMIT)
    )
)
_revival = {"state": State.PENDING, "failures": 0, "done_at": None}
REVIVE_ALL = Query(
    lambda _: (
        update(outbox)
        .where(o.state == State.REJECTED, o.done_at.is_not(None))
        .values(**_revival, due_at=bindparam("now"), ready_at=bindparam("now"))
    )
)
REVIVE = Query(
    lambda kit: (
        update(outbox)
        .where(kit.among(o.id, "ids"), o.state == State.REJECTED)
        .values(**_revival, due_at=bindparam("now"), ready_at=bindparam("now"))
    )
)
DROP_ALL = Query(lambda _: update(outbox).where(o.state == State.REJECTED).values(state=State.CANCELLED))
DROP = Query(
    lambda kit: (
        update(outbox).where(kit.among(o.id, "ids"), o.state == State.REJECTED).values(state=State.CANCELLED)
    )
)
BACKLOG = Query(
    lambda _: (
        select(
            o.lane, func.count(), func.min(func.coalesce(o.first_attempt_at, o.due_at), type_=o.due_at.type)
        )
        .where(o.ready_at.is_not(None), or_(o.due_at <= bindparam("now"), o.attempt > 0))
        .group_by(o.lane)
    )
)
EARLIEST = Query(
    lambda _: (
        select(o.ready_at)
        .where(o.lane == bindparam("its_lane"), o.ready_at.is_not(None), or_(o.lane == "page", ~_BLOCKED))
        .order_by(o.ready_at)
        .limit(1)
    )
)
FORGET = Query(lambda kit: delete(outbox).where(kit.among(o.id, "ids")))
