"""A valid file becomes the domain's objects."""

from datetime import date, time, timedelta
from pathlib import Path

import pytest

from bot.config.load import load, parse
from bot.config.problem import InvalidConfiguration
from bot.domain.alert import Severity
from bot.domain.configuration import Authority, Configuration, Watch
from bot.domain.ids import LadderId, PersonId, ScheduleId, ServiceId
from bot.domain.ladder import ChannelTarget, Ladder, PersonTarget, Rung, ScheduleTarget
from bot.domain.people import ContactMethod, MethodKind
from bot.domain.route import Limit
from bot.domain.schedule import Rotation, Schedule, ShiftLength, ShiftUnit, singly
from bot.domain.service import TicketPlan

WHOLE = """\
people:
  ann: {name: Ann Lee, slack: U0ANN00001, email: ann@example.com, zone: Europe/Berlin}
  bob: {name: Bob Ray, slack: U0BOB00001, methods: [slack: 2m]}
  cleo:
    name: Cleo Diaz
    email: cleo@example.com
schedules:
  primary:
    zone: Europe/Berlin
    layers:
      - {people: [ann, bob], start: 2026-01-05, handoff: 09:00, shift: 14d}
      - {people: [cleo], start: 2026-02-02, handoff: "17:30"}
ladders:
  payments:
    rounds: 3
    rungs:
      - targets: [schedule: primary, person: cleo]
        wait: 1h30m
      - targets: ["person: ann", channel: "#ops"]
  all: {rungs: [{targets: [channel: C0GENERAL01], wait: 7d}]}
services:
  pay:
    name: Payments
    channel: "#payments"
    ladder: payments
    ladders: {sev1: all, sev4: none}
    exhausted: all
    acknowledgement_timeouts: {sev2: none, sev3: 1d}
    reopen_window: 2h
    mention: S0PAYTEAM1
    ticket:
      {project: OPS, type: Incident, priorities: {sev1: Highest}, labels: [bell], fields: {customfield_1: 5}}
  web: {channel: C0INCIDENT1, ladder: all}
routes:
  - {match: ['team =~ "pay.*"', severity != sev4], service: pay, severity: sev1}
channels:
  - {channel: "#alerts", bots: [Grafana], parser: grafana, service: web}
defaults: {service: web, severity: sev2}
authority: {acknowledge: responders, responders: [U0DAN00001], admins: [ann], allowed_guests: [U0EVE00001],
            declares: 10 in 5m}
"""
SMALLEST = """\
ladders: {all: {rungs: [{targets: [channel: "#ops"]}]}}
services: {web: {channel: "#web", ladder: all}}
"""


def days(count: int) -> ShiftLength:
    return ShiftLength(count=count, unit=ShiftUnit.DAYS)


def configured(text: str) -> Configuration:
    return parse(text.encode(), "tocsin.yaml").configuration


def test_people_have_their_contact_methods_in_the_order_of_use() -> None:
    people = configured(WHOLE).roster.people

    minute = timedelta(minutes=1)
    assert [(p.name, p.zone) for p in people.values()] == [
        ("Ann Lee", "Europe/Berlin"),
        ("Bob Ray", "UTC"),
        ("Cleo Diaz", "UTC"),
    ]
    assert people[PersonId("ann")].methods == (
        ContactMethod(kind=MethodKind.SLACK, address="U0ANN00001"),
        ContactMethod(kind=MethodKind.EMAIL, address="ann@example.com", delay=minute),
    )
    assert people[PersonId("bob")].methods == (
        ContactMethod(kind=MethodKind.SLACK, address="U0BOB00001", delay=2 * minute),
    )


def test_who_has_only_one_way_is_paged_by_it_at_once() -> None:
    cleo = configured(WHOLE).roster.people[PersonId("cleo")]

    assert cleo.methods == (ContactMethod(kind=MethodKind.EMAIL, address="cleo@example.com"),)


def test_schedules_have_layers_of_turns() -> None:
    schedules = configured(WHOLE).roster.schedules

    ann, bob, cleo = (PersonId(name) for name in ("ann", "bob", "cleo"))
    assert schedules == {
        "primary": Schedule(
            id=ScheduleId("primary"),
            zone="Europe/Berlin",
            layers=(
                Rotation(turns=singly((ann, bob)), start=date(2026, 1, 5), handoff=time(9), length=days(14)),
                Rotation(turns=singly((cleo,)), start=date(2026, 2, 2), handoff=time(17, 30), length=days(7)),
            ),
        )
    }


def test_a_turn_may_be_nobodys_unless_somebody_is_called_so() -> None:
    text = WHOLE.replace("people: [cleo]", "people: [cleo, nobody, [ann, bob]]")
    named = "people:\n  nobody: {name: Mr. Body, email: nobody@example.com}\n"

    free, taken = configured(text), configured(text.replace("people:\n", named, 1))

    turns = [one.roster.schedules[ScheduleId("primary")].layers[1] for one in (free, taken)]
    assert [layer.turns for layer in turns if isinstance(layer, Rotation)] == [
        (("cleo",), (), ("ann", "bob")),
        (("cleo",), ("nobody",), ("ann", "bob")),
    ]


def test_services_have_their_ladders_built_in() -> None:
    pay = configured(WHOLE).services[ServiceId("pay")]

    everyone = Ladder(
        id=LadderId("all"),
        rungs=(Rung(targets=(ChannelTarget(channel="C0GENERAL01"),), wait=timedelta(days=7)),),
    )
    assert pay.ladder.rounds == 3
    assert pay.ladder.rungs == (
        Rung(
            targets=(ScheduleTarget(schedule=ScheduleId("primary")), PersonTarget(person=PersonId("cleo"))),
            wait=timedelta(minutes=90),
        ),
        Rung(
            targets=(PersonTarget(person=PersonId("ann")), ChannelTarget(channel="#ops")),
            wait=timedelta(minutes=5),
        ),
    )
    assert pay.ladders == {Severity.SEV1: everyone, Severity.SEV4: None}
    assert pay.catch_all == everyone


def test_a_service_says_how_long_things_last_and_what_its_ticket_is() -> None:
    pay = configured(WHOLE).services[ServiceId("pay")]

    assert (pay.name, pay.channel, pay.mention) == ("Payments", "#payments", "S0PAYTEAM1")
    assert pay.acknowledgement_timeouts == {
        Severity.SEV1: timedelta(minutes=30),
        Severity.SEV3: timedelta(days=1),
    }
    assert pay.reopen_window == timedelta(hours=2)
    assert pay.ticket == TicketPlan(
        project="OPS",
        issue_type="Incident",
        priorities={Severity.SEV1: "Highest"},
        labels=("bell",),
        fields={"customfield_1": 5},
    )


def test_routes_watches_and_authority_are_read() -> None:
    configuration = configured(WHOLE)

    (route,) = configuration.routes
    assert (route.service, route.severity) == ("pay", Severity.SEV1)
    assert [matcher.matches({"team": "payments", "severity": "sev4"}) for matcher in route.matchers] == [
        True,
        False,
    ]
    assert configuration.watches == (
        Watch(channel="#alerts", bots=("Grafana",), parser="grafana", service=ServiceId("web")),
    )
    assert (configuration.default_service, configuration.unknown_severity) == ("web", Severity.SEV2)
    assert configuration.authority == Authority(
        acknowledge="responders",
        responders=frozenset({"U0DAN00001"}),
        admins=frozenset({"U0ANN00001"}),
        allowed_guests=frozenset({"U0EVE00001"}),
        declares=Limit(most=10, per=timedelta(minutes=5), route="authority"),
    )


def test_what_one_person_opens_by_hand_is_limited_unless_it_shall_not_be() -> None:
    usual = configured(SMALLEST).authority.declares
    assert usual == Limit(most=20, per=timedelta(minutes=10), route="authority")
    assert configured(SMALLEST + "authority: {declares: none}\n").authority.declares is None


def test_what_stands_in_quotes_is_a_text() -> None:
    configuration = configured(SMALLEST.replace("ladder: all}", "ladder: all, name: '42'}"))

    assert configuration.services[ServiceId("web")].name == "42"


def test_the_only_service_is_the_default_one() -> None:
    configuration = configured(SMALLEST)

    assert configuration.default_service == "web"
    assert configuration.unknown_severity is Severity.SEV3
    assert configuration.services[ServiceId("web")].name == "web"


def test_a_changed_file_has_another_digest() -> None:
    assert configured(SMALLEST).digest != configured(f"{SMALLEST}\n").digest


def test_a_file_that_is_not_there_is_one_problem_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(InvalidConfiguration) as caught:
        load(tmp_path / "tocsin.yaml")

    (problem,) = caught.value.problems
    assert problem.line is None
    assert "tocsin init" in problem.remedy
