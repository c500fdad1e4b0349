"""The timeline: what happened to an incident, one entry an event, in order."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.domain.people import Actor


class EntryKind(StrEnum):
    """What an entry tells. Its `facts` fill the sentence that bot.render makes of it."""

    OPENED = "opened"
    ALERT = "alert"
    ALERT_CLEARED = "alert cleared"
    STILL_FIRING = "still firing"
    STORM = "storm"
    STORM_OVER = "storm over"
    RUNG = "rung fired"
    NOBODY = "nobody on call"
    EXHAUSTED = "ladder exhausted"
    SKIPPED = "rung skipped"
    HELD = "rung held"
    TURN = "next in turn"
    QUIET = "quiet hours"
    LATER = "paged later"
    ASKED_AGAIN = "asked again"
    STOPPED = "pages stopped"
    MOVED = "moved"
    RESTARTED = "ladder restarted"
    PAGE_SENT = "page sent"
    PAGE_FAILED = "page failed"
    ACKNOWLEDGED = "acknowledged"
    JOINED = "also acknowledged"
    UNACKNOWLEDGED = "unacknowledged"
    SNOOZED = "snoozed"
    WOKEN = "woken"
    EXTENDED = "extended"
    UNDONE = "taken back"
    OFFERED = "offered"
    HANDED_OVER = "handed over"
    OFFER_DECLINED = "offer declined"
    ESCALATED = "escalated"
    DECLINED = "declined"
    PAGED_BY_HAND = "paged by hand"
    SEVERITY = "severity changed"
    NOTE = "note"
    RESOLVED = "resolved"
    REOPENED = "reopened"
    TICKET = "ticket"
    GIVEN_UP = "delivery given up"
    DENIED = "denied again and again"


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One event. `seq` counts from 1 within the incident; `facts` are plain, untrusted texts."""

    seq: int
    at: datetime
    kind: EntryKind
    by: Actor
    facts: Mapping[str, str] = field(default_factory=dict)
