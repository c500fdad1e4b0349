"""Links: addresses under which a calendar may be read by whoever has them, until they are revoked."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

LinkId = NewType("LinkId", str)
"""128 random bits; not yet the token, which carries a signature too."""


class LinkKind(StrEnum):
    """What can be read."""

    SCHEDULE = "schedule"
    PERSON = "person"


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """`subject` is the schedule or the person; `made_by` the identity of whoever asked for it."""

    id: LinkId
    kind: LinkKind
    subject: str
    made_by: str
    made_at: datetime
    revoked_at: datetime | None = None
