"""`tocsin demo --headless` tells whether all was seen; beside a demonstration the other commands work."""

import json
import re
import signal
import subprocess
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from tests.cli.program import CLOCK, PATIENCE, Process, Program


async def test_the_whole_story_is_seen(tocsin: Program) -> None:
    ended = await tocsin("demo", "--headless")

    assert ended.code == 0
    assert "All of it was seen." in ended.out
    assert "OPS-1" in ended.out
    assert sorted(path.name for path in tocsin.folder.iterdir()) == ["process-0.err", "process-0.out"]


async def test_what_is_not_seen_is_said_and_ends_with_1(tocsin: Program) -> None:
    tocsin.settings["TOCSIN_FAULTS"] = "climb:raise"

    ended = await tocsin.begun("demo", "--headless").ended(broken=True)

    assert ended.code == 1
    assert "Not all of it was seen." in ended.out


async def test_a_fault_that_does_not_exist_is_refused(tocsin: Program) -> None:
    tocsin.settings["TOCSIN_FAULTS"] = "lunch:kill"

    ended = await tocsin("demo", "--headless")

    assert ended.code == 2
    assert "TOCSIN_FAULTS" in ended.err


async def test_a_story_of_its_own_takes_no_file(tocsin: Program) -> None:
    ended = await tocsin("demo", "--headless", "--config", "own.yaml")

    assert ended.code == 2
    assert "--headless" in ended.err


async def test_a_file_that_is_not_there_is_told(tocsin: Program) -> None:
    ended = await tocsin("demo", "--config", "missing.yaml")

    assert ended.code == 2
    assert "missing.yaml" in ended.err


@asynccontextmanager
async def playing(tocsin: Program, *arguments: str) -> AsyncIterator[Process]:
    """`tocsin demo`, once its first incident is there."""
    process = tocsin.begun("demo", "--port", "0", *arguments)
    try:
        await shown(process, r"#incidents.*INC-1")
        yield process
        process.signal(signal.SIGTERM)
        assert (await process.ended()).code == 0
    finally:
        process.signal(signal.SIGKILL)


async def shown(process: Process, pattern: str) -> None:
    end = CLOCK.monotonic() + PATIENCE
    while not re.search(pattern, process.out):
        assert CLOCK.monotonic() < end, process.out + process.err
        await CLOCK.sleep(0.05)


def beside(process: Process, environment: Mapping[str, str]) -> dict[str, str]:
    """The settings of a shell that was given the printed line."""
    (line,) = re.findall(r"^ +(\. .+)$", process.out, re.MULTILINE)
    told = subprocess.run(
        ["sh", "-c", f"{line}; env -0"], env=dict(environment), capture_output=True, check=True, timeout=20
    )
    pairs = (each.partition("=") for each in told.stdout.decode().split("\0"))
    return {name: value for name, _, value in pairs if name.startswith("TOCSIN_")}


@pytest.mark.parametrize("own", [False, True], ids=["its own file", "a file of one's own"])
async def test_the_commands_read_the_demonstration_with_the_line_that_it_prints(
    tocsin: Program, own: bool
) -> None:
    source = Path(__file__).parents[2] / "bot" / "demo" / "tocsin.yaml"
    (tocsin.folder / "our file.yaml").write_text(source.read_text())
    in_earnest = {
        "TOCSIN_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/earnest",
        "TOCSIN_SLACK__SIGNING_SECRET": "0123456789abcdef0123456789abcdef",
        "TOCSIN_HTTP__PORT": "1",
    }
    shell = {name: value for name, value in tocsin.environment.items() if not name.startswith("TOCSIN_")}
    tocsin.settings |= in_earnest

    async with playing(tocsin, *(["--config", "our file.yaml"] if own else [])) as process:
        tocsin.settings = beside(process, shell | in_earnest)
        explained = await tocsin("explain", "INC-1")
        unread = await tocsin("unread")
        doctor = await tocsin("doctor", "--json")
        added = await tocsin("integration", "add", "generic", "--json")
        checked = await tocsin("check")

    assert (explained.code, unread.code, added.code, checked.code) == (0, 0, 0, 0), added.err + checked.out
    assert "INC-1" in explained.out
    assert re.search(r"Page to \w+ \w+ sent \(slack\)", explained.out)
    assert unread.out == "Everything could be read.\n"
    said = json.loads(doctor.out)["lines"]
    assert [each for each in said if each["verdict"] == "bad"] == []
    assert [each["says"] for each in said if each["name"] == "process" and "ticked" in each["says"]]
    assert json.loads(added.out)["url"] in process.out, "where it is to be posted, as the terminal says"
    assert in_earnest["TOCSIN_DATABASE_URL"] not in tocsin.settings.values()


async def test_no_message_steers_the_terminal(tocsin: Program) -> None:
    async with playing(tocsin) as process:
        (slack,) = re.findall(r"Slack: +(http://\S+)/", process.out)
        hook = f"{slack}/services/T0EXAMPLE01/B0ALERTMGR1/sandboxalertmanager"
        steering = {"text": "CRITICAL: disk \x1b[31m gone \x1b[2J \x9b2J [bold]bold[/] \u202e back"}
        async with aiohttp.ClientSession() as session, session.post(hook, json=steering) as answer:
            assert await answer.text() == "ok"
        await shown(process, r"#incidents.*INC-2")

    assert "[bold]bold[/]" in process.out
    assert not set(process.out) & {"\x1b", "\x9b", "\u202e"}
