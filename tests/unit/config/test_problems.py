"""Every mistake is told at once, with its line, its path and what to do."""

import json
import re

import pytest

from bot.config.load import parse
from bot.config.problem import InvalidConfiguration, Problem
from bot.settings import Settings
from tests.unit.config.test_load import SMALLEST

TEN = """\
people:
  ann: {name: Ann Lee, slack: U0ANN00001, zone: Europe/Berln}
  bob: {name: Bob Ray, slck: U0BOB00001}
schedules:
  primary:
    zone: UTC
    layers:
      - people: [ann, bbo]
        start: 2026-01-05
        handoff: 9am
ladders:
  default:
    rungs:
      - targets: [schedule: primry]
        wait: 5
services:
  main:
    channel: incidents
    ladder: defualt
routes:
  - match: ['team =~ "("']
    service: main
    severity: sev9
"""
SETTINGS = {"slack": {"bot_token": "xoxb-1", "app_token": "xapp-1"}}


def problems(
    text: str, settings: Settings | None = None, parsers: frozenset[str] = frozenset()
) -> list[Problem]:
    try:
        parse(text.encode(), "tocsin.yaml", settings, parsers)
    except InvalidConfiguration as error:
        return list(error.problems)
    return []


def told(text: str, settings: Settings | None = None) -> Problem:
    (problem,) = problems(text, settings)
    return problem


def service(more: str) -> str:
    return SMALLEST.replace("ladder: all}", f"ladder: all, {more}}}")


def rung(more: str) -> str:
    return SMALLEST.replace('targets: [channel: "#ops"]', more)


def person(more: str) -> str:
    return f"{SMALLEST}people: {{ann: {{name: Ann, {more}}}}}\n"


def test_ten_mistakes_are_ten_problems_and_more_with_their_lines() -> None:
    found = problems(TEN)

    assert [(problem.line, problem.path, problem.remedy) for problem in found] == [
        (2, "people.ann.zone", "Did you mean `Europe/Berlin`?"),
        (3, "people.bob.slck", "Did you mean `slack`?"),
        (8, "schedules.primary.layers[0].people[1]", "Did you mean `bob`?"),
        (10, "schedules.primary.layers[0].handoff", "Write hours and minutes: `09:00`."),
        (14, "ladders.default.rungs[0].targets[0].schedule", "Did you mean `primary`?"),
        (15, "ladders.default.rungs[0].wait", "Write it as `5m`, `1h30m` or `7d`."),
        (18, "services.main.channel", 'Write `"#incidents"`, or its id.'),
        (19, "services.main.ladder", "Did you mean `default`?"),
        (21, "routes[0].match[0]", "Correct it; RE2's syntax has no look-around."),
        (23, "routes[0].severity", "Write `sev1` (the worst), `sev2`, `sev3` or `sev4`."),
    ]
    assert {problem.file for problem in found} == {"tocsin.yaml"}


def test_the_text_of_the_error_names_every_place_and_remedy() -> None:
    with pytest.raises(InvalidConfiguration) as caught:
        parse(TEN.encode(), "tocsin.yaml")

    lines = str(caught.value).splitlines()
    assert len(lines) == 10
    assert lines[7] == (
        "tocsin.yaml:19: services.main.ladder: there is no ladder `defualt`. Did you mean `default`?"
    )


def test_form_and_meaning_are_told_together() -> None:
    found = problems(SMALLEST + "ladders: {}\nchannels: &x [{channel: alerts}]\n")

    assert [(problem.line, problem.path) for problem in found] == [
        (3, "ladders"),
        (4, "channels"),
        (4, "channels[0].channel"),
    ]


@pytest.mark.parametrize(
    ("text", "path", "words"),
    [
        (SMALLEST.splitlines()[0], "services", "is missing"),
        (SMALLEST.replace(", ladder: all", ""), "services.web.ladder", "is missing"),
        (SMALLEST + "people: []\n", "people", "must be a mapping"),
        (SMALLEST + "routes: {}\n", "routes", "must be a list"),
        (SMALLEST + "people: {'a b': {name: A, slack: U0AAA00001}}\n", "people.a b", "can't be a name"),
        (
            SMALLEST + "people: {'slack:U1': {name: A, slack: U0AAA00001}}\n",
            "people.slack:U1",
            "can't be a name",
        ),
        (person("slack: ann"), "people.ann.slack", "no Slack user id"),
        (person("email: ann"), "people.ann.email", "no e-mail address"),
        (person("email: 'a@b.c\\nBcc: d@e.f'"), "people.ann.email", "no e-mail address"),
        (person("zone: UTC"), "people.ann", "can't be reached"),
        (person("slack: U0ANN00001, zone: ../../etc/passwd"), "people.ann.zone", "no time zone"),
        (person("slack: U0ANN00001, methods: [email: 1m]"), "people.ann", "has no `email:`"),
        (person("slack: U0ANN00001, methods: [pigeon: 1m]"), "people.ann.methods[0].pigeon", "not known"),
        (person("slack: U0ANN00001, methods: [slack: 2h]"), "people.ann.methods[0].slack", "out of range"),
        (person("slack: U0ANN00001, methods: [{slack: 1m, email: 1m}]"), "people.ann.methods[0]", "one way"),
        (SMALLEST + "defaults: {service: wbe}\n", "defaults.service", "no service `wbe`"),
        (SMALLEST + "defaults: {severity: high}\n", "defaults.severity", "no severity"),
        (service("ladders: {sev1: nne}"), "services.web.ladders.sev1", "no ladder"),
        (
            service("acknowledgement_timeouts: {sev1: 5s}"),
            "services.web.acknowledgement_timeouts.sev1",
            "range",
        ),
        (service("mention: everyone"), "services.web.mention", "can't be mentioned"),
        (service("catch_all: all, exhausted: all"), "services.web.exhausted", "not known"),
        (service("ticket: {project: ops}"), "services.web.ticket.project", "must match"),
        (service("ticket: {project: OPS, labels: [a b]}"), "services.web.ticket.labels[0]", "must match"),
        (SMALLEST + "routes: [{match: ['team'], service: web}]\n", "routes[0].match[0]", "no matcher"),
        (SMALLEST + "routes: [{match: [], service: web}]\n", "routes[0].match", "is empty"),
        (SMALLEST + "channels: [{channel: '#Alerts'}]\n", "channels[0].channel", "no channel"),
        (SMALLEST + "authority: {admins: [ann]}\n", "authority.admins[0]", "neither a person"),
        (SMALLEST + "authority: {acknowledge: all}\n", "authority.acknowledge", "'members' or 'responders'"),
    ],
)
def test_a_mistake_is_told_where_it_is(text: str, path: str, words: str) -> None:
    problem = told(text)

    assert problem.path == path
    assert words in f"{problem.message} {problem.remedy}"


@pytest.mark.row("A54")
@pytest.mark.parametrize(
    ("text", "path"),
    [
        (SMALLEST.replace("]}]}}", "]}], rounds: 11}}"), "ladders.all.rounds"),
        (SMALLEST.replace("]}]}}", "]}], rounds: 0}}"), "ladders.all.rounds"),
        (rung("targets: [" + "channel: '#ops', " * 51 + "]"), "ladders.all.rungs[0].targets"),
        (rung("targets: []"), "ladders.all.rungs[0].targets"),
        (rung("targets: [ladder: all]"), "ladders.all.rungs[0].targets[0].ladder"),
        (rung("targets: [channel: '#ops'], wait: 0s"), "ladders.all.rungs[0].wait"),
        (rung("targets: [channel: '#ops'], wait: 29s"), "ladders.all.rungs[0].wait"),
        (rung("targets: [channel: '#ops'], wait: 8d"), "ladders.all.rungs[0].wait"),
        (
            "ladders: {all: {rungs: [" + "{targets: [channel: '#ops']}, " * 21 + "]}}\n"
            "services: {web: {channel: '#web', ladder: all}}\n",
            "ladders.all.rungs",
        ),
    ],
)
def test_a_ladder_that_would_never_end_or_page_everyone_is_refused(text: str, path: str) -> None:
    assert {problem.path for problem in problems(text)} - {"ladders.all.rungs[0].targets[0]"} == {path}


def test_short_waits_are_for_trials_only() -> None:
    short = rung("targets: [channel: '#ops'], wait: 2s")

    assert "allow_short_waits" in told(short).remedy
    assert problems(f"allow_short_waits: true\n{short}") == []


@pytest.mark.row("A49")
@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("a" * 513, "512"),
        ("(a", "missing"),
        (r"\\pL{150}", "too large"),
        ("(?=a)", "can't be used"),
        (r"(\\w)\\1", "can't be used"),
        ("((a{100}){100}){100}", "can't be used"),
    ],
)
def test_a_pattern_that_could_take_too_long_is_refused(pattern: str, words: str) -> None:
    problem = told(f'{SMALLEST}routes: [{{match: ["team =~ {pattern}"], service: web}}]\n')

    assert problem.path == "routes[0].match[0]"
    assert words in problem.message


@pytest.mark.row("A49")
def test_a_pattern_that_ruins_others_takes_no_time_here() -> None:
    text = f"{SMALLEST}routes: [{{match: ['team =~ ^(\\w+\\s?)+$'], service: web}}]\n"
    (route,) = parse(text.encode(), "tocsin.yaml").configuration.routes

    assert not route.matchers[0].matches({"team": "a" * 100_000 + "!"})


@pytest.mark.row("F27")
@pytest.mark.parametrize("zone", ["Europe/Berln", "", "localtime/../UTC", "CEST", "europe/berlin"])
def test_a_zone_that_nobody_knows_is_told_before_anybody_waits_for_it(zone: str) -> None:
    people = "people: {ann: {name: Ann, slack: U0ANN00001}}\n"
    layer = "{people: [ann], start: 2026-01-05, handoff: 09:00}"

    problem = told(f"{SMALLEST}{people}schedules: {{primary: {{zone: '{zone}', layers: [{layer}]}}}}\n")

    assert problem.path == "schedules.primary.zone"
    assert "no time zone" in problem.message
    assert problem.remedy


@pytest.mark.parametrize(
    ("written", "label", "op", "value"),
    [
        ("team=pay", "team", "=", "pay"),
        ('  team != "pay ments " ', "team", "!=", "pay ments "),
        ("team =~ 'a|b'", "team", "=~", "a|b"),
        ("k8s.io/app !~ a=b", "k8s.io/app", "!~", "a=b"),
        ("team =", "team", "=", ""),
        (f"team = a{' ' * 100_000}b", "team", "=", f"a{' ' * 100_000}b"),
    ],
)
def test_a_condition_is_label_operator_and_value(written: str, label: str, op: str, value: str) -> None:
    text = f"{SMALLEST}routes: [{{match: [{json.dumps(written)}], service: web}}]\n"
    ((matcher,),) = (route.matchers for route in parse(text.encode(), "x").configuration.routes)

    assert (matcher.label, matcher.op, matcher.value) == (label, op, value)


def test_two_people_cannot_be_one_slack_user() -> None:
    people = "people:\n  ann: {name: Ann, slack: U0ANN00001}\n  bob: {name: Bob, slack: U0ANN00001}\n"

    problem = told(SMALLEST + people)

    assert (problem.line, problem.path) == (5, "people.bob.slack")


def test_with_several_services_the_default_one_must_be_named() -> None:
    text = SMALLEST.replace("ladder: all}", "ladder: all}, api: {channel: '#api', ladder: all}")

    assert told(text).path == "defaults"
    assert problems(f"{text}defaults: {{service: api}}\n") == []


@pytest.mark.parametrize(
    ("text", "path", "variable"),
    [
        (person("email: ann@example.com"), "people.ann", "TOCSIN_SMTP__HOST"),
        (
            person("slack: U0ANN00001, email: a@b.cd, methods: [email: 1m]"),
            "people.ann.methods[0]",
            "TOCSIN_SMTP__HOST",
        ),
        (service("ticket: {project: OPS}"), "services.web.ticket", "TOCSIN_JIRA__URL"),
    ],
)
def test_what_the_settings_do_not_have_cannot_be_relied_on(text: str, path: str, variable: str) -> None:
    problem = told(text, Settings.model_validate(SETTINGS))

    assert problem.path == path
    assert variable in problem.remedy
    assert problems(text) == []


def test_a_channel_cannot_be_paged_without_slack() -> None:
    settings = Settings.model_validate({"smtp": {"host": "mail", "sender": "tocsin@example.com"}})

    problem = told(SMALLEST, settings)

    assert problem.path == "ladders.all.rungs[0].targets[0]"
    assert "TOCSIN_SLACK__BOT_TOKEN" in problem.remedy


def test_a_parser_must_exist_when_the_parsers_are_known() -> None:
    text = f"{SMALLEST}channels: [{{channel: '#alerts', parser: grafna}}]\n"

    (problem,) = problems(text, parsers=frozenset({"grafana", "alertmanager"}))

    assert problem.path == "channels[0].parser"
    assert problem.remedy == "Did you mean `grafana`?"


def test_texts_of_the_file_cannot_break_a_message() -> None:
    (problem,) = problems(f'{SMALLEST}"what\\nis `this`{"x" * 200}": 1\n')

    assert problem.message.isprintable()
    assert problem.path.isprintable()
    assert len(problem.message) < 120
    assert re.match(r"`what.is", problem.message)
