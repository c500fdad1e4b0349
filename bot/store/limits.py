"""Limits in a transaction: what one person is told by one way, not more often than they can bear.

Nothing is lost by it. The first page of an incident to a person goes out at once. What comes after it goes
out by itself while the limits have room for all that is due; otherwise everything that is due then is one
message, and what is beyond the limits waits for the next moment that they allow.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import BigInteger, Text, and_, bindparam, cast, func, literal, null, or_, select, update

from bot.domain.decide import wanted
from bot.domain.effects import Effect, PagePerson
from bot.domain.ids import IncidentId, PersonId
from bot.domain.people import Limit, MethodKind
from bot.domain.personal import allowance, next_allowed
from bot.ports.outbox import Limits
from bot.store import outbox_queries as q
from bot.store.codec import decode_effect
from bot.store.columns import Instant
from bot.store.incidents import Incidents
from bot.store.query import LIMIT, Query, Row, Session
from bot.store.tables import outbox

Item = tuple[Row, Effect, IncidentId | None]
Whom = tuple[PersonId, MethodKind]
Call = tuple[IncidentId | None, str, str]

TOGETHER = 20
"""So many pages are one message at most; the rest waits for the next one."""

_UNCERTAIN, _STATE = 5, 6
"""Places in a row that was taken."""

o = q.o
_NOW = bindparam("now", type_=Instant)
_MINE = and_(
    o.lane == "page",
    o.person == bindparam("its_person"),
    o.key.like(bindparam("its_way", type_=Text)),
)

_GUARD = Query(
    lambda _: select(
        func.pg_advisory_xact_lock(
            func.hashtextextended(bindparam("whom", type_=Text), cast(literal(7), BigInteger))
        )
    )
)
_WAITING = Query(
    lambda kit: kit.lock(
        select(*q.TAKEN)
        .where(_MINE, o.state == q.State.PENDING, o.due_at <= _NOW)
        .order_by(o.due_at, o.id)
        .limit(LIMIT),
        skip_locked=True,
        of=outbox,
    )
)
_TOLD = Query(
    lambda _: (
        select(o.id, o.token, func.coalesce(o.done_at, o.doubted_at, o.first_attempt_at, type_=Instant))
        .where(
            _MINE,
            or_(
                and_(o.state == q.State.SENT, o.done_at > bindparam("since", type_=Instant)),
                and_(o.ready_at.is_not(None), or_(o.state == q.State.CLAIMED, o.state == q.State.UNKNOWN)),
            ),
        )
        .order_by(o.id)
    )
)
_REACHED = Query(
    lambda kit: select(o.key, o.incident).where(
        kit.among(o.incident, "incidents"),
        o.lane == "page",
        o.person == bindparam("its_person"),
        o.state == q.State.SENT,
    )
)
UNSENT = Query(
    lambda _: (
        update(outbox)
        .where(q.HELD)
        .values(state=q.State.PENDING, token=null(), uncertain=0, doubted_at=null(), ready_at=_NOW)
    )
)
"""A look-up told that it was not sent: it is as if it had not been tried."""


@dataclass(kw_only=True, slots=True)
class Arranged:
    """What goes out. `alone` are not limited; each of `messages` is one or more pages that share one.

    `asked` are pages of which is only asked whether they were sent: if not, they wait like any other.
    """

    alone: list[Item] = field(default_factory=list)
    messages: list[list[Item]] = field(default_factory=list)
    asked: list[Item] = field(default_factory=list)


class LimitsKept:
    """Arranges what was taken; what has to wait is put off."""

    def __init__(self, session: Session, incidents: Incidents) -> None:
        self._session = session
        self._incidents = incidents

    def arrange(self, taken: Sequence[Item], limits: Limits, now: datetime) -> Arranged:
        """Everything that may be told now. It costs no statement where nobody is limited."""
        arranged, limited = Arranged(), dict[Whom, list[Item]]()
        for item in taken:
            page = item[1]
            if isinstance(page, PagePerson) and limits(page.person, page.method):
                limited.setdefault((page.person, page.method), []).append(item)
            else:
                arranged.alone.append(item)
        for whom in sorted(limited):
            self._of_one(arranged, whom, limited[whom], limits(*whom), now)
        return arranged

    def _of_one(
        self, arranged: Arranged, whom: Whom, taken: list[Item], limits: Sequence[Limit], now: datetime
    ) -> None:
        self._session.lock(_GUARD, {"whom": f"{whom[0]} {whom[1]}"})  # two replicas count one after the other
        ours = {item[0][0] for item in taken}
        items = taken + self._waiting(whom, ours, now)
        told = self._told(whom, {item[0][0] for item in items}, limits, now)
        reached = self._reached(whom, items)
        waiting = list[Item]()
        for item in items:
            call = _call(item[1].key, item[2])
            if call not in reached:
                if item[0][0] in ours:  # another one that is due is taken as soon as there is room for it
                    reached.add(call)
                    arranged.messages.append([item])
                    told.append(now)
            elif item[0][_UNCERTAIN] or item[0][_STATE] == q.State.CLAIMED:
                arranged.asked.append(item)
            else:
                waiting.append(item)
        room = allowance(told, limits, now)
        if len(waiting) <= room:
            arranged.messages += [[item] for item in waiting]
            return
        if room:
            arranged.messages.append(waiting[:TOGETHER])
            told.append(now)
            waiting = waiting[TOGETHER:]
        if waiting:
            later = next_allowed(told, limits, now)
            self._session.run(q.POSTPONE, {"ids": [item[0][0] for item in waiting], "later": later})

    def _waiting(self, whom: Whom, taken: Collection[str], now: datetime) -> list[Item]:
        """What is due for them besides, and still wanted: put off before, or beyond what was taken."""
        found = list[Item]()
        for row in self._session.rows(_WAITING, {**_mine(whom), "now": now, "limit": 10 * TOGETHER}):
            if row[0] not in taken:
                try:
                    found.append((row, decode_effect(row[2]), row[1]))
                except ValueError:
                    continue  # it is buried when it is taken by itself
        incidents = self._incidents.incidents(list({item[2] for item in found if item[2]})) if found else {}
        return [
            (row, page, incident)
            for row, page, incident in found
            if isinstance(page, PagePerson)
            and page.method is whom[1]
            and incident in incidents
            and incidents[incident].unconfirmed is None
            and wanted(incidents[incident], page)
        ]

    def _told(
        self, whom: Whom, ours: Collection[str], limits: Sequence[Limit], now: datetime
    ) -> list[datetime]:
        """When they were told something, a message counting once; what is on the wire counts."""
        since = now - max(limit.span for limit in limits)
        rows = self._session.rows(_TOLD, {**_mine(whom), "since": since})
        messages = {token or row_id: at or now for row_id, token, at in rows if row_id not in ours}
        return list(messages.values())

    def _reached(self, whom: Whom, items: Sequence[Item]) -> set[Call]:
        """The calls of which they know, by whatever way."""
        incidents = sorted({item[2] for item in items if item[2]})
        rows = self._session.rows(_REACHED, {**_mine(whom), "incidents": incidents})
        return {_call(key, incident) for key, incident in rows}


def _call(key: str, incident: IncidentId | None) -> Call:
    """What a page is one of: a climb of the incident, or a wish of somebody who asked for them by hand.

    Keys begin with `page:<incident>:<climb>:<round>:<rung>:`; by hand it is round 0.
    """
    _, _, climb, round_, rung, *_ = [*key.split(":"), "", "", "", "", ""]
    return incident, climb, rung if round_ == "0" else ""


def _mine(whom: Whom) -> dict[str, object]:
    """The keys of pages end with the way and its place in the person's list, which has ten at most."""
    return {"its_person": whom[0], "its_way": f"%:{whom[1].value}_"}
