"""Telling whom a rung means: keys, times, and who hears of it now, later, or has heard of it."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.domain.aim import HAD_IT, Aim
from bot.domain.alert import Severity
from bot.domain.decide import decide
from bot.domain.decision import Draft
from bot.domain.effects import PageChannel, PagePerson, PageWebhook
from bot.domain.ids import PersonId
from bot.domain.incident import Incident
from bot.domain.ladder import LATE, ChannelTarget, Escalation, Kept, Resting, Step, Target, WebhookTarget
from bot.domain.paging import pages, tell
from bot.domain.people import MethodKind
from bot.domain.timeline import EntryKind
from tests.examples import ANN, BOB, CLEO, MINUTE, on_call, rung, to
from tests.unit.domain.test_catching_up import ALL, HOUR, ROSTER, owes, owing
from tests.unit.domain.test_kept_back import AT_FOUR
from tests.unit.domain.test_personal import EMAIL, IN_THE_NIGHT, MORNING, sleeper
from tests.unit.domain.test_quorum import acknowledge

NOW, BEFORE = IN_THE_NIGHT, IN_THE_NIGHT - HOUR
ASLEEP = replace(ROSTER, people=ALL | {ANN.id: sleeper()})


def told(
    *targets: Target,
    places: dict[PersonId, list[int]] | None = None,
    now: datetime = NOW,
    late: timedelta = timedelta(),
    **more: object,
) -> tuple[Draft, Escalation]:
    """Ann, who sleeps until seven, and Bob are told; each is meant by the target at their place."""
    incident = owing(rung(*targets or (to("ann"), to("bob"))))
    assert incident.escalation is not None
    first = replace(incident.escalation, step=replace(incident.escalation.step, rung=1))
    place = replace(first, **more)  # type: ignore[arg-type]  # checked by replace
    draft = Draft(incident=incident, now=now)
    people = [(ASLEEP.people[who], "why") for who in (ANN.id, BOB.id)]
    aim = Aim(people=people, places=places or {ANN.id: [0], BOB.id: [1]})
    return draft, tell(draft, place, aim, ASLEEP, late)


def paged(draft: Draft) -> list[str]:
    return [each.person for each in draft.effects if isinstance(each, PagePerson) and each.number == 0]


def quiet(draft: Draft) -> list[dict[str, str]]:
    return [dict(each.facts) for each in draft.entries if each.kind is EntryKind.QUIET]


def keys(incident: Incident, *, again: str = "") -> list[str]:
    assert incident.escalation is not None
    person = sleeper(methods=EMAIL) if not again else ANN
    own = pages(incident, 4, incident.escalation.step, person, "why", NOW, again=again)
    return [each.key for each in own]


def test_the_key_of_a_page_names_the_place_the_person_and_the_method() -> None:
    """What was sent before an update is found again by it."""
    incident = owing(rung(to("ann")))

    first = f"page:{incident.id}:4:1:2:ann"
    assert keys(incident, again="@7") == [f"{first}@7:slack0", f"{first}@7:email1"]
    assert keys(incident) == [f"{first}:quiet:email0"]
    (page, _) = pages(incident, 4, Step(round=2, rung=3), BOB, "why", NOW)
    assert page.key == f"page:{incident.id}:4:2:3:bob:slack0"
    assert (page.message, page.quiet, page.asked_at, page.held) == ("", False, NOW, False)


def test_who_has_answered_is_asked_right_after_that() -> None:
    incident = decide(owing(rung(to("ann"))), acknowledge("ann"), NOW).incident
    assert incident.escalation is not None

    for at, asked in ((NOW, NOW + timedelta(microseconds=1)), (NOW + MINUTE, NOW + MINUTE)):
        own = pages(incident, 1, incident.escalation.step, ANN, "why", at)
        assert [(each.method, each.asked_at) for each in own] == [
            (MethodKind.SLACK, asked),
            (MethodKind.EMAIL, asked),
        ]


def test_somebody_elses_answer_is_none_of_theirs() -> None:
    incident = decide(owing(rung(to("ann"))), acknowledge("bob"), NOW).incident
    assert incident.escalation is not None

    own = pages(incident, 1, incident.escalation.step, ANN, "why", BEFORE)

    assert {each.asked_at for each in own} == {BEFORE}


@pytest.mark.parametrize("severity", list(Severity))
def test_a_page_says_whether_it_comes_by_the_quiet_set(severity: Severity) -> None:
    incident = owing(rung(to("ann")), severity=severity)
    assert incident.escalation is not None

    own = pages(incident, 1, incident.escalation.step, sleeper(methods=EMAIL), "why", NOW)

    quiet = severity in (Severity.SEV3, Severity.SEV4)
    assert {each.quiet for each in own} == {quiet}
    assert len(own) == (1 if quiet else 2)


def test_who_sleeps_is_told_later_and_that_is_entered() -> None:
    draft, after = told()

    assert paged(draft) == ["bob"]
    assert quiet(draft) == [{"people": "Ann", "until": MORNING.isoformat()}]
    assert after.resting == (Resting(person=ANN.id, until=MORNING),)
    assert [(each.targets, each.paged) for each in after.owed] == [((0,), (BOB.id,))]


def test_of_a_turn_that_changes_before_they_wake_the_entry_says_so() -> None:
    draft, _ = told(on_call(), to("bob"))

    assert quiet(draft) == [{"people": "Ann", "until": MORNING.isoformat(), "turn": AT_FOUR.isoformat()}]


def test_who_had_it_before_and_sleeps_waits_for_no_turn_of_the_rung() -> None:
    draft, after = told(to("bob"), on_call(), places={ANN.id: [HAD_IT], BOB.id: [0]}, also=("UANN",))

    assert quiet(draft) == [{"people": "Ann", "until": MORNING.isoformat()}]
    assert [each.also for each in after.owed] == [("UANN",)]


@pytest.mark.parametrize(
    ("before", "entered"),
    [
        (Resting(person=ANN.id, until=MORNING), False),
        (Resting(person=ANN.id, until=BEFORE), False),
        (Resting(person=ANN.id, until=NOW - LATE / 2, told=True), True),
    ],
)
def test_that_somebody_sleeps_is_entered_once_a_night(before: Resting, *, entered: bool) -> None:
    draft, after = told(resting=(before,))

    assert bool(quiet(draft)) is entered
    assert after.resting == (Resting(person=ANN.id, until=MORNING),)
    assert [each.targets for each in after.owed] == [(0,)]


def test_for_whom_a_kept_rung_waits_that_is_not_entered_again() -> None:
    kept = Kept(since=BEFORE, until=NOW, people=(ANN.id, BOB.id), names=("Ann", "Bob"))

    draft, _ = told(kept=kept)

    assert quiet(draft) == []
    own = [each for each in draft.effects if isinstance(each, PagePerson) and each.number == 0]
    assert [(each.person, each.held, each.asked_at) for each in own] == [("bob", True, BEFORE)]


def test_whom_a_kept_rung_did_not_wait_for_was_not_kept_waiting() -> None:
    kept = Kept(since=BEFORE, until=NOW, people=(ANN.id,), names=("Ann",))

    draft, _ = told(kept=kept)

    own = [each for each in draft.effects if isinstance(each, PagePerson)]
    assert [(each.person, each.held) for each in own] == [("bob", False)] * 2


@pytest.mark.parametrize(
    ("before", "pages_bob", "remembered"),
    [
        (Resting(person=BOB.id, until=NOW - LATE, told=True), True, False),
        (Resting(person=BOB.id, until=NOW - LATE / 2, told=True), False, True),
        (Resting(person=BOB.id, until=NOW - LATE / 2), True, True),
    ],
)
def test_who_was_told_within_the_last_minute_is_not_told_twice(
    before: Resting, *, pages_bob: bool, remembered: bool
) -> None:
    draft, after = told(resting=(before,))

    assert paged(draft) == (["bob"] if pages_bob else [])
    assert (before in after.resting) is remembered
    assert [each.paged for each in after.owed] == [(BOB.id,)], "neither needs another page of it"


def test_the_others_are_told_although_one_has_heard_of_it() -> None:
    draft, _ = told(now=MORNING, resting=(Resting(person=ANN.id, until=MORNING - LATE / 2, told=True),))

    assert paged(draft) == ["bob"]


def test_what_others_owed_since_a_rung_was_kept_was_one_of_its_pages() -> None:
    kept = Kept(since=BEFORE, until=NOW, people=(ANN.id,), names=("Ann",))
    told_at = Resting(person=BOB.id, until=BEFORE + MINUTE, told=True)

    assert paged(told(kept=kept, resting=(told_at,))[0]) == []
    assert paged(told(resting=(told_at,))[0]) == ["bob"]


def test_a_page_that_comes_late_says_how_late_to_people_channels_and_machines() -> None:
    incident = owing(rung(to("bob")))
    assert incident.escalation is not None
    draft = Draft(incident=incident, now=NOW)
    loud, siren = ChannelTarget(channel="C0ALL"), WebhookTarget(name="siren")
    aim = Aim(people=[(CLEO, "why")], channels=[loud.channel], webhooks=[siren.name], places={CLEO.id: [0]})

    tell(draft, incident.escalation, aim, ROSTER, 3 * MINUTE)

    lates = [each.late for each in draft.effects if isinstance(each, PagePerson | PageChannel | PageWebhook)]
    assert lates == [3 * MINUTE] * 4


@pytest.mark.parametrize(
    ("until", "pages_bob"),
    [(NOW, False), (NOW - LATE / 2, False), (NOW - LATE, True), (NOW + MINUTE, True)],
)
def test_whose_page_of_an_earlier_version_was_due_a_moment_ago_is_not_told_twice(
    until: datetime, *, pages_bob: bool
) -> None:
    """Bob is awake: what is due later has not reached him."""
    draft, _ = told(resting=(Resting(person=BOB.id, until=until, queued=True),))

    assert paged(draft) == (["bob"] if pages_bob else [])


def test_a_rung_that_is_late_counts_such_pages_since_it_was_due() -> None:
    known = Resting(person=BOB.id, until=NOW - 2 * MINUTE, queued=True)

    assert paged(told(resting=(known,), late=3 * MINUTE)[0]) == []
    assert paged(told(resting=(known,))[0]) == ["bob"]


def test_a_page_of_an_earlier_version_that_waits_for_the_morning_is_the_only_one() -> None:
    known = Resting(person=ANN.id, until=MORNING, queued=True)

    other = owes(0, step=Step(round=1, rung=2))

    draft, after = told(resting=(known,), owed=(other,))

    assert quiet(draft) == []
    assert paged(draft) == ["bob"]
    assert after.resting == (known,)
    assert after.owed == (replace(other, paged=(ANN.id, BOB.id)),)


def test_one_that_was_due_says_nothing_of_the_next_night() -> None:
    _, after = told(resting=(Resting(person=ANN.id, until=NOW, queued=True),))

    assert [each.targets for each in after.owed] == [(0,)]
    assert after.resting == (Resting(person=ANN.id, until=MORNING),)
