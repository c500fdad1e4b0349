"""`tocsin backup`, `restore` and `safe-mode`, as somebody types them."""

import pytest

from tests.cli.program import Program


@pytest.fixture
def sqlite(tocsin: Program) -> Program:
    """A program with its own database beside it."""
    tocsin.configure()
    return tocsin


async def test_a_backup_is_made_listed_and_put_back(sqlite: Program) -> None:
    assert (await sqlite("migrate")).code == 0

    made, again = await sqlite("backup", "mine.db"), await sqlite("backup", "mine.db")
    kept, listed = await sqlite("backup"), await sqlite("restore")
    restored, shown = await sqlite("restore", "mine.db"), await sqlite("safe-mode")

    assert "0 incidents (0 open), no entry yet" in made.out
    assert again.code == 1
    assert "already" in again.err
    assert "data/backups/tocsin-" in kept.out
    assert "tocsin-" in listed.out
    assert restored.code == 0
    assert "The next start is in safe mode" in restored.out
    assert "restored at" in shown.out


async def test_there_is_nothing_to_back_up_before_the_first_start(sqlite: Program) -> None:
    ended = await sqlite("backup", "mine.db")

    assert ended.code == 1
    assert "no tables of Tocsin's yet" in ended.err
    assert not (sqlite.folder / "mine.db").exists()


async def test_a_backup_that_is_none_is_refused_with_a_code_of_its_own(sqlite: Program) -> None:
    (sqlite.folder / "poem.db").write_text("a poem, which is long enough to be looked at" * 30)

    ended, missing = await sqlite("restore", "poem.db"), await sqlite("restore", "gone.db")

    assert ended.code == 65
    assert "no backup of Tocsin's" in ended.err
    assert missing.code == 1
    assert not (sqlite.folder / "data" / "tocsin.db").exists()


@pytest.mark.parametrize("command", [("backup",), ("restore",), ("restore", "mine.db")])
async def test_postgresql_is_for_its_own_tools_to_back_up(
    sqlite: Program, postgres_url: str, command: tuple[str, ...]
) -> None:
    sqlite.settings["TOCSIN_DATABASE_URL"] = postgres_url

    ended = await sqlite(*command)

    assert ended.code == 2
    words = " ".join(ended.err.split())
    assert "pg_" in words
    assert "`tocsin safe-mode begin` before the bot starts" in words


async def test_safe_mode_is_begun_and_ended_by_hand(sqlite: Program) -> None:
    await sqlite("migrate")

    before, begun = (
        await sqlite("safe-mode"),
        await sqlite("safe-mode", "begin", "--why", "a [b]dump[/b]"),
    )
    doubted, unsure = await sqlite("safe-mode"), await sqlite("safe-mode", "end")
    ended, after = await sqlite("safe-mode", "end", "--leave"), await sqlite("safe-mode")

    assert "is believed" in before.out
    assert begun.code == 0
    assert "a [b]dump[/b], on" in doubted.out
    assert unsure.code == 2, "whether people are paged is to be said"
    assert ended.code == 0
    assert after.out == before.out
