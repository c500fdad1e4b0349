"""Databases that lost something, with real processes: restored from a backup, damaged, without their log."""

import os
import signal
import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path

import aiohttp
import pytest

from bot.demo import alerts
from tests.chaos.child import Child
from tests.chaos.night import Night, configuration, key_of, night
from tests.cli.program import Ended, Process

pytestmark = pytest.mark.chaos

TELLER = "Tocsin's database has lost what happened last"
LONG = configuration(wait="10m", methods="[{slack: 0s}]")


async def tocsin(play: Night, *arguments: str) -> Ended:
    """A command beside the bot."""
    mine = {name: value for name, value in os.environ.items() if not name.startswith("TOCSIN_")}
    name = f"command-{len(list(play.folder.glob('command-*.out')))}"
    return await Process(play.folder, {**mine, **play.environment}, arguments, name).ended()


async def paged(play: Night, *names: str) -> None:
    """These alerts, each with its page and its card."""
    for name in names:
        play.alert(name)
    await play.until(lambda: all(play.pages(name) for name in names), 20)
    await play.until(lambda: all(card(play, name) for name in names), 20)


def card(play: Night, name: str) -> str:
    """The words of the one card of an alert."""
    words = [message.words for message in play.cards() if name in message.words]
    assert len(words) < 2, words
    return words[0] if words else ""


def acknowledged(play: Night, name: str) -> bool:
    return "Acknowledged" in card(play, name)


async def press(play: Night, name: str, button: str) -> None:
    """Ann presses a button on an incident's card."""
    message = next(message for message in play.cards() if name in message.words)
    await play.slack.person("ann").click(message, button)


async def killed(child: Child) -> None:
    child.signal(signal.SIGKILL)
    assert await child.ended() == -signal.SIGKILL


async def restored(play: Night, backup: Path) -> None:
    ended = await tocsin(play, "restore", str(backup))
    assert ended.code == 0, ended.err
    assert "kept as" in ended.out


def file(play: Night) -> Path:
    return play.folder / "tocsin.db"


async def ready(child: Child) -> str:
    """What the process says of itself."""
    url = child.events("started")[-1]["url"]
    async with aiohttp.ClientSession() as session, session.get(f"{url}/readyz") as answer:
        return await answer.text()


@pytest.mark.row("F33")
async def test_the_restore_drill(tmp_path: Path) -> None:
    """A backup, a busy hour, a disk that dies, the backup again: nobody is paged for what was handled."""
    async with night(tmp_path, None, config=LONG) as play:
        first = await play.start()
        await paged(play, "HandledLater", "EndedLater", "StillOpen")
        backup = tmp_path / "mine.db"
        made = await tocsin(play, "backup", str(backup))
        assert made.code == 0, made.err
        assert "3 incidents (3 open)" in made.out

        await press(play, "HandledLater", "Acknowledge")
        await play.until(lambda: "Acknowledged" in card(play, "HandledLater"), 10)
        play.slack.integration("Alertmanager").post("#alerts", alerts.cleared("EndedLater", "s0"))
        await play.until(lambda: "Resolved" in card(play, "EndedLater"), 10)
        await paged(play, "LostAndOpen")
        await play.calm(2)
        busy = await tocsin(play, "restore", str(backup))
        assert busy.code == 75
        await killed(first)
        before = play.accepted()
        await restored(play, backup)

        second = await play.start()

        await play.until(lambda: second.events("safe_mode_asked"), 20)
        await play.until(lambda: play.pages(TELLER), 10)
        await play.until(lambda: second.events("safe_mode_ended"), 20)
        await play.calm(play.lease + 2)
        told = {key for key in play.accepted() if key.startswith("page:")} - set(before)
        assert len(told) == 1, "one page, and it is about the database"
        assert "Acknowledged" in card(play, "HandledLater")
        assert "Resolved" in card(play, "EndedLater")
        assert play.doubled() == {}

        await paged(play, "AfterAll")
        numbers = [number_of(play, name) for name in ("StillOpen", "LostAndOpen", "AfterAll")]
        assert len(set(numbers)) == 3, "no number is given twice"
        for name in ("StillOpen", "LostAndOpen"):
            await press(play, name, "Acknowledge")
            await play.until(partial(acknowledged, play, name), 10)
        assert aside(tmp_path).is_file()


@pytest.mark.row("F33")
async def test_a_crowd_of_old_incidents_waits_for_a_person(tmp_path: Path) -> None:
    names = [f"Old{number}x" for number in range(6)]
    config = configuration(wait="15s", methods="[{slack: 0s}]")
    async with night(tmp_path, None, config=config) as play:
        first = await play.start()
        await paged(play, *names)
        backup = tmp_path / "mine.db"
        assert (await tocsin(play, "backup", str(backup))).code == 0
        await killed(first)
        await restored(play, backup)
        before = {name: len(play.pages(name)) for name in names}

        second = await play.start()
        await play.until(lambda: second.events("safe_mode_asked"), 20)
        await play.until(lambda: "would page at once" in thread(play), 15)
        await play.calm(12)  # the next rung of each would be due by now

        assert {name: len(play.pages(name)) for name in names} == before
        assert play.pages(TELLER)
        assert "safe_mode" in await ready(second)
        shown = await tocsin(play, "safe-mode")
        assert "6 old incidents would page at once" in " ".join(shown.out.split())

        await paged(play, "NewOne")
        await press(play, TELLER, "Page them")

        await play.until(lambda: all(len(play.pages(name)) > before[name] for name in names), 20)
        await play.until(lambda: second.events("safe_mode_ended"), 10)
        assert "Resolved" in card(play, TELLER)


@pytest.mark.row("F33")
async def test_what_is_left_alone_stays_open_and_pages_nobody(tmp_path: Path) -> None:
    names = [f"Old{number}x" for number in range(6)]
    async with night(tmp_path, None, config=configuration(wait="15s", methods="[{slack: 0s}]")) as play:
        first = await play.start()
        await paged(play, *names)
        backup = tmp_path / "mine.db"
        assert (await tocsin(play, "backup", str(backup))).code == 0
        await killed(first)
        await restored(play, backup)
        second = await play.start()
        await play.until(lambda: second.events("safe_mode_asked"), 20)
        await play.until(lambda: play.pages(TELLER), 10)
        before = {name: len(play.pages(name)) for name in names}

        await press(play, TELLER, "Leave them")

        await play.until(lambda: second.events("safe_mode_ended"), 10)
        await play.until(lambda: all("nobody" in card(play, name) for name in names), 15)
        await play.calm(12)
        assert {name: len(play.pages(name)) for name in names} == before


@pytest.mark.row("F45")
async def test_a_byte_of_the_log_that_flips_is_noticed_and_nothing_is_lost(tmp_path: Path) -> None:
    def flip(log: Path) -> None:
        content = bytearray(log.read_bytes())
        content[32 + 24 + 100] ^= 0xFF  # in the first page after the headers of log and frame
        log.write_bytes(content)

    await set_back(tmp_path, flip)


@pytest.mark.row("F46")
async def test_a_log_that_is_gone_after_a_crash_is_noticed_and_nothing_is_lost(tmp_path: Path) -> None:
    def remove(log: Path) -> None:
        log.unlink()
        log.with_name("tocsin.db-shm").unlink()

    await set_back(tmp_path, remove)


async def set_back(folder: Path, harm: Callable[[Path], None]) -> None:
    """Two incidents stand in the file, two in the log, and the log is harmed."""
    async with night(folder, None, config=LONG) as play:
        early = await play.start()
        await paged(play, "Known", "Second")
        await play.calm(2)
        early.signal(signal.SIGTERM)
        assert await early.ended() == 0
        first = await play.start()
        await play.calm(2)
        await press(play, "Known", "Acknowledge")
        await play.until(lambda: "Acknowledged" in card(play, "Known"), 10)
        await paged(play, "Forgotten")
        await play.calm(2)
        await killed(first)
        harm(file(play).with_name("tocsin.db-wal"))
        before = play.accepted()

        second = await play.start()

        why = str(second.events("safe_mode")[0]["why"])
        assert "changes are missing since" in why
        assert "INC-2, and there were incidents up to INC-3" in why
        await play.until(lambda: play.pages(TELLER), 15)
        await play.until(lambda: second.events("safe_mode_ended"), 20)
        await play.calm(play.lease + 2)
        told = {key for key in play.accepted() if key.startswith("page:")} - set(before)
        assert len(told) == 1
        assert play.doubled() == {}
        assert "Acknowledged" in card(play, "Known")
        await press(play, "Forgotten", "Resolve")  # it is known again, by the number that it had
        assert number_of(play, TELLER) > 3

        second.signal(signal.SIGTERM)
        assert await second.ended() == 0
        third = await play.start()
        assert third.events("safe_mode") == []


@pytest.mark.row("F47")
async def test_a_damaged_file_is_refused_and_kept_and_the_backup_named(tmp_path: Path) -> None:
    async with night(tmp_path, None, config=LONG) as play:
        first = await play.start()
        await paged(play, "Known")
        assert (await tocsin(play, "backup")).code == 0
        first.signal(signal.SIGTERM)
        assert await first.ended() == 0
        harm_page(file(play))
        damaged = file(play).read_bytes()

        refused, again = await tocsin(play, "run"), await tocsin(play, "run")

        assert refused.code == again.code == 65
        told = [each.words for each in play.slack.messages("#incidents") if "does not start" in each.words]
        assert len(told) == 1, "a supervisor may try again every second"
        words = " ".join(refused.err.split())
        assert "is damaged" in words
        assert "`tocsin restore FILE`" in words
        assert file(play).read_bytes() == damaged
        listed = await tocsin(play, "restore")
        assert "1 incidents (1 open)" in " ".join(listed.out.split())
        backup = next((tmp_path / "backups").glob("tocsin-*.db"))
        assert backup.stat().st_mode & 0o777 == 0o600
        await restored(play, backup)
        await play.start()
        assert aside(tmp_path).read_bytes() == damaged


def aside(folder: Path) -> Path:
    """The database of before a restore."""
    return next(path for path in folder.glob("tocsin.db.before-restore-*") if path.name.endswith("Z"))


def harm_page(database: Path) -> None:
    """Overwrite the root page of a table."""
    with sqlite3.connect(database) as connection:
        root = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'timeline'").fetchone()[0]
        size = connection.execute("PRAGMA page_size").fetchone()[0]
    connection.close()
    with database.open("r+b") as content:
        content.seek((root - 1) * size)
        content.write(b"\xa5" * size)


def number_of(play: Night, name: str) -> int:
    word = next(word for word in card(play, name).split() if word.startswith("INC-"))
    return int("".join(character for character in word if character.isdigit()))


def thread(play: Night) -> str:
    return " ".join(message.words for message in play.messages() if key_of(message).startswith("thread:"))
