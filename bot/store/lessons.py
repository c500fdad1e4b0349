"""Lessons in a transaction: how messages are read, as it was taught."""

from datetime import datetime
from functools import cache

import structlog
from pydantic import TypeAdapter
from sqlalchemy import bindparam, func, select, update

from bot.domain.lesson import Lesson
from bot.store.alert_tables import lesson
from bot.store.columns import Instant
from bot.store.query import Insertion, Query, Session

t = lesson.c
log = structlog.get_logger(__name__)

_ALL = Query(
    lambda _: select(t.name, t.version, t.body).where(t.retired_at.is_(None)).order_by(t.name, t.version)
)
_OF = Query(
    lambda _: (
        select(t.name, t.version, t.body)
        .where(t.retired_at.is_(None), t.channel == bindparam("its_channel"))
        .order_by(t.name, t.version)
    )
)
_VERSION = Query(lambda _: select(func.max(t.version)).where(t.name == bindparam("its_name")))
_ADD = Insertion(lesson, ("name", "version", "channel", "made_at", "body"))
_RETIRE = Query(
    lambda _: (
        update(lesson)
        .where(t.name == bindparam("its_name"), t.retired_at.is_(None))
        .values(retired_at=bindparam("now", type_=Instant))
    )
)


@cache
def _lessons() -> TypeAdapter[Lesson]:
    return TypeAdapter(Lesson)


class Lessons:
    """Semantics of the methods: bot.ports.lessons.LessonTx."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def lessons(self, channel: str | None = None) -> list[Lesson]:
        """Those that count."""
        if channel is None:
            rows = self._session.rows(_ALL, {})
        else:
            rows = self._session.rows(_OF, {"its_channel": channel})
        newest = {name: body for name, _, body in rows}
        return [found for name, body in newest.items() if (found := _decoded(name, body))]

    def lesson_version(self, name: str) -> int:
        """The newest version."""
        found: int | None = self._session.rows(_VERSION, {"its_name": name})[0][0]
        return found or 0

    def add_lesson(self, lesson: Lesson) -> None:
        """Write a version."""
        body = _lessons().dump_json(lesson).decode()
        row = {"name": lesson.name, "version": lesson.version, "channel": lesson.channel}
        self._session.push(_ADD, [{**row, "made_at": lesson.made_at, "body": body}])

    def retire_lesson(self, name: str, now: datetime) -> int:
        """From now on it counts no more."""
        return self._session.run(_RETIRE, {"its_name": name, "now": now})


def _decoded(name: str, body: str) -> Lesson | None:
    try:
        return _lessons().validate_json(body)
    except ValueError:  # its messages are read as those of any other bot meanwhile
        log.exception("lesson_unreadable", lesson=name)
        return None
