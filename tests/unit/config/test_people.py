"""What the file says of people: what need not wake them, and how often they may be told."""

from datetime import time, timedelta

import pytest

from bot.config.load import parse
from bot.config.problem import InvalidConfiguration
from bot.domain.alert import Severity
from bot.domain.calendar import Window
from bot.domain.ids import PersonId
from bot.domain.people import ContactMethod, Limit, MethodKind, Person, Quiet

REST = """
ladders: {default: {rungs: [{targets: [{person: ann}]}]}}
services: {main: {channel: "#ops", ladder: default}}
"""


def ann(says: str, more: str = "") -> Person:
    people = f"people: {{ann: {{name: Ann, slack: U0ANN00001, email: ann@example.com, {says}}}}}\n"
    return parse((people + REST + more).encode(), "tocsin.yaml").configuration.roster.people[PersonId("ann")]


def problem(says: str, more: str = "") -> str:
    with pytest.raises(InvalidConfiguration) as caught:
        ann(says, more)
    (only,) = caught.value.problems
    return f"{only.path}: {only.message} | {only.remedy}"


def test_quiet_severities_are_the_two_mildest_ones_unless_it_is_said() -> None:
    person = ann('quiet: {hours: "22:00-07:00"}')

    assert person.quiet == Quiet(
        severities=(Severity.SEV3, Severity.SEV4), hours=Window(begin=time(22), end=time(7))
    )


def test_a_quiet_set_has_methods_of_its_own() -> None:
    person = ann("quiet: {severities: [sev4, sev2], methods: [{slack: 5m}, email]}")

    assert person.quiet == Quiet(
        severities=(Severity.SEV2, Severity.SEV4),
        methods=(
            ContactMethod(kind=MethodKind.EMAIL, address="ann@example.com"),
            ContactMethod(kind=MethodKind.SLACK, address="U0ANN00001", delay=timedelta(minutes=5)),
        ),
    )


def test_nobody_is_quiet_who_does_not_say_so_and_by_each_way_one_page_a_minute_is_enough() -> None:
    person = ann("zone: UTC")
    everything = ann("zone: UTC", "defaults: {limits: {slack: none, email: none}}\n")

    assert person.quiet is None
    once = (Limit(count=1, span=timedelta(minutes=1)),)
    assert person.limits == {MethodKind.SLACK: once, MethodKind.EMAIL: once}
    assert everything.limits == {}


def test_limits_of_everybody_and_of_somebody() -> None:
    everybody = "defaults: {limits: {email: 1/1m, slack: [10/15m, 3/1m]}}\n"

    person = ann("limits: {slack: none}", everybody)

    assert person.limits == {MethodKind.EMAIL: (Limit(count=1, span=timedelta(minutes=1)),)}
    assert ann("zone: UTC", everybody).limits[MethodKind.SLACK] == (
        Limit(count=10, span=timedelta(minutes=15)),
        Limit(count=3, span=timedelta(minutes=1)),
    )


@pytest.mark.parametrize(
    ("says", "more", "words"),
    [
        ("quiet: {}", "", "people.ann.quiet: it says neither how nor when"),
        ('quiet: {hours: "06:00-23:00"}', "", "people.ann.quiet.hours: quiet hours of 17h are too long"),
        ('quiet: {hours: "00:00-24:00"}', "", "people.ann.quiet.hours: quiet hours of 1d are too long"),
        ("quiet: {hours: at night}", "", "people.ann.quiet.hours: `atnight` is no span of hours"),
        ("quiet: {methods: [pigeon]}", "", "people.ann.quiet.methods[0].pigeon: `pigeon` is not known"),
        ("quiet: {methods: [email], severities: []}", "", "people.ann.quiet.severities: is empty"),
        ("limits: {email: 5 per minute}", "", "people.ann.limits.email: `5 per minute` is no limit"),
        ("limits: {email: 1/2h}", "", "people.ann.limits.email: a limit over 2h is out of range"),
        ("limits: {email: 1/30s}", "", "people.ann.limits.email: a limit over 30s is out of range"),
        ("limits: {email: 0/1m}", "", "people.ann.limits.email: `0/1m` is no limit"),
        ("limits: {email: []}", "", "people.ann.limits.email: there are 0 limits"),
        (
            "zone: UTC",
            "defaults: {limits: {slack: 7}}",
            "defaults.limits.slack: must be text, not the number 7",
        ),
    ],
)
def test_what_cannot_be_is_told_with_its_place_and_its_remedy(says: str, more: str, words: str) -> None:
    told = problem(says, more)

    assert told.startswith(words)
    assert not told.endswith("| ")


def test_a_quiet_method_needs_an_address_as_any_other() -> None:
    people = "people: {ann: {name: Ann, slack: U0ANN00001, quiet: {methods: [email]}}}\n"

    with pytest.raises(InvalidConfiguration) as caught:
        parse((people + REST).encode(), "tocsin.yaml")

    assert "is to be reached by email, but has no `email:`" in caught.value.problems[0].message
