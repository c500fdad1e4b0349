"""docs/configuration.md says what the models say, and its examples are valid."""

import re
from pathlib import Path

import pytest

from bot.config.load import parse
from bot.config.reference import main, reference
from bot.config.starter import starter

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
WHOLE, *PARTS = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


def test_the_page_is_up_to_date() -> None:
    assert reference() == PAGE, "run: python -m bot.config.reference"


def test_the_page_begins_with_the_starting_file() -> None:
    assert starter() == WHOLE
    assert PARTS


@pytest.mark.parametrize("part", PARTS)
def test_every_example_is_valid(part: str) -> None:
    assert parse((WHOLE + part).encode(), "example").configuration.services


def test_every_key_is_explained() -> None:
    rows = [line.split(" | ") for line in PAGE.splitlines() if line.startswith("| `")]

    assert len(rows) > 60
    assert [row for row in rows if not row[1] or not row[3].strip(" |")] == []


def test_the_page_is_written_by_its_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(tmp_path / "page.md")

    assert (tmp_path / "page.md").read_text(encoding="utf-8") == PAGE
    assert "page.md" in capsys.readouterr().out
