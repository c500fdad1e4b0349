"""The roster that counts now: the configuration's, with everything that the database knows besides."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy import bindparam, select

from bot.domain.ids import PersonId, ScheduleId
from bot.domain.override import Override, OverrideKind
from bot.domain.roster import Roster
from bot.domain.schedule import Span
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

STRIKES = 2
"""So often in a row it must fail before what was known last will do: once may be chance."""

REST = timedelta(seconds=10)
"""For so long it is not tried again then."""

v = override.c
log = structlog.get_logger(__name__)

_LATELY = Query(
    lambda _: (
        select(v.body)
        .where(v.until > bindparam("since", type_=Instant), v.withdrawn_at.is_(None))
        .order_by(v.made_at, v.id)
    )
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Besides:
    """What the database knows besides the configuration."""

    overrides: Mapping[ScheduleId, tuple[Override, ...]] = field(default_factory=dict)
    feeds: Mapping[str, tuple[Span, ...]] = field(default_factory=dict)
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    load: Mapping[PersonId, int] = field(default_factory=dict)

    def of(self, static: Roster) -> Roster:
        """The configuration's roster with it."""
        groups = {each: self.groups.get(each, ()) for each in static.groups}
        return replace(static, overrides=self.overrides, feeds=self.feeds, groups=groups, load=self.load)


NOTHING = Besides()


@dataclass(kw_only=True, slots=True)
class LastKnown:
    """What was read last, for all threads of a process, and how often in a row it could not be read since."""

    besides: Besides = NOTHING
    failures: int = 0
    failed_at: datetime | None = None

    def serves(self, now: datetime) -> bool:
        """Whether it has to do for now."""
        if self.failures < STRIKES or self.failed_at is None:
            return False
        return timedelta() <= now - self.failed_at < REST

    def note(self, besides: Besides | None, now: datetime) -> None:
        """What was read; None when it could not be."""
        if besides is None:
            self.failures, self.failed_at = self.failures + 1, now
        else:
            self.besides, self.failures = besides, 0


class Rosters:
    """Semantics of the method: bot.ports.DutyTx."""

    def __init__(
        self, session: Session, feeds: FeedRows, load: Load, groups: GroupRows, last: LastKnown
    ) -> None:
        self._session = session
        self._feeds = feeds
        self._load = load
        self._groups = groups
        self._last = last
        self._made: tuple[Roster, Besides, Roster] | None = None

    def roster(self, static: Roster, now: datetime) -> Roster:
        """The configuration's roster with what was decided since.

        What cannot be read fails its transaction; when it fails again, what was known last takes its place
        for a while: a damaged table must not keep everybody from being paged.
        """
        if self._last.serves(now):
            log.error("roster_as_last_known", failures=self._last.failures)
            return self._last.besides.of(static)
        besides: Besides | None = None
        try:
            besides = self._read(static, now)
        finally:
            self._last.note(besides, now)
        return self._with(static, besides)

    def _with(self, static: Roster, besides: Besides) -> Roster:
        """The very same roster for as long as nothing has changed: whoever worked something out keeps it."""
        made = self._made
        if made is None or made[0] is not static or made[1] != besides:
            made = self._made = static, besides, static if besides is NOTHING else besides.of(static)
        return made[2]

    def _read(self, static: Roster, now: datetime) -> Besides:
        found: dict[ScheduleId, list[Override]] = {}
        for (body,) in self._session.rows(_LATELY, {"since": now - LOOK_BACK}):
            try:
                each = decode_override(body)
            except ValueError:  # one that cannot be read must not keep anybody from being paged
                log.exception("override_unreadable")
                continue
            if each.kind is OverrideKind.REMOVE or static.person(each.person) is not None:
                found.setdefault(each.schedule, []).append(each)  # who has left stands in nobody's place
        if not found and not static.feed_keys and not static.weighed and not static.groups:
            return NOTHING
        return Besides(
            overrides={schedule: tuple(those) for schedule, those in found.items()},
            feeds=self._feeds.spans(static.feed_keys),
            load=self._load.load(now - LOAD_OF) if static.weighed else {},
            groups=self._groups.members(static.groups),
        )
