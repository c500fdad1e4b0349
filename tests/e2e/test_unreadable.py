"""What cannot be read any more stops nothing but itself."""

from pathlib import Path

from bot.ports import Tx
from bot.store.sqlite import SqliteStore
from tests.harness import running


async def test_a_timeline_that_cannot_be_read_stops_no_other_incident(tmp_path: Path) -> None:
    async with running(tmp_path) as bot:
        bot.errors.expect("entry unreadable")
        await bot.alert()
        bot.page("ann")
        store = bot.bot.store
        assert isinstance(store, SqliteStore)

        def break_it(_: Tx) -> None:
            assert store.writing_connection is not None
            store.writing_connection.execute("UPDATE timeline SET body = '{'")

        await store.write(break_it)
        await bot.slash("note INC-1 hello")
        await bot.slash("declare second thing sev2")
        bot.page("ann", "INC-2")
        await bot.fast_forward(seconds=10)
        await bot.click(bot.card("INC-2"), "Acknowledge", by="ann")

        assert "Acknowledged" in bot.card("INC-2").words
