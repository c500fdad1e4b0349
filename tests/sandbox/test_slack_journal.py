"""The journal, in memory, as a stream, and as a file for other processes."""

import asyncio
import json
from pathlib import Path

import pytest

from bot.clock import ShiftedClock
from bot.sandbox.slack.journal import Entry, Journal, Kind
from bot.sandbox.slack.seed import seed
from bot.sandbox.slack.server import SlackServer


def test_entries_are_numbered_and_cannot_change(clock: ShiftedClock) -> None:
    journal = Journal(clock)
    journal.add(Kind.CALL, "chat.postMessage", outcome="no_text")
    entry = journal.add(Kind.ACT, "say", actor="ann")

    assert [e.number for e in journal.entries()] == [0, 1]
    assert journal.calls("chat.postMessage")[0].outcome == "no_text"
    assert journal.entries(Kind.ACT) == [entry]
    assert journal.entries(since=1) == [entry]
    with pytest.raises(AttributeError):
        entry.actor = "bob"  # type: ignore[misc]  # that it cannot change is what is tested


async def test_a_follower_sees_the_past_and_what_comes(clock: ShiftedClock) -> None:
    journal = Journal(clock)
    journal.add(Kind.ACT, "one")
    seen: list[Entry] = []

    async def follow() -> None:
        async for entry in journal.follow():
            seen.append(entry)
            if entry.name == "one":
                journal.add(Kind.ACT, "two")
            else:
                return

    await asyncio.wait_for(follow(), 5)

    assert [e.name for e in seen] == ["one", "two"]


async def test_every_entry_is_a_line_in_the_file(clock: ShiftedClock, tmp_path: Path) -> None:
    sink = tmp_path / "journal.jsonl"
    async with SlackServer(seed(), clock, journal_file=sink) as slack:
        slack.person("ann").say("#alerts", "hello\nworld")
        await slack.settled()

        lines = [json.loads(line) for line in sink.read_text().splitlines()]

        assert [line["number"] for line in lines] == list(range(len(slack.journal)))
        message = next(line for line in lines if line["kind"] == "message")
        assert message["payload"]["text"] == "hello\nworld"
        assert message["actor"] == "ann"


async def test_a_message_keeps_every_version_it_had(slack: SlackServer) -> None:
    ann = slack.person("ann")
    message = ann.say("#alerts", "one")

    ann.edit(message, "two")
    ann.edit(message, "three")
    ann.delete(message)

    assert slack.messages("#alerts") == []
    assert slack.message("#alerts", message.ts) is None
    kept = slack.world.channels["C0ALERTS001"].messages[message.ts]
    assert [r["text"] for r in kept.revisions] == ["one", "two"]
    assert kept.deleted
    kinds = [e.kind for e in slack.journal.entries() if e.kind is not Kind.DELIVERY]
    assert kinds.count(Kind.EDIT) == 2
    assert kinds.count(Kind.DELETE) == 1
