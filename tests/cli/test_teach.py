"""`tocsin teach`: a lesson from an example, and what was taught as a part of the configuration."""

import json
from datetime import UTC, datetime

import pytest

from bot.cli.teach import written
from bot.config.load import parse
from bot.config.problem import InvalidConfiguration
from bot.config.starter import starter
from bot.domain.lesson import Lesson
from bot.store import open_store
from tests.cli.program import CONFIGURATION, Program

EXAMPLE = {
    "bot_id": "B0WATCHDOG1",
    "channel": "C0ALERTS001",
    "username": "Watchdog",
    "attachments": [
        {
            "color": "danger",
            "title": "Disk is full",
            "fields": [
                {"title": "Host", "value": "db-1"},
                {"title": "Status", "value": "Down"},
                {"title": "Severity", "value": "High"},
            ],
        }
    ],
}
TAUGHT = Lesson(
    name="watchdog",
    channel="C0ALERTS001",
    bot='B1 "quoted" \u00e9: #no comment',
    title="text line 1",
    key=("field Host", "text line 1"),
    state="field Status",
    cleared=("ok", ":white_check_mark:"),
    ignored=("test",),
    severity="sev1",
    version=3,
    made_at=datetime(2026, 1, 1, tzinfo=UTC),
)


async def test_an_example_gives_a_lesson_and_says_what_it_would_read(tocsin: Program) -> None:
    (tocsin.folder / "message.json").write_text(json.dumps(EXAMPLE))

    told = await tocsin("teach", "message.json")

    assert told.code == 0
    assert 'state: "field Status"' in told.out
    assert 'cleared: ["up", "ok"]' in told.out
    assert "firing, sev2: Disk is full" in told.out
    assert "field Host: db-1" in told.out


async def test_machines_get_a_document(tocsin: Program) -> None:
    (tocsin.folder / "message.json").write_text(json.dumps(EXAMPLE))

    told = json.loads((await tocsin("teach", "message.json", "--json")).out)

    assert told["lesson"]["key"] == ["attachments[0].title", "field Host"]
    assert (told["alert"]["state"], told["alert"]["title"]) == ("firing", "Disk is full")


async def test_what_an_example_lacks_for_a_lesson_is_said(tocsin: Program) -> None:
    posted = {"channel": "#alerts", "username": "NightOwl", "text": "db-1 down"}
    (tocsin.folder / "message.json").write_text(json.dumps(posted))
    (tocsin.folder / "bare.json").write_text(json.dumps({"text": "db-1 down"}))
    (tocsin.folder / "whole.json").write_text(json.dumps(EXAMPLE))

    told, bare, whole = [await tocsin("teach", f"{name}.json") for name in ("message", "bare", "whole")]
    document = json.loads((await tocsin("teach", "bare.json", "--json")).out)

    assert "channel: the message has no id of its channel: “#alerts” is none" in told.err
    assert "bot: the message has no id of its bot; “NightOwl” is a name" in told.err
    assert "channel: the message has no id of its channel. Write" in bare.err
    assert (told.code, bare.code, len(document["lacking"]), whole.err) == (0, 0, 2, "")


@pytest.mark.parametrize("content", ["", "[]", "{", '{"text": ""}', "[" * 100_000])
async def test_what_is_no_message_is_said(tocsin: Program, content: str) -> None:
    (tocsin.folder / "message.json").write_text(content)

    told = await tocsin("teach", "message.json")

    assert told.code in (1, 2)
    assert "message.json" in told.err
    assert "Traceback" not in told.err


async def test_what_was_taught_is_exported_as_the_file_reads_it(tocsin: Program) -> None:
    (tocsin.folder / "data").mkdir(exist_ok=True)
    store = open_store(f"sqlite:///{tocsin.folder / 'data' / 'tocsin.db'}", auto_migrate=True)
    await store.start()
    await store.write(lambda tx: tx.add_lesson(TAUGHT))
    await store.stop()

    exported = (await tocsin("teach", "--export")).out

    assert exported == written([TAUGHT])
    (lesson,) = parse((starter() + exported).encode(), "tocsin.yaml").configuration.lessons
    assert written([lesson]) == exported
    assert lesson == Lesson(
        **{name: getattr(TAUGHT, name) for name in Lesson.__slots__ if name not in ("made_at", "by")}
    )


async def test_lessons_are_listed_and_retired(tocsin: Program) -> None:
    store = open_store(f"sqlite:///{tocsin.folder / 'data' / 'tocsin.db'}", auto_migrate=True)
    await store.start()
    await store.write(lambda tx: tx.add_lesson(TAUGHT))
    await store.stop()
    (tocsin.folder / "tocsin.yaml").write_text(CONFIGURATION)

    listed = json.loads((await tocsin("teach", "--list", "--json")).out)
    shown = (await tocsin("teach", "--list")).out
    gone, again = await tocsin("teach", "--retire", "watchdog"), await tocsin("teach", "--retire", "watchdog")

    assert [(each["name"], each["version"], each["in_file"]) for each in listed] == [("watchdog", 3, False)]
    assert "watchdog" in shown
    assert (gone.code, again.code) == (0, 1)
    assert "counts no more" in gone.out
    assert "no lesson" in again.err
    assert (await tocsin("teach", "--export")).out == "lessons: {}\n"


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ('channel: "#alerts"', "no id of a channel"),
        ("title: ''", "no place of a message"),
        ("cleared: ['']", "no phrase"),
        ("colour: red", "colour"),
    ],
)
def test_a_lesson_that_is_written_wrongly_is_refused_with_its_place(part: str, words: str) -> None:
    good = {"channel": "channel: C0ALERTS001", "bot": "bot: B1", "title": "title: text line 1"}
    lines = [*(line for name, line in good.items() if name != part.partition(":")[0]), part]
    content = starter() + "lessons:\n  watchdog:\n" + "".join(f"    {line}\n" for line in lines)

    with pytest.raises(InvalidConfiguration) as refused:
        parse(content.encode(), "tocsin.yaml")

    (problem,) = refused.value.problems
    assert words in f"{problem.message} {problem.path}"
