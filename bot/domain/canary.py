"""The canary: an incident of nobody's, which goes the whole road so that one knows that the road is open."""

from datetime import datetime, timedelta
from typing import Final

from bot.domain.alert import Severity
from bot.domain.commands import Declare
from bot.domain.decision import Decision
from bot.domain.ids import IncidentId, LadderId, PersonId, ServiceId
from bot.domain.incident import Incident, Status, Via
from bot.domain.intake import declared
from bot.domain.ladder import Ladder, PersonTarget, Rung
from bot.domain.people import SYSTEM
from bot.domain.roster import AD_HOC
from bot.domain.service import Service

CANARY: Final = PersonId(f"{AD_HOC}canary")
"""Whom it pages: nobody in Slack has such an id, and a carrier of its own takes the page."""

_SERVICE = Service(
    id=ServiceId("canary"),
    name="Canary",
    channel="",
    ladder=Ladder(
        id=LadderId("canary"),
        rungs=(Rung(targets=(PersonTarget(person=CANARY),), wait=timedelta(hours=1)),),
    ),
)


def canary(incident: IncidentId, number: int, now: datetime) -> Decision:
    """A new one; `number` is below zero, so that no list of incidents shows it and no person can name it."""
    if number >= 0:
        raise ValueError("a canary takes no incident's number")
    new = Incident(
        id=incident,
        number=number,
        title="canary",
        service=_SERVICE,
        severity=Severity.SEV4,
        status=Status.TRIGGERED,
        source="canary",
        opened_at=now,
        opened_by=SYSTEM,
    )
    wish = Declare(by=SYSTEM, title=new.title, service=_SERVICE, severity=new.severity, via=Via.CLOCK)
    return declared(new, wish)
