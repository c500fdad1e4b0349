"""Dead letters in a transaction: what was given up, and what becomes of it."""

from collections.abc import Sequence
from datetime import datetime

from bot.ports import DeadLetter
from bot.store import outbox_queries as q
from bot.store.query import Session


class DeadLetters:
    """Semantics of the methods: bot.ports.Tx."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def dead_letters(self, limit: int = 200) -> list[DeadLetter]:
        """What was given up, newest first."""
        return [
            DeadLetter(
                id=row_id,
                incident=None if number is None else f"INC-{number}",
                kind=kind,
                key=key,
                attempts=attempts,
                reason=reason or "",
                at=at,
            )
            for row_id, number, kind, key, attempts, reason, at in self._session.rows(
                q.DEAD, {"limit": limit}
            )
        ]

    def revive(self, ids: Sequence[str], now: datetime) -> int:
        """Make dead letters due again; an empty sequence means all."""
        if not ids:
            return self._session.run(q.REVIVE_ALL, {"now": now})
        return self._session.run(q.REVIVE, {"ids": ids, "now": now})

    def drop(self, ids: Sequence[str]) -> int:
        """Forget dead letters; an empty sequence means all."""
        return self._session.run(q.DROP, {"ids": ids}) if ids else self._session.run(q.DROP_ALL, {})
