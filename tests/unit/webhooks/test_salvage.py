"""One poisoned item of a list: the others are read, and it is told which was taken out, and why."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.integration import Integration
from handlers.ingress.reading import Posted, Reading, reading
from handlers.webhooks.salvage import salvage

OURS = Integration(name="own", source="generic")
POISON = {
    "NaN": ('{"title": NaN}', "NaN is no number"),
    "infinite": ('{"title": "x", "a": 1e999}', "beyond all bounds"),
    "digits": ('{"title": "x", "a": ' + "9" * 5_000 + "}", "more than 4000 digits"),
    "twice": ('{"title": "x", "title": "y"}', "twice"),
    "deep": ('{"title": "x", "a": ' + "[" * 150 + "]" * 150 + "}", "nested deeper"),
    "abysmal": ('{"title": "x", "a": ' + "[" * 100_000 + "]" * 100_000 + "}", "nested deeper"),
    "a text": ('"poison"', "an object"),
}


def read(raw: str | bytes) -> Reading:
    body = raw.encode() if isinstance(raw, str) else raw
    return reading(OURS, Posted(raw=body, headers={}, query={}))


def many(poison: str, count: int = 1_000, at: int = 417) -> str:
    items = [json.dumps({"title": f"t{n}", "key": f"k{n}"}) for n in range(count - 1)]
    items.insert(at, poison)
    return f'{{"alerts": [{",".join(items)}]}}'


@pytest.mark.row("F84")
@pytest.mark.parametrize(("poison", "why"), POISON.values(), ids=POISON)
def test_one_poisoned_alert_of_a_thousand_is_told_and_the_others_are_read(poison: str, why: str) -> None:
    found = read(many(poison))

    assert len(found.alerts) == 999
    assert [each.place.partition("]")[0] for each in found.faults] == ["alerts[417"]
    assert why in found.puzzles[0].why
    assert found.alerts[500].places["title"].startswith("alerts[501]"), "where it stood in what came"


@pytest.mark.row("F84")
@pytest.mark.parametrize(
    "text", ["a\\u0000b", "a\\ud800b", "a\\r\\nb: c", "x" * 500_000], ids=["NUL", "surrogate", "CRLF", "long"]
)
def test_texts_of_all_kinds_are_cleaned_and_cost_nobody_anything(text: str) -> None:
    found = read(many(f'{{"title": "{text}", "key": "p"}}'))

    assert len(found.alerts) == 1_000
    assert not found.puzzles
    assert "\x00" not in found.alerts[417].title


def test_a_document_that_is_spoilt_outside_of_its_list_is_told_whole() -> None:
    found = read('{"a": NaN, "alerts": [{"title": "t"}]}')

    assert not found.alerts
    assert [(each.place, each.body) for each in found.puzzles] == [
        ("a", b'{"a": NaN, "alerts": [{"title": "t"}]}')
    ]


def test_two_kinds_of_faults_are_told_with_the_places_that_the_sender_knows() -> None:
    found = read('[{"title": NaN}, {"title": "good"}, {"nothing": 1}]')

    assert [alert.title for alert in found.alerts] == ["good"]
    assert [each.place.partition("]")[0] for each in found.faults] == ["[0", "[2"]


def test_what_is_broken_off_is_told_whole() -> None:
    found = read('{"alerts": [{"title": "t"}, {"ti')

    assert not found.alerts
    assert "not JSON" in found.faults[0].why


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=200) | st.text(alphabet='[]{}",:1eN aI-', max_size=60).map(str.encode))
def test_whatever_comes_is_salvaged_or_not(raw: bytes) -> None:
    rest = salvage(raw)

    assert rest is None or json.loads(rest.raw) is not None
