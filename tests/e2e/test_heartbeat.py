"""The heartbeat: somebody outside hears from the bot only while everything holds that pages depend on."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from bot.domain.ids import ServiceId
from bot.ports import Tx
from bot.sandbox.slack.faults import Fault, FaultKind
from bot.settings import HeartbeatSettings, Settings
from bot.wiring.watch import TICK_TOO_OLD
from bot.workers.watchdog import LIMIT
from tests.harness import BotHarness, running
from tests.pings import CLOCK, Snitch, listening
from tests.store.stories import declare


@pytest.fixture
def snitch() -> Iterator[Snitch]:
    with listening() as heard:
        yield heard


def watched_by(snitch: Snitch, every: int = 3600) -> Callable[[Settings], Settings]:
    heartbeat = HeartbeatSettings(urls=SecretStr(snitch.url), every=every, report_failures=True)
    return lambda settings: settings.model_copy(update={"heartbeat": heartbeat})


@asynccontextmanager
async def watched(folder: Path, snitch: Snitch, database: str | None = None) -> AsyncIterator[BotHarness]:
    """A bot that was looked after once, as it is half a minute after its start."""
    async with running(folder, alter=watched_by(snitch), database=database) as bot:
        await looked_after(bot)
        yield bot


async def looked_after(bot: BotHarness) -> None:
    await bot.bot.auditor.audit()
    await bot.bot.watch.peers.beat()


def _overdue(bot: BotHarness) -> Callable[[Tx], object]:
    """An incident whose climb is two minutes late, as if nobody had looked."""
    service = bot.bot.in_force.now.services[ServiceId("checkout")]
    return lambda tx: declare(tx, service=service, at=bot.clock.now() - timedelta(minutes=2))


async def beat(bot: BotHarness) -> str:
    """A sign of life, or why there is none."""
    await bot.bot.watch.heartbeat.beat()
    return "; ".join(bot.bot.watch.heartbeat.held_back)


async def test_a_sign_of_life_tells_how_far_the_database_is(tmp_path: Path, snitch: Snitch) -> None:
    async with watched(tmp_path, snitch) as bot:
        await bot.alert()
        await bot.click(bot.page("ann"), "Acknowledge", by="ann")
        assert await beat(bot) == ""

    assert [ping.path for ping in snitch.pings] == ["/ping/5bf0-secret"]
    assert "Newest incident: INC-1, entry " in snitch.pings[0].body
    assert "Last commit: " in snitch.pings[0].body


async def test_before_the_first_audit_there_is_none_and_that_is_no_failure(
    tmp_path: Path, snitch: Snitch
) -> None:
    async with running(tmp_path, alter=watched_by(snitch)) as bot:
        assert "no audit yet" in await beat(bot)

    assert snitch.pings == []


async def test_it_stops_when_the_audit_finds_something_says_so_once_and_goes_on(
    tmp_path: Path, snitch: Snitch
) -> None:
    async with watched(tmp_path, snitch) as bot:
        bot.errors.expect("'climb overdue'")
        assert await beat(bot) == ""
        await bot.bot.store.write(_overdue(bot))
        await bot.bot.auditor.audit()
        held = [await beat(bot), await beat(bot)]
        notes = await bot.notes()
        await bot.quiet()
        await bot.bot.auditor.audit()
        assert await beat(bot) == ""
        bot.page("ann")

    assert held == ["audit: 1 climb overdue"] * 2
    assert "audit: climb overdue" in notes
    assert len(snitch.alive) == 2
    assert ["climb overdue" in ping.body for ping in snitch.failing] == [True]


async def test_it_stops_before_the_watchdog_ends_the_process(tmp_path: Path, snitch: Snitch) -> None:
    async with watched(tmp_path, snitch) as bot:
        bot.clock.advance(timedelta(seconds=TICK_TOO_OLD + 1))
        held = await beat(bot)

    assert "the last tick was" in held
    assert snitch.alive == []
    assert TICK_TOO_OLD + 10 < LIMIT


@pytest.mark.row("F35")
async def test_it_stops_when_nothing_can_be_written(tmp_path: Path, snitch: Snitch) -> None:
    async with watched(tmp_path, snitch) as bot:
        async with bot.database_hangs():
            bot.clock.advance(timedelta(seconds=31))
            held = await beat(bot)
        await bot.quiet()
        await looked_after(bot)
        after = await beat(bot)

    assert "the last write to the database was" in held
    assert after == ""
    assert len(snitch.alive) == 1


@pytest.mark.row("F58")
async def test_it_stops_when_nobody_can_be_paged(tmp_path: Path, snitch: Snitch) -> None:
    async with watched(tmp_path, snitch) as bot:
        bot.slack.faults.add(Fault(kind=FaultKind.ERROR, error="token_revoked"))
        await bot.mail.stop()
        await bot.alert()
        await bot.fast_forward(minutes=2)
        await looked_after(bot)
        held = await beat(bot)
        bot.slack.faults.clear()
        await bot.mail.start()
        await bot.fast_forward(minutes=1)
        await bot.click(bot.page("ann"), "Acknowledge", by="ann")

    assert "nobody can be paged" in held
    assert snitch.alive == []


async def test_a_blocked_process_gives_none(tmp_path: Path, snitch: Snitch) -> None:
    async with running(tmp_path, alter=watched_by(snitch, every=5)) as bot:
        await looked_after(bot)
        await until(lambda: snitch.alive)
        began, blocked = len(snitch.alive), 6
        threading.Event().wait(blocked)  # the event loop stands still, as with a deadlock in the program
        meanwhile = len(snitch.alive) - began
        bot.errors.lines.clear()  # jobs that came too late are told as such
        await until(lambda: len(snitch.alive) > began)

    assert meanwhile == 0


async def until(heard: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not heard():
            await CLOCK.sleep(0.05)


async def test_one_who_does_not_take_it_is_noted_and_not_followed(tmp_path: Path, snitch: Snitch) -> None:
    async with watched(tmp_path, snitch) as bot:
        snitch.status = 302
        await beat(bot)
        failed = dict(bot.bot.watch.heartbeat.failed)
        told = str(bot.bot.state()["heartbeat"])

    assert failed == {"127.0.0.1": "HTTP 302"}
    assert [ping.path for ping in snitch.pings] == ["/ping/5bf0-secret"]
    assert "5bf0-secret" not in told


def test_only_guarded_addresses_are_taken() -> None:
    with pytest.raises(ValidationError, match="must begin with https"):
        HeartbeatSettings(urls=SecretStr("https://hc-ping.com/1, http://169.254.169.254/latest"))
    assert HeartbeatSettings(urls=SecretStr("https://a.example/1,https://b.example/2")).addresses == (
        "https://a.example/1",
        "https://b.example/2",
    )
