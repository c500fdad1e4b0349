"""Who may change who is on call: every wish, every role, own schedule and another one."""

import pytest

from bot.domain.duty import AnswerSwap, DutyWish, OfferSwap, SetOverride, Swap, SwapId, Turn, Withdraw
from bot.domain.duty_authority import check_duty
from bot.domain.ids import OverrideId, PersonId, ScheduleId
from bot.domain.override import Override, OverrideKind
from bot.domain.people import Actor, Standing
from bot.domain.refused import Refused
from tests.unit.domain.duty_world import (
    ANN,
    AUTHORITY,
    BOB,
    DAY,
    HOUR,
    NIGHTS,
    NOW,
    PRIMARY,
    ROSTER,
    actor,
)  # fmt: skip

ROLES = {
    "team": actor("UANN"),
    "teammate": actor("UBOB"),
    "other team": actor("UCID"),
    "lead": actor("ULEA"),
    "lead of the other": actor("UNLEAD"),
    "admin": actor("UADM"),
    "responder": actor("URESP"),
    "member": actor("UANY"),
    "member of the schedule": actor("UMEMBER"),
    "guest": actor("UGUEST", Standing.GUEST),
    "allowed guest": actor("UALLOWED", Standing.GUEST),
    "stranger": actor("USTRANGE", Standing.STRANGER),
    "bot": actor("UBOT", Standing.BOT),
    "deactivated lead": actor("ULEA", Standing.DEACTIVATED),
    "guest who is admin": actor("UADM", Standing.GUEST),
    "unknown lead": actor("ULEA", Standing.UNKNOWN),
    "unknown": actor("UANY", Standing.UNKNOWN),
}
LEADING = {"lead", "admin", "unknown lead"}


def override(schedule: ScheduleId, by: Actor, kind: OverrideKind, person: PersonId) -> SetOverride:
    return SetOverride(by=by, schedule=schedule, kind=kind, person=person, since=NOW, until=NOW + HOUR)


def me(by: Actor) -> PersonId:
    return ROSTER.by_slack(by.slack_user or "").id


def take(by: Actor) -> SetOverride:
    return override(PRIMARY, by, OverrideKind.REPLACE, me(by))


def join(by: Actor) -> SetOverride:
    return override(PRIMARY, by, OverrideKind.ADD, me(by))


def give(by: Actor) -> SetOverride:
    other = BOB if me(by) != BOB else ANN
    return override(PRIMARY, by, OverrideKind.REPLACE, other)


def leave(by: Actor) -> SetOverride:
    return override(PRIMARY, by, OverrideKind.REMOVE, me(by))


def remove(by: Actor) -> SetOverride:
    other = BOB if me(by) != BOB else ANN
    return override(PRIMARY, by, OverrideKind.REMOVE, other)


def elsewhere(by: Actor) -> SetOverride:
    return override(NIGHTS, by, OverrideKind.REPLACE, me(by))


def swap(mine: PersonId, theirs: PersonId, by: Actor) -> OfferSwap:
    return OfferSwap(
        by=by,
        schedule=PRIMARY,
        mine=Turn(person=mine, since=NOW, until=NOW + HOUR),
        theirs=Turn(person=theirs, since=NOW + DAY, until=NOW + DAY + HOUR),
    )


def offer_own(by: Actor) -> OfferSwap:
    return swap(me(by), BOB, by)


def offer_anns(by: Actor) -> OfferSwap:
    return swap(ANN, BOB, by)


def made(by: Actor, person: PersonId) -> Override:
    return Override(
        id=OverrideId("o"),
        schedule=PRIMARY,
        kind=OverrideKind.REPLACE,
        person=person,
        since=NOW,
        until=NOW + HOUR,
        by=by,
        made_at=NOW,
    )


def offered(by: Actor) -> Swap:
    wish = swap(ANN, BOB, by)
    return Swap(
        id=SwapId("s"),
        schedule=PRIMARY,
        mine=wish.mine,
        theirs=wish.theirs,
        by=by,
        made_at=NOW,
        expires_at=NOW + DAY,
    )


def allowed(wish: DutyWish, about: Override | Swap | None = None) -> bool:
    try:
        check_duty(wish, AUTHORITY, ROSTER, about=about)
    except Refused:
        return False
    return True


NOT_US = {"guest", "stranger", "bot", "deactivated lead", "guest who is admin", "unknown"}
ANYBODY = ROLES.keys() - NOT_US
MATRIX = [
    (take, LEADING | {"team", "teammate", "member of the schedule"}),
    (join, LEADING | {"team", "teammate", "member of the schedule"}),
    (give, LEADING),
    (leave, LEADING),
    (remove, LEADING),
    (elsewhere, {"admin", "other team", "lead of the other"}),
    (offer_own, ANYBODY),  # that they have a turn to give is seen where it is written
    (offer_anns, LEADING | {"team"}),
]


@pytest.mark.row("A21")
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("wish", "those"), MATRIX, ids=[wish.__name__ for wish, _ in MATRIX])
def test_what_is_not_allowed_is_denied(wish: object, those: set[str], role: str) -> None:
    assert callable(wish)
    assert allowed(wish(ROLES[role])) == (role in those)


@pytest.mark.row("A21")
@pytest.mark.parametrize("role", ROLES)
def test_only_ones_own_doing_is_withdrawn_by_others_than_leads(role: str) -> None:
    by = ROLES[role]
    wish = Withdraw(by=by, override=OverrideId("o"))
    mine, given, theirs = made(by, me(by)), made(ROLES["lead"], me(by)), made(ROLES["teammate"], BOB)

    assert allowed(wish, mine) == (role in ANYBODY)
    assert allowed(wish, given) == (role in LEADING)
    assert allowed(wish, theirs) == (role in LEADING | {"teammate"})


@pytest.mark.row("A21")
def test_who_gave_a_shift_as_lead_and_is_none_any_more_does_not_take_it_back() -> None:
    former = ROLES["other team"]

    assert not allowed(Withdraw(by=former, override=OverrideId("o")), made(former, BOB))


@pytest.mark.row("A21")
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("agree", [True, False])
def test_an_offer_is_answered_by_the_one_whom_it_was_made_to(role: str, agree: bool) -> None:
    wish = AnswerSwap(by=ROLES[role], swap=SwapId("s"), agree=agree)

    assert allowed(wish, offered(ROLES["team"])) == (role == "teammate")


@pytest.mark.row("A21")
def test_who_once_covered_does_not_belong_to_the_schedule_for_ever() -> None:
    covered = made(ROLES["lead"], PersonId("cid"))
    roster = type(ROSTER)(people=ROSTER.people, schedules=ROSTER.schedules, overrides={PRIMARY: (covered,)})

    with pytest.raises(Refused, match="not of the people of primary"):
        check_duty(take(ROLES["other team"]), AUTHORITY, roster)


@pytest.mark.row("A22")
def test_a_display_name_is_no_identity() -> None:
    impostor = actor("UX")  # is called like everybody here

    with pytest.raises(Refused, match="is for its leads"):
        check_duty(give(impostor), AUTHORITY, ROSTER)
