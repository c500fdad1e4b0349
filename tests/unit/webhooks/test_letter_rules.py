"""Letters by the rules of an integration: which fires, which ends it, and that no letter is lost."""

from collections.abc import Mapping
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config.load import parse
from bot.domain.alert import Alert, AlertState, Severity
from bot.domain.integration import Integration
from handlers.webhooks.delivery import Delivery
from handlers.webhooks.document import Malformed, Node
from handlers.webhooks.integrations import read
from tests.unit.webhooks.test_hostile import JSON

FILE = """
people: {{ann: {{name: Ann, slack: U0ANN00001}}}}
ladders: {{default: {{rungs: [{{targets: [{{person: ann}}]}}]}}}}
services: {{main: {{channel: "#ops", ladder: default}}}}
integrations:
  backups:
    mail:
      unmatched: {unmatched}
      rules:
        - from: 'newsletter@'
          state: ignore
        - subject: '^Backup of (?P<host>\\S+) (?:failed|broke)'
          body: 'Severity: (?P<severity>\\w+)'
          state: firing
          key: host
          title: 'No backup of {{host}}'
          links: {{Log: 'https://logs.example.com/{{host}}'}}
        - subject: '^Backup of (?P<host>\\S+) is fine'
          state: cleared
          key: host
        - subject: '(?i)certificate'
          state: firing
          severity: sev3
          key: subject
"""


def integration(unmatched: str = "alert") -> Integration:
    content = FILE.format(unmatched=unmatched).encode()
    return parse(content, "tocsin.yaml").configuration.integrations["backups"]


def alerts(letter: Mapping[str, object], unmatched: str = "alert") -> list[Alert]:
    return read(integration(unmatched), Delivery(body=Node(dict(letter))))


def alert(letter: Mapping[str, object]) -> Alert:
    (found,) = alerts(letter)
    return found


def test_a_rule_says_what_fires_and_what_ends_it() -> None:
    fires = alert({"subject": "Backup of db-2 failed", "text": "Severity: high", "from": "cron@db-2"})
    ends = alert({"subject": "Backup of db-2 is fine", "text": "3 GB"})
    other = alert({"subject": "Backup of db-3 broke", "text": "Severity: high"})

    assert (fires.state, fires.title, fires.severity) == (
        AlertState.FIRING,
        "No backup of db-2",
        Severity.SEV2,
    )
    assert fires.labels == {"host": "db-2"}
    assert fires.links[0].url == "https://logs.example.com/db-2"
    assert (ends.state, ends.fingerprint) == (AlertState.CLEARED, fires.fingerprint)
    assert other.fingerprint != fires.fingerprint


def test_each_part_knows_where_it_stood() -> None:
    found = alert({"subject": "Backup of db-2 failed", "text": "Severity: high"})

    assert found.places["title"] == "subject (host)"
    assert found.places["severity"] == "text (severity)"
    assert found.places["state"] == "rule 2"
    assert found.parser == "mail"


def test_all_patterns_of_a_rule_must_be_found() -> None:
    found = alert({"subject": "Backup of db-2 failed", "text": "nothing of how bad"})

    assert (found.parser, found.state) == ("email", AlertState.FIRING)


def test_a_severity_may_be_the_same_for_all() -> None:
    assert alert({"subject": "The CERTIFICATE of a.example ends"}).severity is Severity.SEV3


def test_what_is_ignored_is_no_alert() -> None:
    assert alerts({"subject": "Backup of db-2 failed", "from": "newsletter@example.com"}) == []


def test_a_letter_that_no_rule_knows_is_what_the_integration_says() -> None:
    letter = {"subject": "Weekly report is ready to read", "text": "All numbers inside."}

    assert [each.title for each in alerts(letter)] == ["Weekly report is ready to read"]
    assert alerts(letter, "ignore") == []
    with pytest.raises(Malformed, match="no rule knows this letter"):
        alerts(letter, "unread")


TEXTS = st.text(max_size=200) | st.sampled_from(
    [
        "Backup of db-2 failed",
        "Backup of db-2 is fine",
        "Severity: high",
        "merged pull request #7",
        "deployed",
    ]
)


@pytest.mark.row("F84", "A08")
@given(subject=TEXTS, text=TEXTS, sender=st.text(max_size=50))
def test_every_letter_with_words_is_an_alert_unless_a_rule_says_otherwise(
    subject: str, text: str, sender: str
) -> None:
    letter = Node({"subject": subject, "text": text, "from": sender})

    try:
        found = alerts({"subject": subject, "text": text, "from": sender})
    except Malformed:
        assert letter["subject"].text + letter["text"].text == ""
    else:
        assert len(found) == (0 if "newsletter@" in letter["from"].text else 1)


@given(JSON)
def test_whatever_document_comes_is_at_most_one_alert_or_refused(document: object) -> None:
    with suppress(Malformed):
        assert len(read(integration(), Delivery(body=Node(document)))) <= 1
