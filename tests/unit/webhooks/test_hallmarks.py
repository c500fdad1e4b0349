"""What a document looks like: told of what only one source sends, and of nothing else."""

import json
from pathlib import Path

import pytest

from bot.domain.integration import Integration
from handlers.ingress.reading import Posted, reading
from handlers.webhooks.delivery import Delivery
from handlers.webhooks.document import Node
from handlers.webhooks.hallmarks import HALLMARKS, resembled
from handlers.webhooks.sources import SOURCES
from tests.unit.webhooks.golden import delivery, examples, named

TWINS = {"freshdesk", "freshservice", "hydrozen", "sixty_six_uptime"}
"""Sources in pairs that send the same documents."""

OWN = {"generic", "email", "elastalert"}
"""Whatever one writes oneself has no marks."""

LEGACY = Path("tests/payloads/webhooks/grafana/legacy_firing.json")


def why(integration: Integration, raw: bytes) -> str:
    [fault] = reading(integration, Posted(raw=raw, headers={}, query={})).faults
    return fault.why


@pytest.mark.parametrize("path", examples(), ids=named)
def test_an_example_looks_like_its_own_source_or_like_none(path: Path) -> None:
    assert resembled(delivery(path)) in {path.parent.name, ""}


def test_nearly_every_source_is_known_by_what_it_sends() -> None:
    told = {path.parent.name for path in examples() if resembled(delivery(path)) == path.parent.name}

    assert set(SOURCES) - told == TWINS | OWN
    assert set(HALLMARKS) <= set(SOURCES)


def test_whoever_posts_to_the_wrong_integration_is_told_whose_it_looks_like() -> None:
    told = why(Integration(name="prom", source="alertmanager"), LEGACY.read_bytes())

    assert told == (
        "a list is expected here, and nothing was sent; this looks like `grafana`'s, "
        "and the integration `prom` reads `alertmanager`"
    )


@pytest.mark.parametrize(
    "document",
    [
        {},
        [],
        {"ruleName": "x"},
        {"ruleName": [], "ruleUrl": {}, "orgId": None, "evalMatches": 7},
        {"text": "grafana: disk full", "source": "grafana"},
        {"event": {"event_type": "ping"}},
        {"webhookEvent": "jira:issue_updated", "ruleUrl": "u", "orgId": 1, "evalMatches": []},
    ],
    ids=["empty", "list", "part", "types", "wording", "ping", "two at once"],
)
def test_nothing_is_said_of_what_may_be_anything(document: object) -> None:
    assert "looks like" not in why(
        Integration(name="prom", source="alertmanager"), json.dumps(document).encode()
    )


def test_a_document_of_the_right_source_is_not_said_to_look_like_it() -> None:
    raw = json.dumps({"version": "4", "groupKey": "k", "commonLabels": {}, "alerts": []}).encode()

    assert why(Integration(name="prom", source="alertmanager"), raw).count("looks like") == 0


def test_what_is_nested_to_the_limit_is_looked_at_without_harm() -> None:
    deep: object = 1
    for _ in range(90):
        deep = {"data": deep, "alerts": [deep]}

    assert resembled(Delivery(body=Node(deep))) == ""
