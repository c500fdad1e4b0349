"""Ladders as the file says them: targets, conditions, quorums, and ladders within ladders."""

from datetime import date, time, timedelta

import pytest

from bot.config.load import parse
from bot.domain.alert import Severity
from bot.domain.calendar import Window
from bot.domain.ids import PersonId, ScheduleId
from bot.domain.ladder import (
    ChannelTarget,
    GroupTarget,
    Ladder,
    Otherwise,
    PersonTarget,
    RotatingTarget,
    ScheduleTarget,
    TurnBy,
    Which,
)
from tests.unit.config.test_problems import problems

PEOPLE = """\
people:
  ann: {name: Ann, slack: U0ANN00001}
  bob: {name: Bob, slack: U0BOB00001}
calendars:
  office: {zone: Europe/London, days: [mon, fri], hours: "09:00-17:00", holidays: [2026-12-25]}
schedules:
  primary: {zone: UTC, layers: [{people: [ann, bob], start: 2026-01-05, handoff: "09:00"}]}
  command: {zone: UTC, layers: [{people: [bob], start: 2026-01-05, handoff: "09:00"}]}
services:
  web: {channel: "#web", ladder: all}
"""
CALL = "targets: [{person: ann}]"


def written(ladders: str) -> str:
    return f"{PEOPLE}ladders:\n" + "".join(f"  {line}\n" for line in ladders.splitlines())


def ladder(text: str, name: str = "all") -> Ladder:
    services = parse(written(text).encode(), "tocsin.yaml").configuration.services
    found = next(iter(services.values())).ladder
    assert found.id == name
    return found


def rung(text: str) -> str:
    return f"all: {{rungs: [{{{text}}}]}}"


def test_every_kind_of_target_is_said_in_a_word() -> None:
    text = """\
all:
  rungs:
    - targets:
        - person: ann
        - schedule: primary
        - {schedule: primary, which: next}
        - {schedule: primary, which: everyone}
        - group: S0123ABC
        - channel: "#ops"
        - {round_robin: [ann, bob], every: 2m}
        - {round_robin: {schedule: primary}, by: least-paged}
"""
    primary = ScheduleId("primary")

    assert ladder(text).rungs[0].targets == (
        PersonTarget(person=PersonId("ann")),
        ScheduleTarget(schedule=primary),
        ScheduleTarget(schedule=primary, which=Which.NEXT),
        ScheduleTarget(schedule=primary, which=Which.EVERYONE),
        GroupTarget(group="S0123ABC"),
        ChannelTarget(channel="#ops"),
        RotatingTarget(people=(PersonId("ann"), PersonId("bob")), every=timedelta(minutes=2)),
        RotatingTarget(schedule=primary, by=TurnBy.LOAD),
    )


def test_a_rung_may_have_a_condition_and_a_wait_in_a_calendar() -> None:
    text = rung(
        f"{CALL}, wait_in: office, else: hold, "
        'when: {severity: [sev2, sev1], during: office, local: "22:00-06:00"}'
    )

    found = ladder(text).rungs[0]

    assert found.wait_in is not None
    assert found.wait_in.holidays == (date(2026, 12, 25),)
    assert found.otherwise is Otherwise.HOLD
    assert found.when is not None
    assert found.when.severities == (Severity.SEV1, Severity.SEV2)
    assert found.when.during == found.wait_in
    assert found.when.local == Window(begin=time(22), end=time(6))


def test_one_severity_needs_no_list() -> None:
    found = ladder(rung(f"{CALL}, when: {{severity: sev1, outside: office}}")).rungs[0]

    assert found.when is not None
    assert found.when.severities == (Severity.SEV1,)
    assert found.otherwise is Otherwise.SKIP


def test_a_ladder_may_wait_at_first_and_want_several_answers() -> None:
    several = ladder(
        "all: {delay: 2m, acknowledgements: 2, rungs: [{targets: [{person: ann}, {person: bob}]}]}"
    )
    roles = ladder(
        "all: {acknowledgements: [primary, command], "
        "rungs: [{targets: [{schedule: primary}, {schedule: command}]}]}"
    )

    assert (several.delay, several.acknowledgements, several.roles) == (timedelta(minutes=2), 2, ())
    assert (roles.acknowledgements, roles.roles) == (1, ("primary", "command"))


def test_a_nested_ladder_is_put_in_the_place_of_the_rung_that_names_it() -> None:
    text = """\
all:
  rungs:
    - {targets: [{person: ann}], wait: 1m}
    - {targets: [{channel: "#ops"}, {ladder: managers}], wait: 9m, wait_in: office}
managers:
  rounds: 2
  rungs:
    - {targets: [{person: bob}], wait: 2m}
    - {targets: [{schedule: command}], wait: 3m}
"""
    rungs = ladder(text).rungs

    assert [each.wait.total_seconds() / 60 for each in rungs] == [1, 2, 3, 2, 9]
    assert [len(each.targets) for each in rungs] == [1, 2, 1, 1, 1]
    assert rungs[1].targets[0] == ChannelTarget(channel="#ops")
    assert rungs[4].wait_in is not None
    assert rungs[3].wait_in is None


def test_the_condition_of_the_outer_rung_counts_for_all_that_is_nested() -> None:
    text = (
        "all: {rungs: [{targets: [{ladder: m}], when: {severity: sev1}}]}\n"
        f"m: {{rungs: [{{{CALL}}}, {{{CALL}}}]}}"
    )

    assert [each.when.severities for each in ladder(text).rungs if each.when] == [(Severity.SEV1,)] * 2


@pytest.mark.row("A54")
@pytest.mark.parametrize(
    ("text", "path", "words"),
    [
        (
            f"all: {{rungs: [{{{CALL}}}, {{targets: [{{ladder: b}}]}}]}}\n"
            "b: {rungs: [{targets: [{ladder: c}]}]}\nc: {rungs: [{targets: [{ladder: all}]}]}",
            "ladders.all.rungs[1].targets[0].ladder",
            "all → b → c → all",
        ),
        (
            "all: {rungs: [{targets: [{ladder: m}]}]}\n"
            f"m: {{rounds: 10, rungs: [{', '.join([f'{{{CALL}}}'] * 11)}]}}",
            "ladders.all.rungs[0].targets[0].ladder",
            "has 110 rungs",
        ),
        ("all: {rungs: [{targets: [{ladder: mm}]}]}", "ladders.all.rungs[0].targets[0].ladder", "no ladder"),
        (
            f"all: {{rungs: [{{targets: [{{ladder: m}}, {{ladder: m}}]}}]}}\nm: {{rungs: [{{{CALL}}}]}}",
            "ladders.all.rungs[0]",
            "two ladders",
        ),
        (
            "all: {rungs: [{targets: [{ladder: m}], when: {severity: sev1}}]}\n"
            f"m: {{rungs: [{{{CALL}, when: {{during: office}}}}]}}",
            "ladders.all.rungs[0].targets[0].ladder",
            "so has a rung of `m`",
        ),
        (
            "all: {rungs: [{targets: [{person: ann}, {ladder: m}]}]}\n"
            f"m: {{rungs: [{{{CALL}, when: {{during: office}}}}]}}",
            "ladders.all.rungs[0].targets[1].ladder",
            "a rung of their own",
        ),
        (rung("targets: [{person: ann, which: next}]"), "ladders.all.rungs[0].targets[0]", "`schedule:`"),
        (rung("targets: [{person: ann, every: 2m}]"), "ladders.all.rungs[0].targets[0]", "`round_robin:`"),
        (rung("targets: [{person: ann, channel: '#a'}]"), "ladders.all.rungs[0].targets[0]", "one target"),
        (rung("targets: [{which: next}]"), "ladders.all.rungs[0].targets[0]", "one target"),
        (rung("targets: [{group: ops}]"), "ladders.all.rungs[0].targets[0].group", "no Slack user group"),
        (rung("targets: [{webhook: pagr}]"), "ladders.all.rungs[0].targets[0].webhook", "no webhook `pagr`"),
        (
            rung("targets: [{round_robin: []}]"),
            "ladders.all.rungs[0].targets[0].round_robin",
            "[ann, bob]",
        ),
        (
            rung("targets: [{round_robin: [ann, ann]}]"),
            "ladders.all.rungs[0].targets[0].round_robin",
            "twice",
        ),
        (
            rung("targets: [{round_robin: {schedule: prim}}]"),
            "ladders.all.rungs[0].targets[0].round_robin",
            "Did you mean",
        ),
        (
            rung("targets: [{round_robin: [ann], every: 5m}], wait: 5m"),
            "ladders.all.rungs[0]",
            "shorter than `wait:`",
        ),
        (rung(f"{CALL}, else: hold"), "ladders.all.rungs[0]", "without `when`"),
        (
            rung(f"{CALL}, else: wait, when: {{severity: sev1}}"),
            "ladders.all.rungs[0].else",
            "'skip' or 'hold'",
        ),
        (rung(f"{CALL}, when: {{}}"), "ladders.all.rungs[0].when", "says nothing"),
        (
            rung(f"{CALL}, when: {{during: office, outside: office}}"),
            "ladders.all.rungs[0].when",
            "this can never hold",
        ),
        (
            rung(f"{CALL}, when: {{during: ofice}}"),
            "ladders.all.rungs[0].when.during",
            "Did you mean `office`",
        ),
        (rung(f"{CALL}, when: {{local: '9-5'}}"), "ladders.all.rungs[0].when.local", "no span of hours"),
        (rung(f"{CALL}, wen: {{}}"), "ladders.all.rungs[0].wen", "`when`"),
        (f"all: {{acknowledgements: 0, rungs: [{{{CALL}}}]}}", "ladders.all.acknowledgements", "number"),
        (
            f"all: {{acknowledgements: [command], rungs: [{{{CALL}}}]}}",
            "ladders.all",
            "no rung pages that schedule",
        ),
        (f"all: {{delay: 8d, rungs: [{{{CALL}}}]}}", "ladders.all.delay", "out of range"),
    ],
)
def test_what_is_wrong_with_a_ladder_is_told_at_its_place(text: str, path: str, words: str) -> None:
    problem = problems(written(text))[0]

    assert problem.path == path
    assert problem.line is not None
    assert words in f"{problem.message}. {problem.remedy}"


def test_each_ladder_of_a_circle_is_told_and_those_that_lead_to_it_are_not() -> None:
    text = (
        "all: {rungs: [{targets: [{ladder: b}]}]}\n"
        "b: {rungs: [{targets: [{ladder: c}]}]}\n"
        "c: {rungs: [{targets: [{ladder: b}]}]}"
    )

    assert [problem.path.split(".")[1] for problem in problems(written(text))] == ["b", "c"]


def test_a_hundred_rungs_are_allowed() -> None:
    many = ", ".join(f"{{{CALL}}}" for _ in range(10))

    assert (
        len(
            ladder(
                f"all: {{rungs: [{{targets: [{{ladder: m}}]}}]}}\nm: {{rounds: 10, rungs: [{many}]}}"
            ).rungs
        )
        == 100
    )
