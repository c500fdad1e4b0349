"""Trials: somebody pages themselves, by every method at once, and is told what arrived."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bot.domain.alert import Severity
from bot.domain.commands import Declare, PagePeople
from bot.domain.decide import decide
from bot.domain.decision import Decision
from bot.domain.effects import ReportTrial
from bot.domain.ids import IncidentId, LadderId, ServiceId
from bot.domain.incident import TRIAL, Incident, Status, Via
from bot.domain.intake import declared
from bot.domain.ladder import Ladder, PersonTarget, Rung
from bot.domain.people import Actor, ContactMethod, Person, Quiet
from bot.domain.refused import Refused
from bot.domain.service import Service

REPORT_AFTER = timedelta(seconds=30)
TITLE: Final = "TEST: nothing is wrong"


def trial(incident: IncidentId, number: int, person: Person, by: Actor, now: datetime) -> list[Decision]:
    """A new one. Its number is below zero, so that no list of incidents shows it.

    Raises Refused for somebody who has no contact method.
    """
    if number >= 0:
        raise ValueError("a trial takes no incident's number")
    if not person.methods:
        raise Refused("You have NO CONTACT METHOD: no page reaches you. Ask an admin to add one.")
    rung = Rung(targets=(PersonTarget(person=person.id),), wait=timedelta(hours=1))
    ladder = Ladder(id=LadderId("test"), rungs=(rung,))
    service = Service(id=ServiceId("test"), name="Test", channel="", ladder=ladder)
    new = Incident(
        id=incident,
        number=number,
        title=TITLE,
        service=service,
        severity=Severity.SEV4,
        status=Status.TRIGGERED,
        source=TRIAL,
        opened_at=now,
        opened_by=by,
    )
    wish = Declare(by=by, title=TITLE, service=service, severity=new.severity, via=Via.COMMAND, page=False)
    opened = declared(new, wish)
    decisions = [opened]
    for each in _by_every_way(person):
        page = PagePeople(by=by, via=Via.COMMAND, people=(each,), message="This is a test of your pages.")
        decisions.append(decide(decisions[-1].incident, page, now))
    report = ReportTrial(
        key=f"trial:{incident}", user=by.slack_user or "", person=person.id, at=now + REPORT_AFTER
    )
    paged = decisions.pop()
    once = replace(paged.incident, asked=())  # nobody is asked again and again by a test
    return [*decisions, replace(paged, incident=once, effects=(*paged.effects, report))]


def _by_every_way(person: Person) -> list[Person]:
    """The person with the usual methods, without delays; and with what only the quiet set has besides."""
    usual = replace(person, methods=_at_once(person.methods), quiet=None)
    ways = {each.kind for each in person.methods}
    others = tuple(each for each in person.quiet.methods if each.kind not in ways) if person.quiet else ()
    if not others:
        return [usual]
    quiet = Quiet(severities=(Severity.SEV4,), methods=_at_once(others))
    return [usual, replace(person, quiet=quiet)]


def _at_once(methods: tuple[ContactMethod, ...]) -> tuple[ContactMethod, ...]:
    return tuple(replace(each, delay=timedelta()) for each in methods)
