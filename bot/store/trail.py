"""The trail in a transaction: deliveries with their attempts, and the alerts of an incident."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import ColumnElement, Integer, bindparam, case, func, select

from bot.domain.alert import HeldAlert, MessageRef
from bot.domain.effects import Effect, Lane
from bot.domain.ids import IncidentId
from bot.ports.trail import Attempt, Delivery
from bot.store.codec import decode_alert, decode_effect
from bot.store.outbox_queries import o
from bot.store.query import LIMIT, Kit, Query, Row, Session
from bot.store.tables import alert, attempt

_DELIVERIES = Query(
    lambda _: (
        select(
            *(o.id, o.kind, o.lane, o.key, o.body, o.state, o.due_at, o.created_at, o.done_at),
            *(o.reason, o.provider_id, o.ref_channel, o.ref_ts),
        )
        .where(o.incident == bindparam("its_incident"))
        .order_by(o.position, o.id)
        .limit(LIMIT)
    )
)
_ATTEMPTS = Query(
    lambda kit: (
        select(attempt.c.effect, attempt.c.attempt, attempt.c.at, attempt.c.outcome, attempt.c.reason)
        .where(kit.among(attempt.c.effect, "ids"))
        .order_by(attempt.c.at, attempt.c.attempt, attempt.c.id)
    )
)
_ALERTS = Query(
    lambda _: (
        select(alert.c.body)
        .where(alert.c.incident == bindparam("its_incident"))
        .order_by(alert.c.source, alert.c.fingerprint)
        .limit(LIMIT)
    )
)


def _fires(kit: Kit) -> ColumnElement[int]:
    """1 for an alert that fires: no other text of it can have these quotes."""
    find = func.instr if kit.dialect.name == "sqlite" else func.strpos
    return case((find(alert.c.body, '"state":"firing"') > 0, 1), else_=0)


_PAGE = Query(
    lambda kit: (
        select(alert.c.body)
        .where(alert.c.incident == bindparam("its_incident"))
        .order_by(_fires(kit).desc(), alert.c.source, alert.c.fingerprint)
        .offset(bindparam("skip", type_=Integer))
        .limit(LIMIT)
    )
)
_COUNT = Query(
    lambda _: select(func.count()).select_from(alert).where(alert.c.incident == bindparam("its_incident"))
)


class Trail:
    """Semantics of the methods: bot.ports.trail.TrailTx."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def alerts(self, incident: IncidentId, limit: int = 100) -> list[HeldAlert]:
        """The first one first; one that cannot be read is left out."""
        rows = self._session.rows(_ALERTS, {"its_incident": incident, "limit": limit})
        found = [held for (body,) in rows if (held := _alert(body))]
        return sorted(found, key=lambda held: (held.first_at, held.source, held.fingerprint))

    def alerts_page(self, incident: IncidentId, skip: int, limit: int) -> tuple[list[HeldAlert], int]:
        """Those that fire first; one that cannot be read is left out."""
        rows = self._session.rows(_PAGE, {"its_incident": incident, "skip": skip, "limit": limit})
        count: int = self._session.rows(_COUNT, {"its_incident": incident})[0][0]
        return [held for (body,) in rows if (held := _alert(body))], count

    def deliveries(self, incident: IncidentId, limit: int = 1000) -> list[Delivery]:
        """In the order of the decisions."""
        rows = self._session.rows(_DELIVERIES, {"its_incident": incident, "limit": limit})
        attempts = self._attempts([row[0] for row in rows])
        return [_delivery(row, attempts.get(row[0], ())) for row in rows]

    def _attempts(self, ids: Sequence[str]) -> dict[str, tuple[Attempt, ...]]:
        found: dict[str, tuple[Attempt, ...]] = defaultdict(tuple)
        for effect, number, at, outcome, reason in self._session.rows(_ATTEMPTS, {"ids": ids}) if ids else ():
            found[effect] += (Attempt(number=number, at=at, outcome=outcome, reason=reason or ""),)
        return found


def _delivery(row: Row, attempts: tuple[Attempt, ...]) -> Delivery:
    _, kind, lane, key, body, state, due_at, created_at, done_at, reason, provider_id, channel, ts = row
    return Delivery(
        kind=kind,
        lane=Lane(lane),
        key=key,
        effect=_effect(body),
        state=state,
        due_at=due_at,
        decided_at=created_at,
        done_at=done_at,
        reason=reason or "",
        provider_id=provider_id,
        ref=MessageRef(channel=channel, ts=ts) if channel and ts else None,
        attempts=attempts,
    )


def _effect(body: str) -> Effect | None:
    try:
        return decode_effect(body)
    except ValueError:
        return None


def _alert(body: str) -> HeldAlert | None:
    try:
        return decode_alert(body)
    except ValueError:
        return None
