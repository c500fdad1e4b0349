"""Turns: how often a round robin has been asked for the next one."""

from sqlalchemy import bindparam

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


class Turns:
    """Two transactions that want the same one's turn wait for each other. Semantics: bot.ports.Tx."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def take(self, name: str) -> int:
        """The next turn, counted from 0."""
        taken: int = self._session.rows(_TAKE, {"name": name})[0][0]
        return taken
