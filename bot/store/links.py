"""Links in a transaction: who may read which calendar by an address alone."""

from datetime import datetime

from sqlalchemy import Text, bindparam, or_, select, update

from bot.domain.link import Link, LinkId, LinkKind
from bot.store.columns import Instant
from bot.store.query import Insertion, Query, Row, Session
from bot.store.tables import link

k = link.c
_COLUMNS = (k.id, k.kind, k.subject, k.made_by, k.made_at, k.revoked_at)
_ONE = Query(lambda _: select(*_COLUMNS).where(k.id == bindparam("its_id")))
_OF = Query(
    lambda _: (
        select(*_COLUMNS)
        .where(
            k.kind == bindparam("its_kind"),
            k.subject == bindparam("its_subject"),
            k.made_by == bindparam("by"),
            k.revoked_at.is_(None),
        )
        .order_by(k.made_at.desc(), k.id)
    )
)
_ADD = Insertion(link, ("id", "kind", "subject", "made_by", "made_at"))
_REVOKE = Query(
    lambda _: (
        update(link)
        .where(
            k.kind == bindparam("its_kind"),
            k.subject == bindparam("its_subject"),
            or_(bindparam("by", type_=Text) == "", k.made_by == bindparam("by", type_=Text)),
            k.revoked_at.is_(None),
        )
        .values(revoked_at=bindparam("now", type_=Instant))
    )
)


class Links:
    """Semantics of the methods: bot.ports.links.LinkTx."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def link(self, link: LinkId) -> Link | None:
        """A link, revoked or not."""
        return next(map(_read, self._session.rows(_ONE, {"its_id": link})), None)

    def links_of(self, kind: LinkKind, subject: str, made_by: str) -> list[Link]:
        """Those that count."""
        params = {"its_kind": kind.value, "its_subject": subject, "by": made_by}
        return [_read(row) for row in self._session.rows(_OF, params)]

    def add_link(self, link: Link) -> None:
        """Write a new one."""
        row = {"id": link.id, "kind": link.kind.value, "subject": link.subject}
        self._session.push(_ADD, [{**row, "made_by": link.made_by, "made_at": link.made_at}])

    def revoke_links(self, kind: LinkKind, subject: str, made_by: str | None, now: datetime) -> int:
        """From now on they count no more."""
        params = {"its_kind": kind.value, "its_subject": subject, "by": made_by or "", "now": now}
        return self._session.run(_REVOKE, params)


def _read(row: Row) -> Link:
    link_id, kind, subject, made_by, made_at, revoked_at = row
    return Link(
        id=LinkId(link_id),
        kind=LinkKind(kind),
        subject=subject,
        made_by=made_by,
        made_at=made_at,
        revoked_at=revoked_at,
    )
