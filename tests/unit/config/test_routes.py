"""Routes as they stand in the file: what they mean, and what is refused with which words."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.config.load import parse
from bot.config.problem import InvalidConfiguration
from bot.config.reference import EXAMPLES
from bot.domain.alert import Alert, AlertState, Severity
from bot.domain.configuration import Configuration
from bot.domain.quiet import is_target
from bot.domain.route import Limit, Placement, place
from bot.domain.service import TicketPlan
from tests.unit.config.test_load import SMALLEST

SERVICES = """\
ladders:
  all: {rungs: [{targets: [channel: "#ops"]}]}
  night: {rungs: [{targets: [channel: "#night"]}]}
services:
  web: {channel: "#web", ladder: all, ladders: {sev4: none}, ticket: {project: WEB, labels: [web]}}
  db: {channel: "#db", ladder: all}
defaults: {service: web}
"""
MINUTE = timedelta(minutes=1)


def configured(routes: str) -> Configuration:
    return parse(f"{SERVICES}routes:\n{routes or '  []'}".encode(), "tocsin.yaml").configuration


def alert(**labels: str) -> Alert:
    return Alert(
        source="alertmanager",
        fingerprint="f",
        state=AlertState.FIRING,
        title="Disk full",
        severity=Severity.SEV3,
        labels=labels,
    )


def placed(routes: str, told: Alert) -> Placement:
    found = configured(routes)
    return place(told, found.routes, found.default_service, found.unknown_severity)


def test_the_first_route_that_matches_counts() -> None:
    routes = """\
  - {match: ['team="db"'], service: db}
  - {match: ['team=~"d.*"'], service: web, severity: sev1}
"""

    assert placed(routes, alert(team="db")).service == "db"
    assert placed(routes, alert(team="dx")).severity is Severity.SEV1
    assert placed(routes, alert(team="ops")).route == "no route matched: the default service"


@pytest.mark.parametrize(
    ("matcher", "labels", "holds"),
    [
        ('env="prod"', {"env": "prod"}, True),
        ('env="prod"', {"env": "production"}, False),
        ('env!="prod"', {}, True),
        ('env=~"prod.*"', {"env": "production"}, True),
        ('env=~"prod"', {"env": "production"}, False),
        ('env!~"prod.*"', {"env": "production"}, False),
        ('env=~""', {}, True),
        ('severity="sev3"', {}, True),
        ('severity="sev3"', {"severity": "warning"}, True),
        ('severity="warning"', {"severity": "warning"}, True),
        ('severity!="sev3"', {"severity": "warning"}, False),
        ('severity="sev1"', {"severity": "sev1"}, False),
        ('labels.severity="warning"', {"severity": "warning"}, True),
        ('labels.severity="sev3"', {"severity": "warning"}, False),
        ('labels.severity=""', {}, True),
        ('service="web"', {"service": "web"}, True),
    ],
)
def test_matchers_compare_the_whole_value_and_a_missing_label_is_empty(
    matcher: str, labels: dict[str, str], holds: bool
) -> None:
    found = placed(f"  - {{match: ['{matcher}'], service: db}}\n", alert(**labels))

    assert (found.service == "db") is holds


def test_the_examples_of_the_documentation_mean_what_tocsin_shows() -> None:
    """An alert of Prometheus tells `critical` or `warning`, and is shown as sev1 or sev3."""
    text = EXAMPLES["routes"].replace("main", "db") + EXAMPLES["inhibit"]
    found = parse(f"{SERVICES}{text}".encode(), "tocsin.yaml").configuration
    worst = replace(alert(team="payments", severity="critical"), severity=Severity.SEV1)
    known = Placement(service=found.default_service, severity=Severity.SEV3)

    where = place(worst, found.routes, found.default_service, found.unknown_severity)

    assert where.route.startswith("route 1 ")
    assert is_target(found.inhibitions[0], alert(severity="warning"), known)
    assert not is_target(found.inhibitions[0], worst, replace(known, severity=Severity.SEV1))


def test_a_route_that_continues_leaves_the_rest_to_the_next() -> None:
    routes = """\
  - {match: ['source=alertmanager'], group_by: [alertname], group_wait: 30s, limit: 5 in 1m, continue: true}
  - {match: ['team=db'], service: db, group_wait: 1m}
"""

    ours, others = placed(routes, alert(team="db")), placed(routes, alert(team="ops"))

    assert ours.service == "db"
    assert ours.handling.group_by == ("alertname",)
    assert ours.handling.group_wait == MINUTE, "the later one counts"
    assert ours.handling.limit is not None
    assert (ours.handling.limit.most, ours.handling.limit.per) == (5, MINUTE)
    assert ", then route 2" in ours.route
    assert others.service == "web"
    assert others.handling.group_wait == timedelta(seconds=30)
    assert others.route.endswith(": the default service")


def test_a_ladder_of_a_route_is_climbed_whatever_the_severity() -> None:
    found = configured("  - {match: ['team=db'], service: web, ladder: night}\n")
    handling = place(alert(team="db"), found.routes, found.default_service, Severity.SEV3).handling

    service = handling.serving(found.services[found.default_service])

    assert {str(service.ladder_for(each) and service.ladder.id) for each in Severity} == {"night"}


@pytest.mark.parametrize(
    ("written", "service", "plan"),
    [
        ("false", "web", None),
        ("{project: OPS}", "web", TicketPlan(project="OPS", issue_type="Task", labels=("web",))),
        ("{labels: [a, b]}", "web", TicketPlan(project="WEB", issue_type="Task", labels=("a", "b"))),
        ("{project: OPS, type: Bug}", "db", TicketPlan(project="OPS", issue_type="Bug")),
        ("{labels: [a]}", "db", None),
    ],
)
def test_tickets_of_a_route_differ_in_what_it_says(
    written: str, service: str, plan: TicketPlan | None
) -> None:
    found = configured(f"  - {{match: ['team=db'], service: {service}, ticket: {written}}}\n")
    placement = place(alert(team="db"), found.routes, found.default_service, Severity.SEV3)

    assert placement.handling.serving(found.services[placement.service]).ticket == plan


def test_groups_are_named_by_the_values_of_their_labels() -> None:
    routes = "  - {match: ['team=db'], service: db, group_by: [alertname, cluster]}\n"

    def group(**labels: str) -> str | None:
        told = alert(team="db", **labels)
        found = placed(routes, told)
        return found.handling.group(told, found.service)

    assert group(alertname="a", cluster="b", host="1") == group(alertname="a", cluster="b", host="2")
    assert group(alertname="a", cluster="b") != group(alertname="a", cluster="c")
    assert group(alertname='a","b', cluster="") != group(alertname="a", cluster='b","')
    assert len(group(alertname="x" * 100_000) or "") < 500
    assert placed("", alert()).handling.group(alert(), placed("", alert()).service) is None


def test_what_sev1_waits_for_is_said_by_itself() -> None:
    plain = placed("  - {match: ['team=db'], service: db, group_by: [a], group_wait: 1m}\n", alert(team="db"))
    said = placed(
        "  - {match: ['team=db'], service: db, group_by: [a], group_wait_sev1: 10s}\n", alert(team="db")
    )

    assert plain.handling.wait(Severity.SEV2) == MINUTE
    assert plain.handling.wait(Severity.SEV1) == timedelta()
    assert said.handling.wait(Severity.SEV1) == timedelta(seconds=10)
    assert said.handling.wait(Severity.SEV2) == timedelta()


def test_a_limit_keeps_its_name_when_routes_are_put_in_another_order() -> None:
    one, two = "  - {match: [a=b], service: db, limit: 30 in 2m}\n", "  - {match: [c=d], service: db}\n"

    first, last = configured(one + two).routes[0], configured(two + one).routes[1]

    assert first.handling.limit == last.handling.limit


@pytest.mark.parametrize(
    ("written", "path", "words"),
    [
        ("{match: [a=b]}", "routes[0]", "names no service"),
        ("{match: [a=b], service: web, group_by: ['a b']}", "routes[0].group_by[0]", "no label's name"),
        ("{match: [a=b], service: web, group_by: alertname}", "routes[0].group_by", "list"),
        ("{match: [a=b], service: web, group_wait: 2h}", "routes[0].group_wait", "0s to 1h"),
        ("{match: [a=b], service: web, repeat_interval: 1m}", "routes[0].repeat_interval", "5m to 14d"),
        ("{match: [a=b], service: web, pause: 1m}", "routes[0].pause", "2m to 15m"),
        ("{match: [a=b], service: web, pause: 20m}", "routes[0].pause", "2m to 15m"),
        ("{match: [a=b], service: web, resolve_after: 5s}", "routes[0].resolve_after", "1m to 30d"),
        ("{match: [a=b], service: web, limit: 30}", "routes[0].limit", "30 in 2m"),
        ("{match: [a=b], service: web, limit: 30 per 2m}", "routes[0].limit", "30 in 2m"),
        ("{match: [a=b], service: web, limit: 1 in 2m}", "routes[0].limit", "2 to 1000"),
        ("{match: [a=b], service: web, limit: 30 in 2d}", "routes[0].limit", "10s to 1h"),
        ("{match: [a=b], service: web, ladder: nihgt}", "routes[0].ladder", "night"),
        ("{match: [a=b], service: web, continue: maybe}", "routes[0].continue", "true"),
        ("{match: [a=b], service: web, ticket: {project: ops}}", "routes[0].ticket.project", "must match"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(written: str, path: str, words: str) -> None:
    with pytest.raises(InvalidConfiguration) as caught:
        configured(f"  - {written}\n")

    (problem,) = caught.value.problems
    assert problem.path == path
    assert problem.line == SERVICES.count("\n") + 2
    assert words in f"{problem.message} {problem.remedy}"


def test_the_smallest_file_has_no_routes_and_everything_is_placed() -> None:
    found = parse(SMALLEST.encode(), "tocsin.yaml").configuration

    assert place(alert(), found.routes, found.default_service, Severity.SEV3).service == "web"


def test_the_limit_of_all_that_no_route_limits_can_be_changed_and_switched_off() -> None:
    def limits(more: str) -> Limit | None:
        text = SERVICES.replace("defaults: {service: web}", f"defaults: {{service: web{more}}}")
        return parse(text.encode(), "tocsin.yaml").configuration.limit

    assert limits("") == Limit(most=50, per=2 * MINUTE, route="defaults")
    assert limits(", limit: 9 in 30s") == Limit(most=9, per=MINUTE / 2, route="defaults")
    off = limits(", limit: none")
    assert off
    assert off.most == 0
    (route,) = configured("  - {match: ['a=b'], service: db, limit: none}\n").routes
    assert route.handling.limit
    assert route.handling.limit.most == 0
