"""Orders about who is on call: what somebody asked for in words, understood but not yet done."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class WhoIsOnCall:
    """Who is on call, in one schedule or in all, now or at a given time."""

    schedule: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class MyShifts:
    """When the caller is on call, and how they are reached."""


OnCallOrder = WhoIsOnCall | MyShifts
"""What only `/oncall` understands; help is an order of its own."""
