"""Slack's user groups in a transaction: who was in them when they were last read."""

import json
from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import bindparam, null, select

from bot.ports.groups import SlackGroup
from bot.store.columns import Instant
from bot.store.query import Query, Row, Session
from bot.store.tables import slack_group

g = slack_group.c
_NOW = bindparam("now", type_=Instant)

_ALL = Query(lambda _: select(g.id, g.members, g.read_at, g.tried_at, g.problem).order_by(g.id))
_READ = Query(
    lambda kit: (
        kit.insert(slack_group)
        .values(id=bindparam("its_id"), members=bindparam("its_members"), read_at=_NOW, tried_at=_NOW)
        .on_conflict_do_update(
            index_elements=["id"],
            set_={"members": bindparam("its_members"), "read_at": _NOW, "tried_at": _NOW, "problem": null()},
        )
    )
)
_UNREAD = Query(
    lambda kit: (
        kit.insert(slack_group)
        .values(id=bindparam("its_id"), tried_at=_NOW, problem=bindparam("its_problem"))
        .on_conflict_do_update(
            index_elements=["id"], set_={"tried_at": _NOW, "problem": bindparam("its_problem")}
        )
    )
)


class GroupRows:
    """Semantics of the methods: bot.ports.GroupTx."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def groups(self) -> dict[str, SlackGroup]:
        """All that are known."""
        return {row[0]: _group(row) for row in self._session.rows(_ALL, {})}

    def members(self, wanted: Collection[str]) -> dict[str, tuple[str, ...]]:
        """Who is in these; nobody, for one that was never read."""
        known = self.groups() if wanted else {}
        return {each: (known[each].members or ()) if each in known else () for each in wanted}

    def group_read(
        self, group: str, members: tuple[str, ...], left_out: Mapping[str, str], now: datetime
    ) -> None:
        """A good reading takes the place of the last one."""
        body = json.dumps({"members": members, "left_out": dict(left_out)})
        self._session.run(_READ, {"its_id": group, "its_members": body, "now": now})

    def group_unread(self, group: str, problem: str, now: datetime) -> None:
        """The last good reading stays."""
        self._session.run(_UNREAD, {"its_id": group, "its_problem": problem, "now": now})


def _group(row: Row) -> SlackGroup:
    """A body that cannot be read is no reading: it must not keep anybody from being paged."""
    group, body, read_at, tried_at, problem = row
    try:
        read = json.loads(body) if body else None
        members = tuple(str(each) for each in read["members"]) if read else None
        left_out = {str(who): str(why) for who, why in read["left_out"].items()} if read else {}
    except (ValueError, LookupError, TypeError, AttributeError):
        members, left_out, read_at = None, {}, None
    return SlackGroup(
        id=group, members=members, left_out=left_out, read_at=read_at, tried_at=tried_at, problem=problem
    )
