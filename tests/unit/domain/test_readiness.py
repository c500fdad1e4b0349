"""Who is on call within a week and could not be reached by anything."""

from dataclasses import replace
from datetime import timedelta

from bot.domain.configuration import Configuration
from bot.domain.ladder import GroupTarget
from bot.domain.people import MethodKind, Person, Standing
from bot.domain.readiness import Sight, Unready, unready
from bot.domain.roster import Roster
from tests.examples import ANN, BOB, LADDER, NOW, PAYMENTS, PRIMARY, on_call, rung

EVERY_WAY = frozenset(MethodKind)


def found(*people: Person, gone: str = "", channel: str | None = None, **sight: object) -> list[Unready]:
    schedule = replace(PRIMARY, channel=channel)
    roster = Roster(people={each.id: each for each in people}, schedules={schedule.id: schedule})
    ladder = replace(LADDER, rungs=(rung(on_call()), rung(GroupTarget(group="S0ONCALL001"))))
    service = replace(PAYMENTS, ladder=ladder)
    configuration = Configuration(roster=roster, services={service.id: service}, default_service=service.id)
    seen = Sight(
        **{  # type: ignore[arg-type]  # the tests choose fields by name
            "paging": EVERY_WAY,
            "standing": lambda user: Standing.DEACTIVATED if user == gone else Standing.MEMBER,
            **sight,
        }
    )
    return unready(configuration, roster, seen, NOW)


def test_nothing_is_said_of_those_who_can_be_reached() -> None:
    assert found(ANN, BOB) == []


def test_somebody_without_a_contact_method_is_told_of_where_the_schedule_is_announced() -> None:
    (only,) = found(ANN, replace(BOB, methods=()), channel="#payments")

    assert (only.person, only.why, only.schedules, only.channels) == (
        "bob",
        "has no contact method",
        ("primary",),
        ("#payments",),
    )
    assert only.since is not None
    assert only.since <= NOW + timedelta(days=7)


def test_without_a_channel_of_the_schedule_those_of_the_services_are_told() -> None:
    (only,) = found(ANN, replace(BOB, methods=()))

    assert only.channels == (PAYMENTS.channel,)


def test_whoever_has_left_slack_is_reached_by_other_ways_alone() -> None:
    assert found(ANN, BOB, gone="UBOB") == []

    (only,) = found(ANN, replace(BOB, methods=BOB.methods[:1]), gone="UBOB")

    assert only.why == "is deactivated in Slack"


def test_a_way_that_is_not_configured_reaches_nobody() -> None:
    (only,) = found(ANN, replace(BOB, methods=BOB.methods[1:]), paging={MethodKind.SLACK})

    assert only.why == "is paged by email, which is not configured"


def test_somebody_who_is_not_listed_any_more_is_found() -> None:
    (only,) = found(ANN)

    assert (only.name, only.why, only.slack_user) == ("bob", "is not listed any more", None)


def test_a_group_that_means_nobody_is_told_where_it_is_relied_on() -> None:
    (only,) = found(ANN, BOB, groups={"S0ONCALL001": "has nobody in it who could be paged"})

    assert (only.name, only.channels) == ("user group S0ONCALL001", (PAYMENTS.channel,))
