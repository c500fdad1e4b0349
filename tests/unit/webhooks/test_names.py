"""Members that people named themselves are found by any spelling, and unfilled variables are nothing."""

import pytest

from handlers.webhooks.document import Node
from handlers.webhooks.names import Names, cut, unfilled


@pytest.mark.parametrize(
    "document",
    [{"ruleId": 7}, {"rule_id": 7}, {"RULE-ID": 7}, {"rule.id": 7}, {"rule": {"id": 7}}, {"Rule Id": 7}],
    ids=str,
)
def test_one_name_in_any_spelling(document: dict[str, object]) -> None:
    assert Names(Node(document)).first("ruleid").text == "7"


def test_what_stands_higher_counts_and_knows_its_place() -> None:
    names = Names(Node({"all": {"rule": {"id": "deep"}}, "rule": {"id": "here"}, "id": ""}))

    assert names.first("id", "ruleid") == Node("here", "rule.id")
    assert names.first("allruleid").place == "all.rule.id"
    assert not names.first("id")


@pytest.mark.parametrize(
    "value",
    [
        "$ALERT_ID",
        "{ProblemID}",
        "{{rule.id}}",
        "{{{a}}}",
        "{$ZABBIX.URL}",
        "*UNKNOWN*",
        "<no value>",
        "null",
    ],
)
def test_a_variable_that_was_not_filled_is_nothing(value: str) -> None:
    assert unfilled(Node(value))
    assert Names(Node({"a": value, "b": "filled"})).first("a", "b").text == "filled"


@pytest.mark.parametrize("value", ["$5 are lost", "{a} and {b}", "x{a}", "nullable", 0, False])
def test_what_looks_a_little_like_a_variable_is_something(value: object) -> None:
    assert not unfilled(Node(value))


def test_a_part_of_a_text_stands_where_the_text_stands() -> None:
    assert cut(Node("[x] y", "title"), "y") == Node("y", "title")
