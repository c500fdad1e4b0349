"""The state diagram of the README shows what `decide` does: every change of status, and no other."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import get_args

from bot.domain import commands as c
from bot.domain.alert import AlertState, Severity
from bot.domain.decide import decide
from bot.domain.ids import ServiceId
from bot.domain.incident import Incident, Status, Via
from bot.domain.intake import declared
from bot.domain.ladder import FIRST_STEP
from bot.domain.people import MethodKind
from bot.domain.refused import Refused
from tests.examples import ANN, BOB, NOW, PRIMARY, ROSTER, actor, alert, triggered
from tests.unit.domain.test_decide import acknowledged, held, resolved, rung_fired
from tests.unit.test_house import ROOT

LATER = NOW + timedelta(minutes=3)
EDGE = re.compile(r"^ *(\[\*\]|\w+) --> (\w+): (.+)$", re.MULTILINE)
Edges = set[tuple[str, str, str]]


def drawn() -> Edges:
    """The edges of the diagram, one for each of their causes."""
    text = (ROOT / "README.md").read_text()
    return {
        (start, end, cause)
        for start, end, causes in EDGE.findall(text[text.index("stateDiagram") :])
        for cause in causes.split(", ")
    }


def changes(state: str, incident: Incident) -> Edges:
    """What the diagram must show of a status: the ways out of it, and what moves the ladder on within it."""
    found: Edges = set()
    for cause, (command, now) in causes(incident).items():
        try:
            after = decide(incident, command, now).incident
        except Refused:
            continue
        climbs = (after.due_at, after.epoch) != (incident.due_at, incident.epoch)
        if after.status is not incident.status or (after.status is Status.TRIGGERED and climbs):
            found.add((state, after.status.value, cause))
    return found


def causes(incident: Incident) -> Mapping[str, tuple[c.Command, datetime]]:
    """Everything that can happen to that incident, and when, by the words of the diagram."""
    of_people = {name: (wish, LATER) for name, wish in {**wishes(incident), **signals(incident)}.items()}
    of_the_clock: Mapping[str, tuple[c.Command, datetime]] = {
        "rung due": (c.RungDue(due_at=incident.due_at or LATER, roster=ROSTER), incident.due_at or LATER),
        "owed page due": (
            c.OwedDue(owed_at=incident.owed_at or LATER, roster=ROSTER),
            incident.owed_at or LATER,
        ),
        "wake": (c.WakeDue(wake_at=incident.wake_at or LATER), incident.wake_at or LATER),
        "reminder": (c.RemindDue(remind_at=incident.remind_at or LATER), incident.remind_at or LATER),
        "duty changed": (c.DutyChanged(roster=ROSTER), LATER),
        "asked again": (c.AskAgainDue(ask_at=incident.ask_at or LATER, roster=ROSTER), LATER),
        "still firing": (c.GatherDue(gather_at=incident.gather_at or LATER), incident.gather_at or LATER),
        "shift changed": (
            c.ShiftChanged(schedule=PRIMARY.id, at=LATER, outgoing=ANN, incoming=BOB),
            LATER,
        ),
        "undo": _taken_back(incident),
    }
    return {**of_people, **of_the_clock}


def _taken_back(incident: Incident) -> tuple[c.Command, datetime]:
    """By whoever did it, soon enough."""
    last = incident.undos[-1] if incident.undos else None
    return c.Undo(by=last.by if last else actor("ann"), via=Via.CARD), last.at if last else LATER


def wishes(incident: Incident) -> Mapping[str, c.Command]:
    by, via = actor("bob"), Via.CARD
    return {
        "acknowledge": c.Acknowledge(by=by, via=via),
        "unacknowledge": c.Unacknowledge(by=by, via=via),
        "snooze": c.Snooze(by=by, via=via, until=LATER + timedelta(hours=1)),
        "extend": c.Extend(by=by, via=via, span=timedelta(minutes=30)),
        "hand over": c.HandOver(by=actor("ann"), via=via, to=BOB),
        "offer answered": c.AnswerOffer(by=by, via=via, offer="0", accept=True),
        "resolve": c.Resolve(by=by, via=via),
        "reopen": c.Reopen(by=by, via=via),
        "severity raised": c.ChangeSeverity(by=by, via=via, severity=Severity.SEV1),
        "note": c.AddNote(by=by, via=via, text="hm"),
        "page": c.PagePeople(by=by, via=via, people=(ANN,)),
        "escalate": c.Escalate(by=by, via=via),
        "decline": c.Decline(by=by, via=via, person=ANN.id, epoch=incident.epoch),
        "stop pages": c.StopPages(by=by, via=via),
        "restart": c.Restart(by=by, via=via, service=incident.service),
        "move": c.Move(by=by, via=via, service=replace(incident.service, id=ServiceId("other"))),
        "retry ticket": c.RetryTicket(by=by, via=via),
        "confirm": c.Confirm(by=by, via=via, page=True),
    }


def signals(incident: Incident) -> Mapping[str, c.Command]:
    again = alert(at=LATER)
    failed = c.PageFailed(
        person="Ann",
        method=MethodKind.SLACK,
        reason="gone",
        epoch=incident.epoch,
        step=FIRST_STEP,
        more=False,
    )
    name = "alert worse" if incident.open else "alert fires again"  # the end is not worse than itself
    return {
        name: c.AlertSeen(alert=again, severity=Severity.SEV1, held=held()),
        "alert cleared": c.AlertSeen(
            alert=replace(again, state=AlertState.CLEARED), severity=Severity.SEV2, held=held()
        ),
        "page failed": failed,
        "denied again": c.DeniedAgain(by=actor("eve")),
    }


ANSWERS = {
    *(c.CardPosted, c.ThreadPosted, c.PageSent, c.TicketOpened, c.TicketMoved, c.TicketTrouble),
    c.DeliveryGivenUp,
}
"""What came of telling the world, and changes no status by its type: the card and the ticket alone."""

DOUBTS = {c.Doubt, c.Recalled}
"""What follows when the database has forgotten something: outside of an incident's usual life."""


def test_every_command_was_thought_of() -> None:
    tried = {type(command) for command, _ in causes(rung_fired()).values()}

    assert tried | ANSWERS | DOUBTS == set(get_args(c.Command))


def test_the_diagram_shows_what_decide_does() -> None:
    begun = {("[*]", "triggered", "declare"), ("[*]", "triggered", "alert fires")}
    states = {"triggered": rung_fired(), "acknowledged": acknowledged(), "resolved": resolved()}

    done = begun.union(*(changes(state, incident) for state, incident in states.items()))

    assert drawn() == done


def test_an_incident_begins_triggered() -> None:
    fresh = replace(triggered(), version=0)
    command = c.Declare(
        by=actor("ann"), title="x", service=fresh.service, severity=fresh.severity, via=Via.COMMAND
    )

    assert triggered().status is Status.TRIGGERED
    assert declared(fresh, command).incident.status is Status.TRIGGERED
