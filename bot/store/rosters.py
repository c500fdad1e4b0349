"""The roster that counts now: the configuration's, with everything that the database knows besides."""

from dataclasses import replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy import bindparam, select

from bot.domain.ids import ScheduleId
from bot.domain.override import Override
from bot.domain.roster import Roster
from bot.store.columns import Instant
from bot.store.feeds import FeedRows
from bot.store.groups import GroupRows
from bot.store.load import Load
from bot.store.overrides import decode_override
from bot.store.query import Query, Session
from bot.store.tables import override

LOOK_BACK = timedelta(days=8)
"""Overrides that ended so lately still tell since when somebody is on call."""

LOAD_OF = timedelta(days=7)
"""The time whose pages count for those who were paged least."""

v = override.c
log = structlog.get_logger(__name__)

_LATELY = Query(
    lambda _: (
        select(v.body)
        .where(v.until > bindparam("since", type_=Instant), v.withdrawn_at.is_(None))
        .order_by(v.made_at, v.id)
    )
)


class Rosters:
    """Semantics of the method: bot.ports.DutyTx."""

    def __init__(self, session: Session, feeds: FeedRows, load: Load, groups: GroupRows) -> None:
        self._session = session
        self._feeds = feeds
        self._load = load
        self._groups = groups

    def roster(self, static: Roster, now: datetime) -> Roster:
        """The configuration's roster with what was decided since."""
        found: dict[ScheduleId, list[Override]] = {}
        for (body,) in self._session.rows(_LATELY, {"since": now - LOOK_BACK}):
            try:
                each = decode_override(body)
            except ValueError:  # one that cannot be read must not keep anybody from being paged
                log.exception("override_unreadable")
                continue
            found.setdefault(each.schedule, []).append(each)
        if not found and not static.feed_keys and not static.weighed and not static.groups:
            return static
        return replace(
            static,
            overrides={schedule: tuple(those) for schedule, those in found.items()},
            feeds=self._feeds.spans(static.feed_keys),
            load=self._load.load(now - LOAD_OF) if static.weighed else {},
            groups=self._groups.members(static.groups),
        )
