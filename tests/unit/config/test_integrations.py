"""What posts alerts, in the file: sources that are known, and mappings; and mistakes with their places."""

import pytest

from bot.config.load import parse
from bot.config.problem import InvalidConfiguration, Problem
from bot.domain.alert import AlertState, Severity
from bot.domain.field_mapping import expression, place
from bot.domain.ids import ServiceId
from bot.domain.integration import Integration

REST = """
people: {ann: {name: Ann, slack: U0ANN00001}}
ladders: {default: {rungs: [{targets: [{person: ann}]}]}}
services: {main: {channel: "#ops", ladder: default}}
integrations:
"""
SOURCES = frozenset({"grafana", "pingdom"})
WHOLE = """
  house:
    mapping:
      alerts: events
      title: ["{check} on {host}", check]
      key: [host, check]
      state: {from: status, firing: [Broken, 2], cleared: [0, true], ignore: [seen]}
      severity: {from: level | prio, sev1: [urgent]}
      description: said
      labels: {host: host, "*": meta}
      links: {Graph: page}
      at: time
    service: main
    labels: {team: shop}
"""


def integrations(text: str) -> dict[str, Integration]:
    content = (REST + text).encode()
    return dict(parse(content, "tocsin.yaml", sources=SOURCES).configuration.integrations)


def problem(text: str) -> Problem:
    with pytest.raises(InvalidConfiguration) as caught:
        integrations(text)
    (found,) = caught.value.problems
    return found


def test_a_known_source_needs_its_name_alone() -> None:
    assert integrations("  shop: {source: grafana}\n") == {"shop": Integration(name="shop", source="grafana")}


def test_a_mapping_is_read_whole() -> None:
    house = integrations(WHOLE)["house"]
    mapping = house.mapping

    assert mapping
    assert mapping.alerts == place("events")
    assert mapping.title == (expression("{check} on {host}"), expression("check"))
    assert mapping.key == (expression("host"), expression("check"))
    assert mapping.state.read == expression("status")
    assert mapping.state.words == {
        "broken": AlertState.FIRING,
        "2": AlertState.FIRING,
        "0": AlertState.CLEARED,
        "true": AlertState.CLEARED,
    }
    assert mapping.state.ignored == {"seen"}
    assert mapping.severity.read == expression("level | prio")
    assert mapping.severity.words == {"urgent": Severity.SEV1}
    assert mapping.description == (expression("said"),)
    assert mapping.labels == {"host": expression("host"), "*": expression("meta")}
    assert mapping.links == {"Graph": expression("page")}
    assert mapping.at == expression("time")
    assert (house.service, house.labels) == (ServiceId("main"), {"team": "shop"})


def test_a_path_alone_says_where_the_state_stands() -> None:
    mapping = integrations("  house: {mapping: {title: t, key: k, state: s, severity: p}}\n")["house"].mapping

    assert mapping
    assert (mapping.state.read, mapping.state.words) == (expression("s"), {})
    assert mapping.severity.read == expression("p")


@pytest.mark.parametrize(
    ("text", "line", "path", "message"),
    [
        ("  a: {}\n", 6, "integrations.a", "must have one of `source`, `mapping` and `mail`"),
        (
            "  a:\n    source: grafana\n    mapping: {title: t, key: k}\n",
            6,
            "integrations.a",
            "must have one of `source`, `mapping` and `mail`",
        ),
        ("  a:\n    source: pingdon\n", 7, "integrations.a.source", "there is no source `pingdon`"),
        (
            "  a:\n    source: pingdom\n    service: mian\n",
            8,
            "integrations.a.service",
            "there is no service `mian`",
        ),
        (
            "  a:\n    mapping:\n      title: t\n      key: k[\n",
            9,
            "integrations.a.mapping.key",
            "`k[` can't be read: `k[` is no path from `[` on",
        ),
        (
            '  a:\n    mapping:\n      title: "{t"\n      key: k\n',
            8,
            "integrations.a.mapping.title",
            "`{t` can't be read: a `{` is never closed",
        ),
        ("  a:\n    mapping:\n      title: t\n", 7, "integrations.a.mapping.key", "`key` is missing"),
        (
            "  a:\n    mapping: {title: t, key: k, state: {from: s, firing: [x], cleared: [X]}}\n",
            7,
            "integrations.a.mapping.state",
            "`x` stands for `firing` and for `cleared`",
        ),
        (
            "  a:\n    mapping: {title: t, key: k, severity: {from: s, sev1: [[x]]}}\n",
            7,
            "integrations.a.mapping.severity.sev1[0]",
            "must be a word or a number",
        ),
        (
            "  a:\n    mapping: {title: t, key: k, titel: t}\n",
            7,
            "integrations.a.mapping.titel",
            "`titel` is not known here",
        ),
        (
            "  a:\n    source: grafana\n    labels: {team: 7}\n",
            8,
            "integrations.a.labels.team",
            "must be text",
        ),
    ],
)
def test_a_mistake_is_told_with_its_line_and_its_path(text: str, line: int, path: str, message: str) -> None:
    found = problem(text)

    assert (found.line, found.path, found.message) == (line, path, message)
    assert found.remedy


def test_a_source_that_is_nearly_right_is_guessed() -> None:
    assert problem("  a: {source: pingdon}\n").remedy == "Did you mean `pingdom`?"


def test_who_pings_a_heartbeat_must_be_there() -> None:
    found = problem("  house: {source: grafana}\nheartbeats:\n  - {name: a, every: 1h, integration: hous}\n")

    assert (found.line, found.path) == (8, "heartbeats[0].integration")
    assert (found.message, found.remedy) == ("there is no integration `hous`", "Did you mean `house`?")


def test_any_source_is_taken_where_they_are_not_known() -> None:
    content = (REST + "  a: {source: whatever}\n").encode()

    assert parse(content, "tocsin.yaml").configuration.integrations["a"].source == "whatever"
