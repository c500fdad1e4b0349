"""The log: one JSON document a line, whatever stands in it, and no secret."""

import json
import logging

import pytest
import structlog

from bot import log

NASTY = 'a\r\n{"event": "forged"}\x1b[31mred\u2028\u202e'
TOKEN = "xoxb-1234-canary"


def logged(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    (line,) = capsys.readouterr().err.splitlines()
    found: dict[str, object] = json.loads(line)
    return found


@pytest.mark.row("A42")
@pytest.mark.parametrize("value", [NASTY, [NASTY], {NASTY: NASTY}, ValueError(NASTY)])
def test_nothing_that_is_logged_breaks_its_line_or_colours_a_terminal(
    capsys: pytest.CaptureFixture[str], value: object
) -> None:
    log.configure("info", "json")

    structlog.get_logger("x").warning("heard", value=value)

    told = json.dumps(logged(capsys)["value"], ensure_ascii=False)
    assert "red" in told
    for character in "\r\n\x1b\u2028\u202e":
        assert character not in told


@pytest.mark.row("A42")
def test_the_libraries_lines_are_tidied_too(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure("info", "json")

    logging.getLogger("some.library").warning("heard %s", NASTY)

    assert str(logged(capsys)["event"]).startswith("heard a")


@pytest.mark.row("A56")
@pytest.mark.parametrize("value", [TOKEN, [TOKEN], {"token": TOKEN}, ValueError(TOKEN), f"Bearer {TOKEN}"])
def test_what_looks_like_a_token_is_masked_wherever_it_stands(
    capsys: pytest.CaptureFixture[str], value: object
) -> None:
    log.configure("info", "json")

    structlog.get_logger("x").warning("heard", value=value)

    told = str(logged(capsys)["value"])
    assert "canary" not in told
    assert "[secret]" in told


@pytest.mark.row("A42")
def test_a_text_without_an_end_is_cut(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure("info", "json")

    structlog.get_logger("x").warning("heard", value="a" * 100_000)

    assert len(str(logged(capsys)["value"])) < 3_000
