"""Rows that need not be looked at yet: ready later, together with what comes behind them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import bindparam, case, select, update

from bot.domain.effects import Lane, RefreshCard
from bot.domain.ids import IncidentId
from bot.domain.incident import Incident
from bot.ports import Claim
from bot.ports.outbox import Full
from bot.store import outbox_queries as q
from bot.store.columns import Instant
from bot.store.limits import Item
from bot.store.query import Query, Session
from bot.store.tables import outbox

PATIENCE = timedelta(seconds=10)
"""When the effects of an incident in doubt are looked at again."""

_o = outbox.c
_before = outbox.alias("before")
_LATER = bindparam("later", type_=Instant)
_put_off = {"ready_at": case((_o.ready_at < _LATER, _LATER), else_=_o.ready_at)}
BEHIND = Query(
    lambda _: (
        update(outbox)
        .where(
            _o.incident == bindparam("its_incident"),
            _o.lane == bindparam("its_lane"),
            _o.position
            > select(_before.c.position).where(_before.c.id == bindparam("its_id")).scalar_subquery(),
            _o.state == q.State.PENDING,
        )
        .values(**_put_off)
    )
)
OF_INCIDENTS = Query(
    lambda kit: kit.lock(
        select(_o.id)
        .where(kit.among(_o.incident, "incidents"), _o.lane == Lane.CHAT.value, _o.state == q.State.PENDING)
        .order_by(_o.id),
        skip_locked=True,
    )
)
PUT_OFF = Query(lambda kit: update(outbox).where(kit.among(_o.id, "ids")).values(**_put_off))


class Waiting:
    """Whoever claims passes by thousands of rows that wait for others, unless they are ready later.

    A claim never waits for a row: what somebody else holds keeps its time.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def behind(self, claim: Claim, later: datetime) -> None:
        """What comes after a row of chat or tracker that is tried again then could not be taken before."""
        if claim.incident is not None and claim.lane is not Lane.PAGE:
            place = {"its_incident": claim.incident, "its_lane": claim.lane.value, "its_id": claim.id}
            self._session.run(BEHIND, {**place, "later": later})

    def doubted(
        self, ready: Sequence[Item], incidents: Mapping[IncidentId, Incident], now: datetime
    ) -> list[Item]:
        """Nothing is told of an incident in doubt: a card could be older than the one that stands."""
        doubted = {key for key, incident in incidents.items() if incident.unconfirmed is not None}
        later = [row[0] for row, _, incident in ready if incident in doubted]
        if later:
            self._session.run(q.POSTPONE, {"ids": later, "later": now + PATIENCE})
        return [item for item in ready if item[2] not in doubted]

    def turned_away(
        self, ready: Sequence[Item], incidents: Mapping[IncidentId, Incident], full: Full
    ) -> list[Item]:
        """A new card of a full channel comes back later; one that was tried before has its turn by now."""
        stay: list[Item] = []
        away = defaultdict[datetime, list[IncidentId]](list)
        for item in ready:
            row, effect, key = item
            incident = incidents.get(key) if key else None
            new = row[4] == 0 and row[6] == q.State.PENDING and isinstance(effect, RefreshCard)
            if new and incident and incident.card is None and incident.service.channel in full:
                away[full[incident.service.channel]].append(incident.id)
            else:
                stay.append(item)
        for later, those in sorted(away.items()):
            ids = [row[0] for row in self._session.rows(OF_INCIDENTS, {"incidents": sorted(those)})]
            self._session.run(PUT_OFF, {"ids": ids, "later": later})
        return stay
