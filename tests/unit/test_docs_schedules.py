"""The examples of docs/schedules.md: each says who is on call then, and that is so."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.config.load import parse
from bot.config.starter import starter
from bot.domain.schedule import Schedule
from bot.domain.shifts import final_shifts
from tests.unit.test_docs import SETTINGS
from tests.unit.test_house import ROOT

PAGE = ROOT / "docs" / "schedules.md"
PAIR = re.compile(r"```yaml\n((?:(?!```).)*?)```\n\n```text\n(.*?)```", re.DOTALL)
FIRST = re.compile(r"from (\d{4}-\d\d-\d\d) for (\d+) days:")
LAYOUT = "%a %d %b %H:%M %Z"


def told(schedule: Schedule, since: datetime, days: int) -> list[str]:
    zone = ZoneInfo(schedule.zone)
    return [
        f"{shift.since.astimezone(zone):{LAYOUT}} to {shift.until.astimezone(zone):{LAYOUT}}: {shift.person}"
        for shift in final_shifts(schedule, since, since + timedelta(days=days))
    ]


@pytest.mark.parametrize(("yaml", "text"), PAIR.findall(PAGE.read_text()))
def test_an_example_says_who_is_on_call(yaml: str, text: str) -> None:
    first, *lines = text.splitlines()
    found = FIRST.fullmatch(first)
    assert found
    said = "people|schedules|calendars" if yaml.startswith("calendars:") else "people|schedules"
    kept = re.sub(rf"^({said}):\n(?: .*\n|\n)*", "", starter(), flags=re.MULTILINE)
    people = "" if "people:\n" in yaml else _section("people")
    configuration = parse(f"{yaml}\n{people}{kept}".encode(), "example", SETTINGS).configuration
    (schedule,) = configuration.roster.schedules.values()

    since = datetime.fromisoformat(found[1]).replace(tzinfo=ZoneInfo(schedule.zone))

    assert lines == told(schedule, since, int(found[2]))


def _section(name: str) -> str:
    found = re.search(rf"^{name}:\n(?: .*\n|\n)*", starter(), flags=re.MULTILINE)
    assert found
    return found[0]


def test_the_page_has_examples() -> None:
    assert len(PAIR.findall(PAGE.read_text())) >= 5
