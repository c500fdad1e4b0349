"""What is refused says what failed, why, and what to do."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain import commands as c
from bot.domain.acknowledge import UNACKNOWLEDGE_GRACE
from bot.domain.alert import MessageRef, Severity
from bot.domain.decide import decide, wanted
from bot.domain.effects import (
    Announce,
    CommentTicket,
    Effect,
    MoveTicket,
    PageChannel,
    PagePerson,
    PostThread,
    RefreshCard,
)
from bot.domain.incident import Incident, Status, TicketState, TicketStatus, Via
from bot.domain.ladder import FIRST_STEP
from bot.domain.people import Actor, ActorKind, MethodKind
from bot.domain.refused import Refused
from tests.examples import ANN, BOB, MINUTE, NOW, PAYMENTS, ROSTER, actor, triggered
from tests.unit.domain.test_told import LATER, acknowledged, fired, resolved, snoozed

BY = actor("bob")
ENDED = "it was already resolved by Ann at 03:11 UTC. If it is not over, use `reopen INC-7`."
WISHES: dict[str, c.Wish] = {
    "acknowledge": c.Acknowledge(by=BY, via=Via.CARD),
    "unacknowledge": c.Unacknowledge(by=BY, via=Via.CARD),
    "snooze": c.Snooze(by=BY, via=Via.CARD, until=LATER + MINUTE),
    "resolve": c.Resolve(by=BY, via=Via.CARD),
    "change the severity of": c.ChangeSeverity(by=BY, via=Via.CARD, severity=Severity.SEV1),
    "page people for": c.PagePeople(by=BY, via=Via.CARD, people=(ANN,)),
    "escalate": c.Escalate(by=BY, via=Via.CARD),
    "decline": c.Decline(by=BY, via=Via.PAGE, person=BOB.id, epoch=1),
}


def refusal(incident: Incident, wish: c.Wish) -> str:
    with pytest.raises(Refused) as caught:
        decide(incident, wish, LATER)
    return str(caught.value)


@pytest.mark.parametrize("what", WISHES)
def test_what_is_over_is_only_reopened(what: str) -> None:
    assert refusal(resolved(), WISHES[what]) == f"Couldn't {what} INC-7: {ENDED}"


def test_one_whose_end_is_not_known_is_over_all_the_same() -> None:
    unknown = replace(resolved(), resolution=None)

    assert "it was already resolved. If" in refusal(unknown, WISHES["resolve"])


@pytest.mark.parametrize(
    ("incident", "wish", "words"),
    [
        (fired(), WISHES["unacknowledge"], "nobody has acknowledged it"),
        (fired(), c.Reopen(by=BY, via=Via.CARD), "it is open (triggered)"),
        (fired(), c.ChangeSeverity(by=BY, via=Via.CARD, severity=Severity.SEV2), "SEV2 already"),
        (fired(), c.Acknowledge(by=BY, via=Via.CARD, until=LATER), "that time has passed"),
        (fired(), c.Snooze(by=BY, via=Via.CARD, until=LATER), "within the next 24 hours"),
        (fired(), c.Decline(by=BY, via=Via.PAGE, person=BOB.id, epoch=7), "outdated"),
        (replace(fired(), escalation=None), WISHES["decline"], "outdated"),
        (fired(), c.RetryTicket(by=BY, via=Via.CARD), "INC-7 has none"),
        (acknowledged(), WISHES["decline"], "was acknowledged by Ann."),
        (
            decide(acknowledged(), WISHES["acknowledge"], LATER).incident,
            c.Decline(by=BY, via=Via.PAGE, person=BOB.id, epoch=1),
            "was acknowledged by Ann, Bob.",
        ),
    ],
)
def test_a_refusal_says_why(incident: Incident, wish: c.Wish, words: str) -> None:
    assert words in refusal(incident, wish)


def test_a_ticket_that_stands_is_named_when_it_cannot_be_tried_again() -> None:
    ticket = TicketStatus(state=TicketState.OPEN, key="OPS-1")

    assert "INC-7 has OPS-1" in refusal(replace(fired(), ticket=ticket), c.RetryTicket(by=BY, via=Via.CARD))


def test_what_is_due_already_is_not_escalated_twice() -> None:
    before = triggered()

    assert not decide(before, WISHES["escalate"], NOW).changed
    assert timedelta(seconds=10) == UNACKNOWLEDGE_GRACE


# the clock


def test_the_clock_of_something_that_is_over_changes_nothing() -> None:
    climbing, woken = triggered(), snoozed()
    assert woken.wake_at is not None
    early = NOW - MINUTE
    rung_due = c.RungDue(due_at=NOW, roster=ROSTER)
    wake_due = c.WakeDue(wake_at=woken.wake_at)

    assert not decide(replace(climbing, status=Status.RESOLVED), rung_due, NOW).changed
    assert not decide(climbing, rung_due, early).changed
    assert not decide(replace(woken, status=Status.RESOLVED), wake_due, woken.wake_at).changed
    assert not decide(woken, wake_due, early).changed


def test_whoever_has_no_slack_user_is_not_asked_by_slack_when_it_comes_back() -> None:
    robot = Actor(kind=ActorKind.SYSTEM, id="robot", name="Robot")
    service = replace(PAYMENTS, ladders={Severity.SEV2: None})
    quiet = replace(triggered(service), service=service)
    for by in (actor("ann"), robot):
        wish = c.Acknowledge(by=by, via=Via.CARD, until=LATER)
        quiet = decide(quiet, wish, NOW).incident

    woken = decide(quiet, c.WakeDue(wake_at=LATER), LATER)
    normal = decide(replace(quiet, service=PAYMENTS), c.WakeDue(wake_at=LATER), LATER)

    pages = [effect for effect in woken.effects if isinstance(effect, PagePerson)]
    assert [(page.name, page.why, page.step.round) for page in pages] == [
        ("Ann", "you had acknowledged it before", 0)
    ]
    assert normal.incident.escalation is not None
    assert normal.incident.escalation.also == ("UANN",)


# what is still wanted


def page(**more: object) -> PagePerson:
    whole = PagePerson(
        key="k",
        person=ANN.id,
        name="Ann",
        slack_user="UANN",
        method=MethodKind.SLACK,
        number=0,
        epoch=1,
        step=FIRST_STEP,
        at=NOW,
        why="",
    )
    return replace(whole, **more)  # type: ignore[arg-type]  # checked by replace


CHANNEL = PageChannel(key="k", channel="C1", epoch=1, step=FIRST_STEP)
ANNOUNCE = Announce(key="k", about="nobody", epoch=1, step=FIRST_STEP)
POSTED = replace(fired(), card=MessageRef(channel="C1", ts="1"))
TICKET = replace(fired(), ticket=TicketStatus(state=TicketState.OPEN, key="OPS-1"))


@pytest.mark.parametrize(
    ("incident", "effect", "still"),
    [
        (fired(), page(), True),
        (fired(), page(epoch=2), False),
        (replace(fired(), declined=(ANN.id,)), page(), False),
        (replace(fired(), declined=(BOB.id,)), page(), True),
        (acknowledged(), page(), False),
        (resolved(), page(), False),
        (fired(), CHANNEL, True),
        (fired(), replace(CHANNEL, epoch=2), False),
        (acknowledged(), CHANNEL, False),
        (fired(), ANNOUNCE, True),
        (replace(fired(), declined=(ANN.id,)), ANNOUNCE, True),
        (acknowledged(), ANNOUNCE, False),
        (fired(), MoveTicket(key="k"), False),
        (TICKET, MoveTicket(key="k"), True),
        (fired(), CommentTicket(key="k", entry=1), False),
        (TICKET, CommentTicket(key="k", entry=1), True),
        (fired(), PostThread(key="k"), False),
        (POSTED, PostThread(key="k"), True),
        (replace(POSTED, threaded=POSTED.entries - 1), PostThread(key="k"), True),
        (replace(POSTED, threaded=POSTED.entries), PostThread(key="k"), False),
        (resolved(), RefreshCard(key="k"), True),
    ],
)
def test_it_is_asked_again_whether_something_is_still_wanted(
    incident: Incident, effect: Effect, *, still: bool
) -> None:
    assert wanted(incident, effect) is still
