"""The names by which things are known, as types that cannot be mixed up."""

from typing import NewType

IncidentId = NewType("IncidentId", str)
"""A ULID in lower case: sorts by time of opening, never shown to people (they see `INC-42`)."""

PersonId = NewType("PersonId", str)
"""A person's key in `tocsin.yaml`, or `slack:U…` for somebody who is not listed there."""

ScheduleId = NewType("ScheduleId", str)
LadderId = NewType("LadderId", str)
ServiceId = NewType("ServiceId", str)
CalendarId = NewType("CalendarId", str)

OverrideId = NewType("OverrideId", str)
"""A ULID in lower case, like an incident's."""
