"""What an integration sent and nobody could read: kept so that it is seen, the same thing once."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.token import masked

NEWS = "news in "
"""How the origin begins of what was read as no alert at all; nobody is alarmed about that."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Unread:
    """One such thing, `count` times. `place` and `reason` say what is wrong where; `body` is what was sent.

    `hash` is equal for the same thing, within one `integration`.
    """

    id: str
    integration: str
    hash: str
    first_at: datetime
    last_at: datetime
    count: int
    place: str
    reason: str
    body: str


def storable(text: str, most: int) -> str:
    """What both databases take, so much of it, without tokens that somebody put into it."""
    return masked(text[:most]).replace("\x00", "\ufffd").encode(errors="replace").decode()
