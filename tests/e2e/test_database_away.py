"""The database is away when somebody is to be paged: they are told all the same, and the truth goes on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from bot.demo import alerts
from bot.ports import Tx
from bot.sandbox.slack.faults import Fault, FaultKind
from bot.sandbox.slack.journal import Kind
from tests.harness import CONFIGURATION, BotHarness, running
from tests.postgres import Cluster

AWAY = ("alarm {'kind': 'database'", "database_away")


@pytest.fixture
async def held(tmp_path: Path) -> AsyncIterator[BotHarness]:
    """On SQLite, where somebody can hold the file: it can be read then, and not written."""
    async with running(tmp_path) as harness:
        yield harness
        harness.errors.lines[:] = [line for line in harness.errors.lines if not of_a_job(line)]


@pytest.fixture
async def bot(private_postgres: Cluster, tmp_path: Path) -> AsyncIterator[BotHarness]:
    database = private_postgres.url(await asyncio.to_thread(private_postgres.create_database))
    async with running(tmp_path, database=database) as harness:
        yield harness
        harness.errors.lines[:] = [line for line in harness.errors.lines if not of_a_job(line)]


def of_a_job(line: str) -> bool:
    """Whether it tells of periodic work that waited for the database and was cut off, or left out."""
    return "periodic_problem" in line or ("step_failed" in line and "TimeoutError" in line)


@asynccontextmanager
async def away(server: Cluster) -> AsyncIterator[None]:
    """There is no database within."""
    await asyncio.to_thread(server.crash)
    try:
        yield
    finally:
        await asyncio.to_thread(server.start)


async def wait(bot: BotHarness, seconds: float) -> None:
    """Time passes for the lookout; nothing of it is waited for."""
    for _ in range(int(seconds / 2)):
        bot.clock.advance(timedelta(seconds=2))
        await bot.bot.lookout.watch()


def alarms_of(bot: BotHarness) -> list[str]:
    """What those who look after the bot were told."""
    return [card.words for card in bot.cards() if "Tocsin is in trouble" in card.words]


async def works_again(bot: BotHarness) -> None:
    """Until the climber ticks, and what was told is written down."""
    async with asyncio.timeout(40):
        while bot.bot.lookout.away_since is not None:
            await bot.clock.sleep(0.05)
        bot.bot.ring()
    await bot.bot.lookout.watch()
    await bot.quiet()


def refused(bot: BotHarness) -> bool:
    """Whether an event was not acknowledged."""
    return any(entry.outcome != "ok" for entry in bot.slack.journal.entries(Kind.DELIVERY))


def without_record(bot: BotHarness, person: str) -> list[str]:
    return [message.words for message in bot.slack.dms(person) if "PAGE WITHOUT RECORD" in message.words]


def recorded(bot: BotHarness, person: str) -> list[str]:
    return [message.words for message in bot.slack.dms(person) if message.metadata]


@pytest.mark.row("F35")
async def test_those_who_are_due_are_told_without_the_database_and_paged_once_when_it_is_back(
    bot: BotHarness, private_postgres: Cluster
) -> None:
    bot.errors.expect(*AWAY)
    await bot.alert()
    assert len(recorded(bot, "ann")) == 1
    await bot.bot.lookout.look()

    async with away(private_postgres):
        await wait(bot, 60)
        assert without_record(bot, "bob") == []
        await bot.slack.until(lambda: alarms_of(bot), 20)
        assert await bot.ready()
        assert "bob@example.com" not in str(await bot.notes())
        await wait(bot, 250)
        (told,) = without_record(bot, "bob")
        await wait(bot, 60)

        assert "INC-1" in told
        assert "ApiErrorRateHigh" in told
        assert "#incidents" in told
        assert len(without_record(bot, "bob")) == 1
        assert without_record(bot, "ann") == []
        assert [mail.subject for mail in bot.mail.inbox if "bob@example.com" in mail.recipients]

    (alarm,) = alarms_of(bot)
    for words in ("INC-1", "ApiErrorRateHigh", "Bob Ray (Slack U0BOBRAY001, bob@example.com)", "UTC"):
        assert words in alarm
    await works_again(bot)
    assert len(recorded(bot, "bob")) == 1
    assert len(without_record(bot, "bob")) == 1
    await bot.bot.alarms.tell()
    assert "well again" in bot.cards()[-1].words
    assert "Bob Ray at" in await bot.slash("timeline INC-1")
    await bot.slash("ack INC-1")


@pytest.mark.row("F35")
async def test_whoever_could_not_be_told_is_tried_again(held: BotHarness) -> None:
    held.errors.expect(*AWAY)
    await held.alert()
    await held.bot.lookout.look()
    held.mail.refuse = "451 later"
    held.slack.faults.add(Fault(kind=FaultKind.ERROR, method="chat.postMessage", error="internal_error"))

    async with held.database_hangs():
        await wait(held, 310)
        assert without_record(held, "bob") == []
        held.slack.faults.clear()
        await wait(held, 20)
        assert len(without_record(held, "bob")) == 1

    await works_again(held)
    await held.slash("ack INC-1")


@pytest.mark.row("F35")
async def test_a_ladder_is_climbed_to_its_end_but_nobody_is_told_twice(held: BotHarness) -> None:
    """Nobody can acknowledge: to repeat it would only keep everybody awake."""
    held.errors.expect(*AWAY)
    await held.alert()
    await held.bot.lookout.look()

    async with held.database_hangs():
        for _ in range(12):
            held.clock.advance(timedelta(minutes=5))
            await wait(held, 22)
        told = {person: len(without_record(held, person)) for person in ("ann", "bob", "cleo")}

    assert told == {"ann": 1, "bob": 1, "cleo": 1}
    await works_again(held)
    await held.slash("ack INC-1")


@pytest.mark.row("F35")
async def test_who_took_the_shift_is_told_although_nobody_can_be_asked_who_has_it(tmp_path: Path) -> None:
    configuration = CONFIGURATION + "authority: {admins: [cleo]}\n"
    async with running(tmp_path, configuration=configuration) as held:
        held.errors.expect(*AWAY)
        await held.alert()
        await held.slash("override primary @cleo for 4h", by="cleo", command="/oncall")
        await held.bot.lookout.look()

        async with held.database_hangs():
            for _ in range(6):  # the second round, whose first rung is whoever is on call
                held.clock.advance(timedelta(minutes=4))
                await wait(held, 22)
            told = {person: len(without_record(held, person)) for person in ("ann", "bob", "cleo")}

        assert told == {"ann": 0, "bob": 1, "cleo": 1}
        await works_again(held)
        await held.slash("ack INC-1")
        held.errors.lines[:] = [line for line in held.errors.lines if not of_a_job(line)]


@pytest.mark.row("F35")
async def test_an_absence_that_is_bridged_tells_nobody(held: BotHarness) -> None:
    await held.alert()
    await held.bot.lookout.look()

    async with held.database_hangs():
        await wait(held, 10)

    await works_again(held)
    assert without_record(held, "bob") == []
    assert held.bot.alarms.standing == {}
    await held.slash("ack INC-1")


async def test_a_process_that_stood_still_takes_nothing_for_an_absence(held: BotHarness) -> None:
    await held.alert()
    await held.bot.lookout.look()

    held.clock.advance(timedelta(hours=1))
    await held.bot.lookout.watch()

    assert held.bot.lookout.away_since is None
    await held.quiet()
    await held.slash("ack INC-1")


@pytest.mark.row("F35")
async def test_what_is_asked_meanwhile_is_said_not_to_be_recorded_and_whom_to_call(
    bot: BotHarness, private_postgres: Cluster
) -> None:
    bot.errors.expect("a request")
    await bot.alert()

    async with away(private_postgres):
        outcome = await bot.slack.person("ann").slash("/incident", "declare DB is gone sev1")
        bot.slack.integration("Alertmanager").post("#alerts", alerts.firing("SecondOne"))
        await bot.slack.until(lambda: refused(bot), 20)

    assert outcome.reply
    assert "NOT RECORDED, page by hand: Ann Lee" in outcome.reply.words
    await works_again(bot)
    async with asyncio.timeout(30):
        while len(await bot.bot.store.read(lambda tx: tx.open_incidents())) < 2:
            bot.clock.advance(timedelta(seconds=30))
            await bot.slack.settled()
            await bot.clock.sleep(0.1)
    await bot.quiet()

    def titles(tx: Tx) -> set[str]:
        return {incident.title for incident in tx.open_incidents()}

    assert len(await bot.bot.store.read(titles)) == 2
    for number in (1, 2):
        await bot.slash(f"ack INC-{number}")
