"""Upkeep in a transaction: what must not be is found, and who looks on is remembered."""

from datetime import datetime, timedelta

from sqlalchemy import (
    BigInteger,
    Select,
    bindparam,
    cast,
    extract,
    func,
    null,
    or_,
    select,
    type_coerce,
)

from bot.ports import Trouble
from bot.store.columns import Instant
from bot.store.outbox_queries import State, o
from bot.store.query import Kit, Query, Session
from bot.store.tables import home_viewer, incident

LONG_OVERDUE = timedelta(seconds=60)
LONG_CLAIMED = timedelta(seconds=45)
"""Three leases."""

i = incident.c

_TROUBLES: tuple[tuple[str, str, Query], ...] = (
    (
        "climb overdue",
        "armed or to be woken, and more than a minute late",
        Query(lambda _: select(func.count()).select_from(incident).where(i.next_at < bindparam("overdue"))),
    ),
    (
        "page overdue",
        "pages that nobody took for more than a minute",
        Query(lambda _: select(func.count()).where(o.lane == "page", o.ready_at < bindparam("overdue"))),
    ),
    (
        "delivery stuck",
        "claimed or unknown for more than three leases",
        Query(
            lambda _: select(func.count()).where(
                o.ready_at < bindparam("stuck"), or_(o.state == State.CLAIMED, o.state == State.UNKNOWN)
            )
        ),
    ),
    (
        "incident forgotten",
        "triggered, with neither a climb nor somebody who has it",
        Query(
            lambda _: (
                select(func.count())
                .select_from(incident)
                .where(
                    i.resolved_at.is_(None),
                    i.status == "triggered",
                    i.next_at.is_(None),
                    i.unpaged == 0,
                    i.quarantined_at.is_(None),
                )
            )
        ),
    ),
    (
        "incident unreadable",
        "put aside because the row cannot be read",
        Query(
            lambda _: (
                select(func.count())
                .select_from(incident)
                .where(i.quarantined_at.is_not(None), i.resolved_at.is_(None))
            )
        ),
    ),
    (
        "dead letters",
        "given up; see `tocsin dead-letters`",
        Query(lambda _: select(func.count()).where(o.state == State.REJECTED, o.done_at.is_not(None))),
    ),
)
_SEEN = Query(
    lambda kit: (
        statement := kit.insert(home_viewer).values(user=bindparam("user"), at=bindparam("at"))
    ).on_conflict_do_update(index_elements=["user"], set_={"at": statement.excluded.at})
)
_VIEWERS = Query(
    lambda _: (
        select(home_viewer.c.user).where(home_viewer.c.at >= bindparam("since")).order_by(home_viewer.c.user)
    )
)


def _clock(kit: Kit) -> Select[tuple[datetime]]:
    """SQLite's clock is the machine's own. PostgreSQL's is that of all replicas.

    Not `now()`, which stands still in a transaction.
    """
    if kit.dialect.name == "sqlite":
        return select(type_coerce(null(), Instant))
    shown = cast(extract("epoch", func.clock_timestamp()) * 1_000_000, BigInteger)
    return select(type_coerce(shown, Instant))


_CLOCK = Query(_clock)


class Upkeep:
    """Semantics of the methods: bot.ports.Tx."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def clock(self) -> datetime | None:
        """The database's clock, where it is not the machine's."""
        shown: datetime | None = self._session.rows(_CLOCK, {})[0][0]
        return shown

    def audit(self, now: datetime) -> list[Trouble]:
        """What must not be, with how often it is."""
        params = {"overdue": now - LONG_OVERDUE, "stuck": now - LONG_CLAIMED}
        counts = [
            Trouble(kind=kind, count=self._session.rows(query, params)[0][0], detail=detail)
            for kind, detail, query in _TROUBLES
        ]
        return [trouble for trouble in counts if trouble.count]

    def home_seen(self, user: str, now: datetime) -> None:
        """Remember that somebody opened their Home tab."""
        self._session.push(_SEEN, [{"user": user, "at": now}])

    def home_viewers(self, since: datetime) -> list[str]:
        """Slack users who opened their Home tab since then."""
        return [row[0] for row in self._session.rows(_VIEWERS, {"since": since})]
