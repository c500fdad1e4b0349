"""Overrides: what somebody decided about who is on call, against the layers."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.ids import OverrideId, PersonId, ScheduleId
from bot.domain.people import Actor


class OverrideKind(StrEnum):
    """What an override does to those who would be on call."""

    ADD = "add"
    REPLACE = "replace"
    REMOVE = "remove"


@dataclass(frozen=True, kw_only=True, slots=True)
class Override:
    """From `since` (included) to `until` (excluded) the layers of a schedule do not have the last word.

    ADD: the person besides the others. REMOVE: not that person. REPLACE: that person alone, or, with
    `instead_of`, in the place of that one and only while that one would be on call. Overrides count in
    the order in which they were made, so that the last one wins.
    """

    id: OverrideId
    schedule: ScheduleId
    kind: OverrideKind
    person: PersonId
    instead_of: PersonId | None = None
    since: datetime
    until: datetime
    by: Actor
    reason: str = ""
    made_at: datetime
