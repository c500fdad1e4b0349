"""The page about alerts has every source, and what it tells to copy is read."""

import json
import re
from pathlib import Path

from bot.domain.alert import Severity
from handlers.webhooks.delivery import Delivery
from handlers.webhooks.document import Node
from handlers.webhooks.sources import SOURCES

PAGE = (Path(__file__).parents[3] / "docs" / "alerts.md").read_text()


def example(heading: str) -> Delivery:
    """The first document below a heading."""
    part = PAGE.partition(f"### {heading}\n")[2]
    return Delivery(body=Node(json.loads(re.findall(r"```json\n(.*?)```", part, re.DOTALL)[0])))


def test_every_source_stands_on_the_page_and_no_other() -> None:
    webhooks = PAGE.partition("## Webhooks\n")[2]
    table = webhooks.partition("| source |")[2].partition("\n\n")[0]
    firsts = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]

    assert sorted(name for cell in firsts for name in re.findall("`([a-z0-9_]+)`", cell)) == sorted(SOURCES)


def test_the_form_of_our_own_is_read_with_certainty() -> None:
    [alert] = SOURCES["generic"](example("A form of our own"))

    assert (alert.confidence, alert.severity) == (1.0, Severity.SEV2)
    assert alert.labels == {"host": "db-2", "job": "backup"}


def test_the_body_for_healthchecks_is_read() -> None:
    [alert] = SOURCES["healthchecks"](example("Healthchecks"))

    assert alert.title == "$NAME is $STATUS"
    assert alert.places["fingerprint"] == "code"
