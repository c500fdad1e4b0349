"""Integrations in a transaction: their tokens, and what of theirs nobody could read."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import and_, bindparam, delete, func, or_, select, update

from bot.domain.token import IntegrationToken
from bot.domain.unread import Unread
from bot.store.alert_tables import integration_token, unread
from bot.store.columns import Instant
from bot.store.query import LIMIT, Insertion, Query, Session

t, u = integration_token.c, unread.c
_TOKEN = tuple(integration_token.columns.keys())
_UNREAD = tuple(unread.columns.keys())

_TOKENS = Query(
    lambda _: (
        select(*integration_token.columns)
        .where(t.revoked_at.is_(None))
        .order_by(t.integration, t.made_at.desc(), t.id)
    )
)
_ADD = Insertion(integration_token, _TOKEN)
_EXPIRE = Query(
    lambda _: (
        update(integration_token)
        .where(
            t.integration == bindparam("its_integration"),
            t.revoked_at.is_(None),
            or_(t.expires_at.is_(None), t.expires_at > bindparam("at", type_=Instant)),
        )
        .values(expires_at=bindparam("at", type_=Instant))
    )
)
_REVOKE = Query(
    lambda _: (
        update(integration_token)
        .where(t.integration == bindparam("its_integration"), t.revoked_at.is_(None))
        .values(revoked_at=bindparam("now", type_=Instant))
    )
)
_USED = Query(
    lambda kit: (
        update(integration_token)
        .where(kit.among(t.id, "ids"))
        .values(used_at=bindparam("now", type_=Instant))
    )
)
_NOTE = Insertion(
    unread,
    _UNREAD,
    then=lambda statement: statement.on_conflict_do_update(
        index_elements=["integration", "hash"],
        set_={
            "last_at": statement.excluded.last_at,
            "count": unread.c.count + statement.excluded.count,
            "place": statement.excluded.place,
            "reason": statement.excluded.reason,
        },
    ),
)
_KNOWN = Query(lambda kit: select(u.integration, u.hash).where(kit.among(u.integration, "integrations")))
_NEWEST = Query(
    lambda _: (
        select(u.hash)
        .where(u.integration == bindparam("its_integration"))
        .order_by(u.last_at.desc(), u.id)
        .limit(LIMIT)
    )
)
_ALL = Query(lambda _: select(*unread.columns).order_by(u.last_at.desc(), u.id).limit(LIMIT))
_SINCE = Query(
    lambda _: (
        select(u.integration, func.count())
        .where(and_(u.last_at >= bindparam("since", type_=Instant)))
        .group_by(u.integration)
    )
)
_DROP = Query(lambda kit: delete(unread).where(kit.among(u.id, "ids")))
_DROP_ALL = Query(lambda _: delete(unread))


class Integrations:
    """Semantics of the methods: bot.ports.integrations.IntegrationTx."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def tokens(self) -> list[IntegrationToken]:
        """All that were not revoked."""
        rows = self._session.rows(_TOKENS, {})
        return [IntegrationToken(**dict(zip(_TOKEN, row, strict=True))) for row in rows]

    def add_token(self, token: IntegrationToken) -> None:
        """Write a new one."""
        self._session.push(_ADD, [asdict(token)])

    def expire_tokens(self, integration: str, at: datetime) -> int:
        """Have those of an integration end."""
        return self._session.run(_EXPIRE, {"its_integration": integration, "at": at})

    def revoke_tokens(self, integration: str, now: datetime) -> int:
        """From now on they count no more."""
        return self._session.run(_REVOKE, {"its_integration": integration, "now": now})

    def tokens_used(self, ids: Collection[str], now: datetime) -> None:
        """Somebody posted with these."""
        self._session.run(_USED, {"ids": sorted(ids), "now": now})

    def note_unread(self, things: Sequence[Unread], most: int) -> None:
        """Write down what could not be read, or count it."""
        names = sorted({each.integration for each in things})
        known = {(name, mark) for name, mark in self._session.rows(_KNOWN, {"integrations": names})}
        full = Counter(name for name, _ in known)
        merged: dict[tuple[str, str], Unread] = {}
        for each in things:
            key = (each.integration, each.hash)
            if key not in known and full[each.integration] >= most:
                key = (each.integration, self._newest(each.integration))
            elif key not in known:
                known.add(key)
                full[each.integration] += 1
            before = merged.get(key)
            merged[key] = Unread(
                **{**asdict(each), "hash": key[1], "count": each.count + (before.count if before else 0)}
            )
        if merged:
            self._session.push(_NOTE, [asdict(merged[key]) for key in sorted(merged)])

    def unread(self, limit: int = 200) -> list[Unread]:
        """What could not be read."""
        rows = self._session.rows(_ALL, {"limit": limit})
        return [Unread(**dict(zip(_UNREAD, row, strict=True))) for row in rows]

    def unread_since(self, since: datetime) -> dict[str, int]:
        """Integrations of which something could not be read since then."""
        return dict(self._session.rows(_SINCE, {"since": since}))

    def drop_unread(self, ids: Sequence[str]) -> int:
        """Forget them."""
        return self._session.run(_DROP, {"ids": ids}) if ids else self._session.run(_DROP_ALL, {})

    def _newest(self, integration: str) -> str:
        found: str = self._session.rows(_NEWEST, {"its_integration": integration, "limit": 1})[0][0]
        return found
