"""Calendars of elsewhere in a transaction: the last good reading of each, and how the newest attempt went."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache

import structlog
from pydantic import TypeAdapter
from sqlalchemy import bindparam, select

from bot.domain.schedule import Span
from bot.ports.feeds import FeedState
from bot.store.columns import Instant
from bot.store.query import Query, Session
from bot.store.tables import feed

f = feed.c
log = structlog.get_logger(__name__)

_AMONG = Query(lambda kit: select(f.key, f.body).where(kit.among(f.key, "keys")))
_TIMES = Query(lambda kit: select(f.key, f.read_at).where(kit.among(f.key, "keys")))
_SET = Query(
    lambda kit: (
        kit.insert(feed)
        .values(
            key=bindparam("its_key"),
            body=bindparam("its_body"),
            read_at=bindparam("read", type_=Instant),
            tried_at=bindparam("tried", type_=Instant),
            problem=bindparam("its_problem"),
        )
        .on_conflict_do_update(
            index_elements=["key"],
            set_={
                "body": bindparam("its_body"),
                "read_at": bindparam("read", type_=Instant),
                "tried_at": bindparam("tried", type_=Instant),
                "problem": bindparam("its_problem"),
            },
        )
    )
)


@cache
def _states() -> TypeAdapter[FeedState]:
    return TypeAdapter(FeedState)


class FeedRows:
    """Semantics of the methods: bot.ports.feeds.FeedTx."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: dict[str, tuple[datetime, tuple[Span, ...]]] = {}

    def feed(self, key: str) -> FeedState | None:
        """One of them."""
        return self.feeds([key]).get(key)

    def feeds(self, keys: Sequence[str]) -> dict[str, FeedState]:
        """Several of them; one that cannot be read is as if it had never been."""
        rows = self._session.rows(_AMONG, {"keys": sorted(keys)}) if keys else []
        return {key: found for key, body in rows if (found := _decoded(key, body))}

    def set_feed(self, state: FeedState) -> None:
        """Write what is known now."""
        self._session.run(
            _SET,
            {
                "its_key": state.key,
                "its_body": _states().dump_json(state).decode(),
                "read": state.read_at,
                "tried": state.tried_at,
                "its_problem": state.problem,
            },
        )

    def spans(self, keys: Iterable[str]) -> Mapping[str, tuple[Span, ...]]:
        """What the calendars say, for whoever asks often: a body is taken apart once after each reading."""
        wanted = sorted(keys)
        if not wanted:
            return {}
        times = {key: at for key, at in self._session.rows(_TIMES, {"keys": wanted}) if at is not None}
        stale = [key for key, at in times.items() if self._known.get(key, (None, ()))[0] != at]
        for key, state in self.feeds(stale).items():
            self._known[key] = (times[key], state.spans or ())
        return {key: self._known[key][1] for key in times if key in self._known}


def _decoded(key: str, body: str | None) -> FeedState | None:
    if body is None:
        return None
    try:
        return _states().validate_json(body)
    except ValueError:  # it is read again soon, and must not keep anybody from being paged
        log.exception("feed_unreadable", feed=key.partition("?")[0][:80])
        return None
