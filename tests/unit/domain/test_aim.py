"""Aiming: whom a rung reaches at an instant, the reason that each is told, and who counts as spared."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, time

import pytest

from bot.domain.aim import Aim, Aiming
from bot.domain.calendar import Window
from bot.domain.decide import decide
from bot.domain.ids import OverrideId, PersonId, ScheduleId
from bot.domain.incident import Incident
from bot.domain.ladder import (
    ChannelTarget,
    Condition,
    GroupTarget,
    Ladder,
    PagedFor,
    RotatingTarget,
    Rung,
    ScheduleTarget,
    Step,
    Target,
    TurnBy,
    WebhookTarget,
    Which,
)
from bot.domain.override import Override, OverrideKind
from bot.domain.roster import Roster
from bot.domain.schedule import Rotation, Schedule, singly
from tests.examples import (
    ANN,
    BOB,
    CLEO,
    MINUTE,
    NOW,
    PAYMENTS,
    PRIMARY,
    ROSTER,
    actor,
    on_call,
    rung,
    to,
    triggered,
)
from tests.unit.domain.test_quorum import acknowledge

EVERYONE = (ANN.id, BOB.id, CLEO.id)
GONE = ScheduleId("gone")
ROUND = RotatingTarget(people=EVERYONE, every=10 * MINUTE)
AFTERNOON = Window(begin=time(12), end=time(18))
"""NOW is 03:10 in London: nobody is awake."""


def facing(*rungs: Rung, roles: tuple[str, ...] = (), turn: int = 0) -> Incident:
    names = tuple(ScheduleId(role) for role in roles)
    ladder = Ladder(id=PAYMENTS.ladder.id, rungs=rungs, acknowledgements=2, roles=names)
    return replace(triggered(replace(PAYMENTS, ladder=ladder)), turn=turn)


def aiming(incident: Incident, roster: Roster = ROSTER, *, anyone: bool = False) -> Aiming:
    assert incident.escalation is not None
    return Aiming(incident=incident, place=incident.escalation, roster=roster, at=NOW, anyone=anyone)


def aim(*targets: Target, roster: Roster = ROSTER) -> Aim:
    return aiming(facing(rung(*targets)), roster).aim()


def reasons(found: Aim) -> Mapping[str, str]:
    return {person.id: why.removesuffix(", rung 1 of 1 of payments") for person, why in found.people}


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (to("ann"), {"ann": "named in the ladder"}),
        (GroupTarget(group="S1"), {"cleo": "in the group that the ladder names"}),
        (on_call(), {"ann": "on call for primary"}),
        (ScheduleTarget(schedule=PRIMARY.id, which=Which.NEXT), {"bob": "next on call for primary"}),
        (
            ScheduleTarget(schedule=PRIMARY.id, which=Which.EVERYONE),
            {"ann": "one of primary", "bob": "one of primary"},
        ),
        (RotatingTarget(people=(BOB.id,)), {"bob": "next in turn of the round robin"}),
        (RotatingTarget(schedule=PRIMARY.id), {"ann": "next in turn of primary"}),
        (RotatingTarget(people=(BOB.id,), by=TurnBy.LOAD), {"bob": "paged least of the round robin"}),
    ],
)
def test_everybody_is_told_why_it_is_them(target: Target, expected: Mapping[str, str]) -> None:
    assert reasons(aim(target, roster=replace(ROSTER, groups={"S1": ("UCLEO",)}))) == expected


def layered(*names: str) -> Roster:
    """A schedule of so many layers, the last of which wins and is Cleo's."""
    layers = tuple(
        Rotation(turns=singly((who,)), start=date(2026, 11, 2), name=name)
        for who, name in zip((ANN.id, CLEO.id)[-len(names) :], names, strict=True)
    )
    return replace(ROSTER, schedules={PRIMARY.id: Schedule(id=PRIMARY.id, zone="UTC", layers=layers)})


@pytest.mark.parametrize(
    ("names", "layer"),
    [
        (("",), ""),
        (("base",), " (layer base)"),
        (("", ""), " (layer 2)"),
        (("base", "nights"), " (layer nights)"),
    ],
)
def test_a_page_says_by_which_layer_unless_there_is_only_one_without_a_name(
    names: tuple[str, ...], layer: str
) -> None:
    assert reasons(aim(on_call(), roster=layered(*names))) == {"cleo": f"on call for primary{layer}"}


def test_a_page_says_by_whose_override() -> None:
    made = Override(
        id=OverrideId("o1"),
        schedule=PRIMARY.id,
        kind=OverrideKind.REPLACE,
        person=CLEO.id,
        since=NOW - MINUTE,
        until=NOW + MINUTE,
        by=actor("bob"),
        made_at=NOW,
    )
    other = replace(made, id=OverrideId("o0"), since=NOW - 2 * MINUTE, until=NOW - MINUTE, by=actor("ann"))
    roster = replace(ROSTER, overrides={PRIMARY.id: (other, made)})

    assert reasons(aim(on_call(), roster=roster)) == {"cleo": "on call for primary (override by Bob)"}


@pytest.mark.parametrize(
    ("target", "name"),
    [
        (to("ann"), "Ann"),
        (ChannelTarget(channel="C0ALL"), "C0ALL"),
        (WebhookTarget(name="siren"), "siren"),
        (on_call("gone"), None),
    ],
)
def test_a_person_a_channel_or_a_machine_is_enough_to_reach(target: Target, name: str | None) -> None:
    found = aim(target)

    assert found.reached is (name is not None)
    assert found.names == ((name,) if name else ())


# round robins


@pytest.mark.parametrize(
    ("load", "first"),
    [({BOB.id: 1, CLEO.id: 1}, "ann"), ({ANN.id: 1, BOB.id: 1}, "cleo"), ({ANN.id: 1, CLEO.id: 2}, "bob")],
)
def test_who_was_not_paged_lately_was_paged_least(load: Mapping[PersonId, int], first: str) -> None:
    target = RotatingTarget(people=EVERYONE, by=TurnBy.LOAD)
    incident = facing(rung(target), turn=1)

    assert [person.id for person, _ in aiming(incident, replace(ROSTER, load=load)).aim().people] == [first]


@pytest.mark.parametrize(
    ("turn", "round_", "first"), [(0, 1, "ann"), (0, 2, "bob"), (1, 2, "cleo"), (1, 3, "ann")]
)
def test_each_incident_and_each_further_round_begins_with_the_next_one(
    turn: int, round_: int, first: str
) -> None:
    incident = facing(rung(RotatingTarget(people=EVERYONE)), turn=turn)
    assert incident.escalation is not None
    later = replace(incident.escalation, step=Step(round=round_, rung=1))

    found = aiming(replace(incident, escalation=later)).aim()

    assert [person.id for person, _ in found.people] == [first]
    assert found.turned == [first]
    assert found.places == {first: [0]}


def test_what_goes_on_within_a_rung_is_only_what_turns_there_and_a_hole_is_the_rungs_own() -> None:
    still = RotatingTarget(people=(CLEO.id,))
    nobody = RotatingTarget(schedule=GONE, every=10 * MINUTE)
    incident = facing(rung(to("ann"), still, nobody, RotatingTarget(people=(ANN.id, BOB.id), every=MINUTE)))

    found = aiming(incident).spin((ANN.id,))

    assert [person.id for person, _ in found.people] == ["bob"]
    assert found.places == {BOB.id: [3]}
    assert (found.nobody, found.empty) == ([], []), "they were told and noted when the rung fired"


def test_a_round_robin_in_which_all_had_their_turn_comes_to_an_end() -> None:
    found = aiming(facing(rung(ROUND))).spin(EVERYONE)

    assert not found.reached
    assert found.resting == []


def test_a_round_robin_of_nobody_is_a_hole_of_the_rung() -> None:
    found = aim(to("ann"), RotatingTarget(schedule=GONE))

    assert found.nobody == ["round robin of schedule gone"]
    assert found.empty == [1]


# holes, roles and answers


def test_a_target_for_which_nobody_is_there_is_a_hole_and_the_others_are_paged() -> None:
    found = aim(on_call("gone"), to("ann"), on_call("none"))

    assert found.nobody == ["schedule gone", "schedule none"]
    assert found.empty == [0, 2]
    assert found.places == {ANN.id: [1]}
    assert not found.spared


def test_somebody_whom_two_targets_mean_is_paged_once_for_both() -> None:
    found = aim(to("ann"), to("bob"), on_call())

    assert found.places == {ANN.id: [0, 2], BOB.id: [1]}
    assert reasons(found) == {"ann": "named in the ladder", "bob": "named in the ladder"}
    assert found.names == ("Ann", "Bob")


@pytest.mark.parametrize("roles", [("primary",), ()])
def test_whoever_is_paged_for_a_role_is_noted_if_an_answer_for_it_is_needed(roles: tuple[str, ...]) -> None:
    found = aiming(facing(rung(on_call(), to("bob"), on_call("gone")), roles=roles)).aim()

    assert found.paged_for == ([PagedFor(schedule=PRIMARY.id, slack_user="UANN")] if roles else [])


def test_who_has_no_slack_account_cannot_be_noted_for_a_role_and_is_paged_all_the_same() -> None:
    roster = replace(ROSTER, people={ANN.id: replace(ANN, slack_user=None)})

    found = aiming(facing(rung(on_call()), roles=("primary",)), roster).aim()

    assert found.paged_for == []
    assert found.names == ("Ann",)


@pytest.mark.parametrize("anyone", [True, False])
def test_a_role_for_which_somebody_has_answered_is_spared_unless_nobody_else_is_there(
    *, anyone: bool
) -> None:
    incident = facing(rung(on_call()), roles=("primary", "gone"))
    filled = decide(incident, acknowledge("cleo", "primary"), NOW).incident

    found = aiming(filled, anyone=anyone).aim()

    assert found.names == (("Ann",) if anyone else ())
    assert found.spared is not anyone


@pytest.mark.parametrize("anyone", [True, False])
def test_who_has_answered_is_spared_unless_nobody_else_is_there(*, anyone: bool) -> None:
    one = decide(facing(rung(to("ann"))), acknowledge("ann"), NOW).incident

    found = aiming(one, anyone=anyone).aim()

    assert found.names == (("Ann",) if anyone else ())
    assert found.spared is not anyone


@pytest.mark.parametrize("anyone", [True, False])
def test_who_cannot_is_no_last_resort(*, anyone: bool) -> None:
    found = aiming(replace(facing(rung(to("ann"))), declined=(ANN.id,)), anyone=anyone).aim()

    assert not found.reached
    assert not found.spared, "there is nobody whom another look would page"


@pytest.mark.parametrize(("anyone", "forced"), [(True, False), (False, True), (False, False)])
def test_who_sleeps_where_that_counts_is_spared_unless_it_was_forced(*, anyone: bool, forced: bool) -> None:
    day = replace(rung(to("ann")), when=Condition(local=AFTERNOON))
    incident = facing(day)
    assert incident.escalation is not None
    asked = replace(incident, escalation=replace(incident.escalation, forced=forced))

    found = aiming(asked, anyone=anyone).aim()

    paged = anyone or forced
    assert found.names == (("Ann",) if paged else ())
    assert found.asleep == ([] if paged else [ANN])
    assert found.spared is not paged


def test_those_who_had_it_before_are_paged_beside_the_rung_and_belong_to_none_of_its_targets() -> None:
    incident = facing(rung(to("ann")))
    assert incident.escalation is not None
    again = replace(incident, escalation=replace(incident.escalation, also=("UBOB", "UANN", "person:nobody")))

    whole, before = aiming(again).aim(), aiming(again).had_it()

    assert whole.names == ("Ann", "Bob")
    assert before.names == ("Bob", "Ann")
    assert {why for _, why in before.people} == {"had acknowledged it before"}
    for places in (whole.places, before.places):
        assert set(places[BOB.id]).isdisjoint(range(1)), "it is the place of no target"
    assert aiming(again).at_target(0).names == ("Ann",)
