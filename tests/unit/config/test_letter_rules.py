"""Rules on letters, in the file: what they may say, and mistakes with their places."""

import pytest

from bot.config.load import parse
from bot.config.problem import InvalidConfiguration, Problem
from bot.domain.alert import AlertState, Severity
from bot.domain.field_mapping import expression
from bot.domain.letter_rules import LetterRules, Unmatched

REST = """
people: {ann: {name: Ann, slack: U0ANN00001}}
ladders: {default: {rungs: [{targets: [{person: ann}]}]}}
services: {main: {channel: "#ops", ladder: default}}
integrations:
  backups:
    mail:
"""
RULE = "      rules:\n        - "


def rules(text: str) -> LetterRules:
    found = parse((REST + text).encode(), "tocsin.yaml").configuration.integrations["backups"].letters
    assert found
    return found


def problem(text: str) -> Problem:
    with pytest.raises(InvalidConfiguration) as caught:
        rules(text)
    (found,) = caught.value.problems
    assert found.remedy
    return found


def test_groups_are_what_they_are_called_and_labels_otherwise() -> None:
    rule = (
        "{subject: '(?P<title>.+) on (?P<host>.+)', body: 'id (?P<key>.+), (?P<severity>.+)', state: firing}"
    )

    (found,) = rules(f"{RULE}{rule}\n").rules

    assert found.groups == {"title": "subject", "host": "subject", "key": "text", "severity": "text"}
    assert found.mapping.title == (expression("title"), expression("subject"))
    assert found.mapping.key == (expression("key"),)
    assert found.mapping.severity.read == expression("severity")
    assert found.mapping.labels == {"host": expression("host")}


def test_a_rule_says_more_than_its_groups() -> None:
    severity = "{from: level, sev1: [urgent]}"
    rule = f"{{subject: '(?P<level>.+): (?P<title>.+)', state: firing, title: to, severity: {severity}}}"

    (found,) = rules(f"      key: subject\n{RULE}{rule}\n").rules

    assert found.mapping.title[0] == expression("to")
    assert found.mapping.key == (expression("subject"),)
    assert found.mapping.severity.words == {"urgent": Severity.SEV1}


def test_states_severities_and_what_no_rule_knows() -> None:
    found = rules(
        f"{RULE}{{subject: a, state: firing, severity: sev2}}\n        - {{from: b, state: ignore}}\n"
        "      unmatched: unread\n"
    )

    assert [each.state for each in found.rules] == [AlertState.FIRING, None]
    assert found.rules[0].severity is Severity.SEV2
    assert found.unmatched is Unmatched.UNREAD
    assert rules(f"{RULE}{{subject: a, state: firing}}\n").unmatched is Unmatched.ALERT


@pytest.mark.row("A49")
@pytest.mark.parametrize(
    ("text", "line", "path", "message"),
    [
        (
            "{subject: '(?=a)', state: firing}",
            9,
            "rules[0].subject",
            "can't be used: invalid perl operator: (?=",
        ),
        ("{subject: '(a', state: firing}", 9, "rules[0].subject", "the pattern can't be used: missing ): (a"),
        (f"{{body: '{'a' * 600}', state: firing}}", 9, "rules[0].body", "longer than 512 characters"),
        ("{state: firing}", 9, "rules[0]", "needs a pattern"),
        ("{subject: a, state: fine}", 9, "rules[0].state", "must be 'firing', 'cleared' or 'ignore'"),
        ("{subject: a}", 9, "rules[0].state", "`state` is missing"),
        ("{subject: '(?P<from>a)', state: firing}", 9, "rules[0]", "a group can't be called `from`"),
        (
            "{subject: '(?P<x>a)', body: '(?P<x>b)', state: firing}",
            9,
            "rules[0]",
            "two groups are called `x`",
        ),
        (
            "{subject: '(?P<host>a)', state: firing, title: '{hots} is down'}",
            9,
            "rules[0]",
            "neither a group nor a part of a letter is called `hots`",
        ),
        (
            "{subject: a, state: firing, key: subject}\n        - {subject: b, state: cleared}",
            7,
            "",
            "rule 2 has no `key`, so that nothing would tell which letter ends which",
        ),
        (
            "{subject: '(?P<host>a)', state: firing}\n        - {subject: b, state: firing}\n      key: host",
            7,
            "",
            "rule 2: neither a group nor a part of a letter is called `host`",
        ),
        (
            "{subject: a, state: firing, severity: {from: subject, sev9: [x]}}",
            9,
            "rules[0].severity.sev9",
            "`sev9` is not known here",
        ),
        ("{subject: a, state: firing}\n      unmatched: page", 10, "unmatched", "must be 'alert', 'unread'"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_its_path(text: str, line: int, path: str, message: str) -> None:
    found = problem(f"{RULE}{text}\n")

    assert found.path == f"integrations.backups.mail{'.' if path else ''}{path}"
    assert found.line == line
    assert message in found.message
