"""What the timeline tells of each command, and who else is told: the ticket, the pages, the card."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain import commands as c
from bot.domain.acknowledge import LONGEST_SNOOZE
from bot.domain.alert import Severity
from bot.domain.decide import decide
from bot.domain.decision import Decision
from bot.domain.incident import Acknowledgement, Incident, Paging, Reason, Resolution, Status, Via
from bot.domain.ladder import ChannelTarget, Escalation, Ladder, Rung
from bot.domain.timeline import EntryKind
from tests.examples import (
    ANN,
    BOB,
    CATCH_ALL,
    CLEO,
    LADDER,
    MINUTE,
    NOW,
    PAYMENTS,
    ROSTER,
    actor,
    triggered,
)

LATER = NOW + MINUTE
CHANNEL = ChannelTarget(channel="C0ALL")


def due(incident: Incident) -> Decision:
    assert incident.due_at is not None
    return decide(incident, c.RungDue(due_at=incident.due_at, roster=ROSTER), incident.due_at)


def fired() -> Incident:
    return due(triggered()).incident


def acknowledged(**more: object) -> Incident:
    wish = c.Acknowledge(by=actor("ann"), via=Via.CARD)
    return replace(decide(fired(), wish, LATER).incident, **more)  # type: ignore[arg-type]  # checked by replace


def snoozed(by: str = "ann") -> Incident:
    wish = c.Snooze(by=actor(by), via=Via.CARD, until=LATER + MINUTE)
    return decide(fired(), wish, LATER).incident


def resolved() -> Incident:
    wish = c.Resolve(by=actor("ann"), via=Via.CARD, summary="mended", reason=Reason.FIXED)
    return decide(fired(), wish, LATER).incident


def told(decision: Decision) -> list[tuple[EntryKind, dict[str, str]]]:
    return [(entry.kind, dict(entry.facts)) for entry in decision.entries]


def kinds(decision: Decision) -> set[str]:
    return {effect.kind for effect in decision.effects}


def climbing(ladder: Ladder, catch_all: Ladder | None = None) -> Incident:
    return triggered(replace(PAYMENTS, ladder=ladder, catch_all=catch_all))


def ladder(*rungs: Rung, rounds: int = 1) -> Ladder:
    return replace(LADDER, rungs=rungs, rounds=rounds)


UNTIL = LATER + timedelta(hours=2)
WHOLE = {"refresh_card", "refresh_pages", "post_thread", "move_ticket"}


@pytest.mark.parametrize(
    ("before", "wish", "entry", "effects"),
    [
        (
            fired(),
            c.Acknowledge(by=actor("bob"), via=Via.PAGE),
            (EntryKind.ACKNOWLEDGED, {"via": "page"}),
            WHOLE,
        ),
        (
            acknowledged(),
            c.Unacknowledge(by=actor("bob"), via=Via.CARD),
            (EntryKind.UNACKNOWLEDGED, {}),
            WHOLE,
        ),
        (
            fired(),
            c.Snooze(by=actor("bob"), via=Via.CARD, until=UNTIL),
            (EntryKind.SNOOZED, {"until": UNTIL.isoformat()}),
            WHOLE,
        ),
        (
            fired(),
            c.Resolve(by=actor("bob"), via=Via.CARD, summary="mended", reason=Reason.FIXED),
            (EntryKind.RESOLVED, {"summary": "mended", "reason": "fixed"}),
            WHOLE,
        ),
        (
            resolved(),
            c.Reopen(by=actor("bob"), via=Via.CARD, reason="no"),
            (EntryKind.REOPENED, {"reason": "no"}),
            WHOLE,
        ),
        (
            fired(),
            c.ChangeSeverity(by=actor("bob"), via=Via.CARD, severity=Severity.SEV3),
            (EntryKind.SEVERITY, {"before": "sev2", "after": "sev3"}),
            {"refresh_card", "post_thread"},
        ),
        (
            fired(),
            c.AddNote(by=actor("bob"), via=Via.COMMAND, text="looking"),
            (EntryKind.NOTE, {"text": "looking"}),
            {"comment_ticket", "post_thread"},
        ),
        (
            fired(),
            c.PagePeople(by=actor("bob"), via=Via.COMMAND, people=(ANN, CLEO), message="join"),
            (EntryKind.PAGED_BY_HAND, {"people": "Ann, Cleo", "message": "join"}),
            {"page_person", "refresh_card", "post_thread"},
        ),
        (
            fired(),
            c.Escalate(by=actor("bob"), via=Via.CARD),
            (EntryKind.ESCALATED, {}),
            {"refresh_card", "post_thread"},
        ),
        (acknowledged(), c.Escalate(by=actor("bob"), via=Via.CARD), (EntryKind.ESCALATED, {}), WHOLE),
        (
            fired(),
            c.Decline(by=actor("bob"), via=Via.PAGE, person=BOB.id, epoch=1),
            (EntryKind.DECLINED, {}),
            {"refresh_card", "refresh_pages", "post_thread"},
        ),
        (fired(), c.DeniedAgain(by=actor("bob")), (EntryKind.DENIED, {}), {"post_thread"}),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, tuple | set) else "",
)
def test_every_wish_is_entered_with_who_and_what_and_told_where_it_shows(
    before: Incident,
    wish: c.Wish | c.DeniedAgain,
    entry: tuple[EntryKind, dict[str, str]],
    effects: set[str],
) -> None:
    decision = decide(before, wish, LATER)

    assert told(decision) == [entry]
    assert decision.entries[0].by == actor("bob")
    assert kinds(decision) == effects


def test_an_end_keeps_who_when_and_why() -> None:
    assert resolved().resolution == Resolution(
        by=actor("ann"), at=LATER, reason=Reason.FIXED, summary="mended"
    )
    assert resolved().status is Status.RESOLVED


def test_a_lowered_severity_is_kept_and_a_reopened_incident_is_triggered() -> None:
    lower = c.ChangeSeverity(by=actor("bob"), via=Via.CARD, severity=Severity.SEV4)

    assert decide(fired(), lower, LATER).incident.severity is Severity.SEV4
    reopened = decide(resolved(), c.Reopen(by=actor("bob"), via=Via.CARD), LATER).incident
    assert (reopened.status, reopened.due_at, reopened.resolution) == (Status.TRIGGERED, LATER, None)


@pytest.mark.parametrize(("incident", "snooze"), [(acknowledged(), ""), (snoozed(), "yes")])
def test_a_wake_says_whether_it_was_a_snooze_and_takes_the_ticket_back(
    incident: Incident, snooze: str
) -> None:
    assert incident.wake_at is not None
    decision = decide(incident, c.WakeDue(wake_at=incident.wake_at), incident.wake_at)

    assert told(decision) == [(EntryKind.WOKEN, {"snoozed": snooze})]
    assert kinds(decision) == WHOLE
    assert decision.incident.escalation is not None
    assert decision.incident.escalation.also == ("UANN",)


def test_a_new_climb_forgets_everything_of_the_one_before() -> None:
    before = acknowledged(
        declined=(BOB.id,), snoozed=True, unconfirmed=7, paging=Paging(people=("Ann",), nobody=("x",), at=NOW)
    )
    raised = c.ChangeSeverity(by=actor("bob"), via=Via.CARD, severity=Severity.SEV1)

    after = decide(before, raised, LATER).incident

    assert (after.declined, after.acknowledgements, after.wake_at, after.snoozed) == ((), (), None, False)
    assert (after.paging, after.unpaged, after.unconfirmed) == (Paging(), False, None)


def test_a_severity_that_pages_nobody_halts_the_climb_that_was() -> None:
    quiet = replace(PAYMENTS, ladders={Severity.SEV1: None})
    raised = c.ChangeSeverity(by=actor("bob"), via=Via.CARD, severity=Severity.SEV1)

    after = decide(replace(fired(), service=quiet), raised, LATER).incident

    assert after.unpaged
    assert after.escalation is not None
    assert (after.escalation.due_at, after.epoch) == (None, 1)


def test_an_escalation_takes_the_incident_from_those_who_have_it() -> None:
    after = decide(
        replace(snoozed(), unpaged=False), c.Escalate(by=actor("bob"), via=Via.CARD), LATER
    ).incident

    assert (after.status, after.acknowledgements, after.wake_at) == (Status.TRIGGERED, (), None)
    assert (after.snoozed, after.due_at) == (False, LATER)


def test_what_was_opened_quietly_is_escalated_from_its_first_rung() -> None:
    quiet = replace(triggered(), escalation=None, unpaged=True)

    after = decide(quiet, c.Escalate(by=actor("bob"), via=Via.CARD), LATER).incident

    assert after.escalation == Escalation(
        epoch=1, ladder=LADDER, catch_all=CATCH_ALL, due_at=LATER, hurried=True
    )
    assert not after.unpaged
    assert after.escalation is not None
    assert not after.escalation.stuck


def test_a_ladder_is_climbed_once_unless_it_says_otherwise() -> None:
    once = Ladder(id=LADDER.id, rungs=LADDER.rungs)

    assert [kind for kind, _ in told(due(due(due(climbing(once)).incident).incident))] == [
        EntryKind.EXHAUSTED,
        EntryKind.RUNG,
    ]


def test_an_acknowledgement_after_a_snooze_is_a_plain_one() -> None:
    after = decide(snoozed(), c.Acknowledge(by=actor("bob"), via=Via.CARD), LATER).incident

    assert not after.snoozed
    assert after.acknowledgements == (Acknowledgement(by=actor("bob"), at=LATER),)


def test_a_snooze_keeps_the_others_who_have_it_and_counts_ones_own_anew() -> None:
    joined = decide(acknowledged(), c.Acknowledge(by=actor("bob"), via=Via.CARD), LATER).incident
    wish = c.Snooze(by=actor("ann"), via=Via.CARD, until=UNTIL)

    after = decide(joined, wish, LATER + MINUTE).incident

    assert [(each.by.name, each.at) for each in after.acknowledgements] == [
        ("Bob", LATER),
        ("Ann", LATER + MINUTE),
    ]


def test_the_last_moment_of_the_next_day_can_still_be_chosen() -> None:
    last = LATER + LONGEST_SNOOZE

    assert decide(fired(), c.Snooze(by=actor("ann"), via=Via.CARD, until=last), LATER).changed
    assert decide(fired(), c.Acknowledge(by=actor("ann"), via=Via.CARD, until=last), LATER).changed


def test_somebody_who_joins_answers_what_they_were_asked_by_hand() -> None:
    new = decide(acknowledged(), c.Acknowledge(by=actor("bob"), via=Via.CARD), LATER)
    longer = decide(acknowledged(), c.Acknowledge(by=actor("ann"), via=Via.CARD, until=UNTIL), LATER)

    assert (new.revokes_pages, longer.revokes_pages) == (True, False)
