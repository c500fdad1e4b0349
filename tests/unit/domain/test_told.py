"""What the timeline tells of each command, and who else is told: the ticket, the pages, the card."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain import commands as c
from bot.domain.alert import Severity
from bot.domain.climb import call_for_help
from bot.domain.decide import LONGEST_SNOOZE, decide
from bot.domain.decision import Decision, Draft
from bot.domain.effects import Announce, PageChannel, PagePerson
from bot.domain.incident import Acknowledgement, Incident, Paging, Reason, Resolution, Status, Via
from bot.domain.ladder import LATE, SHORTEST_REPEAT, ChannelTarget, Escalation, Ladder, Rung, Step, next_due
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
    on_call,
    rung,
    to,
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

    assert after.escalation == Escalation(epoch=1, ladder=LADDER, catch_all=CATCH_ALL, due_at=LATER)
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


# climbing


def test_a_rung_enters_whom_it_paged() -> None:
    decision = due(climbing(ladder(rung(to("ann"), to("bob"), CHANNEL), rung(to("cleo")), rounds=2)))

    assert told(decision) == [(EntryKind.RUNG, {"rung": "1", "round": "1", "people": "Ann, Bob, C0ALL"})]
    assert decision.incident.paging == Paging(people=("Ann", "Bob", "C0ALL"), at=NOW)


def test_a_rung_for_which_nobody_is_there_is_entered_and_announced() -> None:
    decision = due(climbing(ladder(rung(on_call("gone"), on_call("none"), to("ann")))))

    assert told(decision) == [
        (EntryKind.NOBODY, {"missing": "schedule gone, schedule none"}),
        (EntryKind.RUNG, {"rung": "1", "round": "1", "people": "Ann"}),
    ]
    announced = [effect for effect in decision.effects if isinstance(effect, Announce)]
    assert [(each.about, each.nobody) for each in announced] == [
        ("nobody", ("schedule gone", "schedule none"))
    ]
    assert decision.incident.paging.nobody == ("schedule gone", "schedule none")


def test_where_nobody_at_all_is_reached_no_rung_is_entered() -> None:
    decision = due(climbing(ladder(rung(on_call("gone")))))

    assert EntryKind.RUNG not in [kind for kind, _ in told(decision)]
    assert decision.incident.due_at == NOW + SHORTEST_REPEAT == NOW + timedelta(minutes=5)


def test_the_end_of_a_ladder_is_entered_and_announced_once() -> None:
    incident = due(climbing(ladder(rung(to("ann"))), catch_all=CATCH_ALL)).incident

    first = due(incident)
    second = due(first.incident)

    assert told(first) == [
        (EntryKind.EXHAUSTED, {"ladder": "payments", "rounds": "1"}),
        (EntryKind.RUNG, {"rung": "1", "round": "2", "people": "Cleo"}),
    ]
    assert [effect.about for effect in first.effects if isinstance(effect, Announce)] == ["exhausted"]
    assert [kind for kind, _ in told(second)] == [EntryKind.RUNG]
    assert {effect.key for effect in first.effects}.isdisjoint(
        effect.key for effect in second.effects if isinstance(effect, PagePerson)
    )


def test_a_page_says_why_this_person() -> None:
    incident = climbing(ladder(rung(to("cleo"), on_call(), CHANNEL), rung(to("ann"))))
    asked = replace(incident, escalation=incident.escalation and replace(incident.escalation, also=("UBOB",)))

    decision = due(asked)
    again = due(decision.incident)

    pages = [effect for effect in decision.effects if isinstance(effect, PagePerson)]
    assert {(page.person, page.why) for page in pages} == {
        ("cleo", "named in the ladder, step 1 of 2 of payments"),
        ("ann", "on call for primary, step 1 of 2 of payments"),
        ("bob", "had acknowledged it before"),
    }
    assert all(page.message == "" for page in pages)
    whys = {effect.why for effect in again.effects if isinstance(effect, PagePerson)}
    assert whys == {"named in the ladder, step 2 of 2 of payments"}, "who had it before is asked once"


def test_a_page_by_hand_carries_its_message_and_when_it_was_asked() -> None:
    wish = c.PagePeople(by=actor("bob"), via=Via.COMMAND, people=(ANN,), message="join the call")

    pages = [page for page in decide(fired(), wish, LATER).effects if isinstance(page, PagePerson)]

    assert {(page.message, page.asked_at, page.why) for page in pages} == {
        ("join the call", LATER, "Bob asks for you")
    }


def test_those_who_had_it_are_not_asked_again_by_the_rungs_that_reach_nobody() -> None:
    incident = climbing(ladder(rung(on_call("gone")), rung(to("bob"))))
    asked = replace(incident, escalation=incident.escalation and replace(incident.escalation, also=("UBOB",)))

    assert [page.number for page in due(asked).effects if isinstance(page, PagePerson)] == [0, 1]


def test_a_channel_that_two_targets_mean_is_paged_once_and_late_says_so() -> None:
    incident = climbing(ladder(rung(CHANNEL, CHANNEL)))
    late = NOW + timedelta(minutes=10)

    decision = decide(incident, c.RungDue(due_at=NOW, roster=ROSTER), late)

    pages = [effect for effect in decision.effects if isinstance(effect, PageChannel)]
    assert [(page.channel, page.late) for page in pages] == [("C0ALL", timedelta(minutes=10))]


def test_channels_of_several_rungs_have_pages_of_their_own() -> None:
    incident = climbing(ladder(rung(CHANNEL), rung(CHANNEL), rounds=2))
    keys = []
    for _ in range(4):
        decision = due(incident)
        keys += [effect.key for effect in decision.effects if isinstance(effect, PageChannel)]
        incident = decision.incident

    assert len(set(keys)) == 4


def test_a_call_for_help_pages_everybody_whom_the_ladders_name_once() -> None:
    for catch_all in (CATCH_ALL, None):
        draft = Draft(incident=climbing(ladder(rung(to("ann"), to("unknown"), CHANNEL)), catch_all), now=NOW)

        call_for_help(draft, ROSTER)

        pages = [effect for effect in draft.effects if isinstance(effect, PagePerson)]
        assert {page.person for page in pages} == ({"ann", "cleo"} if catch_all else {"ann"})
        assert {page.step for page in pages} == {Step(round=0, rung=0)}
        assert {page.why for page in pages} == {"its ladder can't be climbed, so everybody on it is asked"}
        assert len({page.key for page in pages}) == len(pages)


@pytest.mark.parametrize(
    ("wait", "late", "keeps_pace"),
    [
        (timedelta(minutes=5), LATE, True),
        (timedelta(minutes=5), LATE + timedelta(microseconds=1), False),
        (timedelta(seconds=30), timedelta(seconds=15), True),
        (timedelta(seconds=30), timedelta(seconds=16), False),
    ],
)
def test_a_wait_counts_from_now_when_more_than_a_minute_or_half_of_it_is_lost(
    wait: timedelta, late: timedelta, *, keeps_pace: bool
) -> None:
    now = NOW + late

    assert next_due(NOW, wait, now) == (NOW + wait if keeps_pace else now + wait)
    assert timedelta(minutes=1) == LATE
