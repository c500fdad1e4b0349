"""A document from outside: whatever it is, a step into it answers, and says where it stands."""

from datetime import UTC, datetime

import pytest

from handlers.webhooks.document import MANY, Malformed, Node


def test_a_value_knows_its_place() -> None:
    root = Node({"alerts": [{"labels": {"job": "api", "odd name": 1}}]})

    assert root["alerts"][0].at("labels.job") == Node("api", "alerts[0].labels.job")
    assert root["alerts"][0]["labels"]["odd name"].place == 'alerts[0].labels["odd name"]'


def test_a_step_into_nothing_is_nothing() -> None:
    documents: list[object] = [{}, [], "text", 7, None, True]
    for document in documents:
        node = Node(document)["a"][3].at("b.c")

        assert not node
        assert node.text == ""
        assert list(node.items) == []
        assert list(node.members) == []
        assert node.moment is None


def test_the_first_path_where_something_stands_counts() -> None:
    root = Node({"a": "", "b": None, "c": {"d": "here"}})

    assert root.first("a", "b", "c.d").text == "here"
    assert not root.first("a", "b")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("  x\x00y\u202e ", "xy"),
        (3, "3"),
        (2.5, "2.5"),
        (True, "true"),
        (None, ""),
        ([1], ""),
        ({"a": 1}, ""),
    ],
)
def test_only_words_and_numbers_have_a_text(value: object, shown: str) -> None:
    assert Node(value).text == shown


@pytest.mark.parametrize(
    "value",
    [
        "2026-03-01T10:20:30Z",
        "2026-03-01T11:20:30+01:00",
        1772360430,
        "1772360430",
        1772360430000,
        1772360430000000,
        1772360430000000000,
        1772360430.0,
    ],
)
def test_a_moment_is_read_in_whatever_unit_it_is_told(value: object) -> None:
    assert Node(value).moment == datetime(2026, 3, 1, 10, 20, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "value", ["soon", "2026-03-01T10:20:30", "0001-01-01T00:00:00Z", -5, 0, 1e300, "9" * 300, None, [1], True]
)
def test_what_is_no_moment_is_none(value: object) -> None:
    assert Node(value).moment is None


def test_what_must_be_there_is_named_when_it_is_not() -> None:
    root = Node({"alerts": {"a": 1}})

    with pytest.raises(Malformed, match=r"alerts: a list is expected here, and an object was sent"):
        root["alerts"].list()
    with pytest.raises(Malformed, match=r"title: a text is expected here, and nothing was sent"):
        root["title"].filled()
    with pytest.raises(Malformed, match=r"the document: an object is expected here, and a list was sent"):
        Node([]).object()


def test_a_list_is_read_whole_or_not_at_all() -> None:
    assert len(list(Node([1] * MANY).list().items)) == MANY
    with pytest.raises(Malformed, match=r"alerts: more than 20000 items"):
        Node({"alerts": [1] * (MANY + 1)})["alerts"].list()
