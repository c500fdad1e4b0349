"""The port for links: which of them were given, and which still count."""

from datetime import datetime
from typing import Protocol

from bot.domain.link import Link, LinkId, LinkKind


class LinkTx(Protocol):
    """What a transaction knows of links."""

    def link(self, link: LinkId) -> Link | None:
        """A link, revoked or not."""
        ...

    def links_of(self, kind: LinkKind, subject: str, made_by: str) -> list[Link]:
        """Those that somebody has for that subject and that still count, the newest first."""
        ...

    def add_link(self, link: Link) -> None:
        """Write a new one."""
        ...

    def revoke_links(self, kind: LinkKind, subject: str, made_by: str | None, now: datetime) -> int:
        """From now on they count no more; of everybody when nobody is named. How many."""
        ...
