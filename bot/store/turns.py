"""Turns: how often a round robin has been asked for the next one."""

from sqlalchemy import bindparam, select

from bot.store.query import Query, Session
from bot.store.tables import turn

_TAKE = Query(
    lambda kit: (
        kit.insert(turn)
        .values(name=bindparam("name"), value=0)
        .on_conflict_do_update(index_elements=["name"], set_={"value": turn.c.value + 1})
        .returning(turn.c.value)
    )
)
_GIVEN = Query(lambda _: select(turn.c.value).where(turn.c.name == bindparam("name")))


class Turns:
    """Two transactions that want the same one's turn wait for each other. Semantics: bot.ports.Tx."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def take(self, name: str) -> int:
        """The next turn, counted from 0."""
        taken: int = self._session.rows(_TAKE, {"name": name})[0][0]
        return taken

    def coming(self, name: str) -> int:
        """The turn that would be given next; it is not taken."""
        rows = self._session.rows(_GIVEN, {"name": name})
        given: int = rows[0][0] if rows else -1
        return given + 1
