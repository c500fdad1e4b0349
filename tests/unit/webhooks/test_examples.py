"""Every documented or captured delivery gives exactly what is written beside it, places and all."""

import json
import re
from pathlib import Path

import pytest

from bot.domain.alert import AlertState
from handlers.webhooks.document import Node
from handlers.webhooks.loading import within
from handlers.webhooks.sources import SOURCES
from tests.unit.webhooks.golden import EXPECTED, PAYLOADS, alerts, beside, delivery, examples, named, written


@pytest.mark.parametrize("path", examples(), ids=named)
def test_an_example_gives_what_is_written_beside_it(path: Path) -> None:
    expected = json.loads(beside(path).read_text())

    assert [written(alert) for alert in SOURCES[path.parent.name](delivery(path))] == expected


def test_nothing_is_expected_of_an_example_that_is_gone() -> None:
    known = {beside(path) for path in examples()}

    assert [path for path in PAYLOADS.glob(f"*/*{EXPECTED}") if path not in known] == []


def test_every_source_has_an_example() -> None:
    assert {path.parent.name for path in examples()} == set(SOURCES)


STEP = re.compile(r"([A-Za-z_][\w-]*)|\[(\d+)\]|\[\"(.*?)\"\]")


def stories() -> list[tuple[str, str]]:
    """Examples that begin something, each with the one that ends it."""
    names = {named(path) for path in examples()}
    return sorted(
        (name, ended) for name in names if (ended := name.replace("firing", "cleared")) in names - {name}
    )


@pytest.mark.parametrize("story", stories(), ids=lambda story: str(story[0]))
def test_one_thing_keeps_its_fingerprint_until_it_is_cleared(story: tuple[str, str]) -> None:
    began, ended = (alerts(name) for name in story)

    assert {alert.state for alert in began} == {AlertState.FIRING}
    assert {alert.state for alert in ended} == {AlertState.CLEARED}
    assert {alert.fingerprint for alert in ended} <= {alert.fingerprint for alert in began}


def test_different_things_have_different_fingerprints() -> None:
    told = [alert.fingerprint for name, _ in stories() for alert in alerts(name)]

    assert len(set(told)) == len(told)


@pytest.mark.parametrize("path", examples(), ids=named)
def test_something_stands_at_every_place_that_is_told(path: Path) -> None:
    sent = delivery(path)
    places = {each for alert in SOURCES[path.parent.name](sent) for each in alert.places.values()}
    told = {place for each in places for place in each.split(", ") if not place.startswith(("header ", "?"))}
    around = (sent.body, Node(dict(sent.query)))

    assert [place for place in sorted(told) if not any(standing(node, place) for node in around)] == []


def standing(body: Node, place: str) -> bool:
    """Whether something stands there, also in a document that stands as a text in the first."""
    node = body
    for step in STEP.findall(place.removeprefix(body.place)):
        node = within(node)
        name, number, odd = step
        node = node[int(number)] if number else node[name or odd]
    return bool(node.text) or bool(node)
