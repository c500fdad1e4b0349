"""Acknowledging as people live it: for how long, still on it, taken back, handed over, by a link at 3 a.m."""

import re
from pathlib import Path
from zoneinfo import ZoneInfo

import aiohttp
import pytest

from bot.sandbox.slack.workspace import Message
from bot.settings import Settings
from tests.harness import CONFIGURATION, BotHarness, running

HOURLY = CONFIGURATION.replace(
    "layers: [{people: [ann], start: 2026-01-05, handoff: 09:00, shift: 7d}]",
    "layers: [{people: [ann, bob], start: 2026-01-05, handoff: 09:00, shift: 1h}]",
)
LINK = re.compile(r"https://tocsin\.example\.com(/ack/\S+)")


async def triggered(bot: BotHarness) -> Message:
    await bot.alert()
    return bot.page("ann")


def shown(bot: BotHarness, message: Message) -> str:
    found = bot.slack.message(message.channel, message.ts)
    return found.words if found else ""


@pytest.mark.parametrize("where", ["card", "page"])
async def test_whoever_acknowledges_for_a_while_is_asked_before_it_ends(bot: BotHarness, where: str) -> None:
    page = await triggered(bot)

    await bot.click(page if where == "page" else bot.card(), "inc.ack_for", by="ann", value="1 hour")
    await bot.fast_forward(minutes=54.5)
    bot.silence()
    await bot.fast_forward(minutes=1)

    still = bot.page("ann", "Still on it?")
    await bot.click(still, "30 more minutes", by="ann")
    assert "Ann Lee has it until" in shown(bot, still)
    await bot.fast_forward(minutes=20)
    bot.silence()
    await bot.fast_forward(minutes=6)
    bot.page("ann", "Still on it?")
    await bot.fast_forward(minutes=4.5)
    assert "Triggered" in bot.card().words
    bot.page("ann")  # on call now, and the one who had it: once
    bot.silence()
    await bot.slash("ack")


async def test_extending_after_the_wake_explains(bot: BotHarness) -> None:
    page = await triggered(bot)
    await bot.click(page, "inc.ack_for", by="ann", value="15 minutes")
    await bot.fast_forward(minutes=10.1)
    still = bot.page("ann", "Still on it?")
    seen = bot.slack.world.keep(still)
    await bot.fast_forward(minutes=5)
    bot.page("ann")

    asked = bot.slack.world.keep(seen)
    told = await bot.whispered(asked, "1 more hour", by="ann")

    assert "Too late to extend INC-1" in told
    await bot.slash("ack")


async def test_until_morning_is_eight_on_the_clock_of_whoever_says_so(bot: BotHarness) -> None:
    await triggered(bot)

    told = await bot.slash("ack until morning")

    assert "You have INC-1" in told
    wake = (await bot.bot.store.read(lambda tx: tx.open_incidents()))[0].wake_at
    assert wake is not None
    assert f"{wake.astimezone(ZoneInfo('Europe/London')):%H:%M}" == "08:00"


async def test_a_slip_is_taken_back_and_the_page_goes_out_after_all(bot: BotHarness) -> None:
    page = await triggered(bot)
    ann = bot.slack.person("ann")

    await bot.click(page, "Acknowledge", by="ann")
    offer = ann.ephemerals()[-1]
    assert "You have" in offer.words
    await bot.click(offer, "Undo", by="ann")

    assert "Triggered" in bot.card().words
    assert "You are being paged" in shown(bot, page)
    await bot.fast_forward(minutes=1.1)
    bot.mailed("ann@example.com")
    await bot.fast_forward(minutes=4)
    bot.page("bob")
    assert "took the acknowledgement back" in bot.thread()
    await bot.slash("ack")


async def test_what_bob_has_acknowledged_too_cannot_be_taken_back_by_ann(bot: BotHarness) -> None:
    await triggered(bot)
    await bot.slash("ack", by="ann")
    welcome = await bot.slash("ack", by="bob")

    told = await bot.slash("undo", by="ann")

    assert re.search(r"already acknowledged by Ann Lee \d+ s ago; you are added", welcome)
    assert "Bob Ray has done something to INC-1 since then" in told
    assert "Acknowledged" in bot.card().words


async def test_a_resolution_is_taken_back_too(bot: BotHarness) -> None:
    await triggered(bot)

    assert "resolved" in await bot.slash("resolve wrong window")
    assert "Taken back" in await bot.slash("undo")

    assert "Triggered" in bot.card().words
    await bot.slash("ack")


async def test_it_stays_with_ann_until_bob_accepts(bot: BotHarness) -> None:
    page = await triggered(bot)
    await bot.click(page, "Acknowledge", by="ann")

    told = await bot.slash("handover @bob", by="ann")
    offer = bot.page("bob", "Take over")
    assert "Until then you have it" in told
    assert "Acknowledged by" in bot.card().words
    assert "Bob Ray" not in bot.card().words
    await bot.click(offer, "Accept", by="bob")

    assert "Bob Ray" in bot.card().words
    assert "Bob Ray has it" in shown(bot, offer)
    bot.page("ann", "Bob Ray has")


async def test_whoever_cannot_take_it_leaves_it_where_it_is(bot: BotHarness) -> None:
    page = await triggered(bot)
    await bot.click(page, "Acknowledge", by="ann")
    await bot.click(bot.card(), "Hand over", by="ann")
    await bot.submit(by="ann", people="@cleo")
    bot.page("ann", "Cleo Diaz is asked")
    offer = bot.page("cleo", "Take over")

    await bot.click(offer, "I can't", by="cleo")

    bot.page("ann", "can't take")
    assert "Ann Lee has it" in shown(bot, offer)
    assert "Ann Lee" in bot.card().words


async def test_at_the_shift_change_it_is_offered_once_with_a_brief(tmp_path: Path) -> None:
    async with running(tmp_path, configuration=HOURLY) as bot:
        await bot.alert()
        (giver,) = [name for name in ("ann", "bob") if bot.unread(name)]
        taker, names = ("bob", "ann")[giver == "bob"], {"ann": "Ann Lee", "bob": "Bob Ray"}
        bot.page(giver)
        await bot.slash("ack 3h", by=giver)
        await bot.slash("note Restarted the proxy", by=giver)
        assert await bot.bot.hand_overs.look() == 0

        await bot.fast_forward(minutes=60)
        assert await bot.bot.hand_overs.look() in {0, 1}  # the clock's own look may have been there before
        await bot.quiet()

        offer = bot.page(taker, "Take over")
        assert "Restarted the proxy" in offer.words
        assert f"{names[giver]} has it" in offer.words
        assert await bot.bot.hand_overs.look() == 0
        await bot.click(offer, f"Leave with {names[giver]}", by=taker)
        assert await bot.bot.hand_overs.look() == 0
        await bot.quiet()
        assert names[giver] in bot.card().words
        bot.silence()


# the link in an e-mail


def public(settings: Settings) -> Settings:
    return settings.model_copy(update={"public_url": "https://tocsin.example.com"})


async def mailed_link(bot: BotHarness) -> str:
    await triggered(bot)
    await bot.fast_forward(minutes=1.1)
    bot.mailed("ann@example.com")
    found = LINK.search(bot.mail.inbox[-1].text)
    assert found
    return f"{bot.bot.http.url}{found.group(1)}"


def nonce(html: str) -> str:
    found = re.search(r'name="nonce" value="([^"]+)"', html)
    assert found
    return found.group(1)


@pytest.mark.row("A27")
async def test_looking_at_the_link_does_nothing_and_its_button_acknowledges(tmp_path: Path) -> None:
    async with running(tmp_path, alter=public) as bot, aiohttp.ClientSession() as session:
        url = await mailed_link(bot)
        async with session.head(url) as scanned:
            assert scanned.status == 200
        async with session.get(url) as looked:
            html = await looked.text()
            assert looked.headers["Cache-Control"] == "no-store"
            assert looked.headers["Referrer-Policy"] == "no-referrer"
        assert "Acknowledge" in html
        await bot.quiet()
        assert "Triggered" in bot.card().words

        press = {"do": "ack", "nonce": nonce(html)}
        async with session.post(url, data=press) as pressed:
            answer = await pressed.text()
        async with session.post(url, data=press) as again:
            assert again.status == 200
        await bot.quiet()

        assert "Ann Lee has INC-1" in answer
        assert "Acknowledged by" in bot.card().words
        async with session.post(url, data={"do": "undo", "nonce": nonce(answer)}) as undone:
            assert "Taken back" in await undone.text()
        await bot.quiet()
        assert "Triggered" in bot.card().words
        await bot.slash("ack")


@pytest.mark.row("A26")
async def test_a_link_works_for_its_own_page_only(tmp_path: Path) -> None:
    async with running(tmp_path, alter=public) as bot, aiohttp.ClientSession() as session:
        url = await mailed_link(bot)

        async def status(address: str, **form: str) -> int:
            async with session.post(address, data=form) as answer:
                await answer.read()
                return answer.status

        assert await status(url[:-3] + "abc", do="ack", nonce="x") == 409  # forged
        assert await status(url, do="resolve", nonce="x") == 400
        assert await status(url, do="ack") == 400
        assert await status(url, do="ack", nonce="x" * 5000) == 413
        assert "Triggered" in bot.card().words
        await bot.slash("ack")
        await bot.slash("unack")
        await bot.fast_forward(seconds=11)
        bot.page("ann")
        assert await status(url, do="ack", nonce="y") == 410  # of an earlier climb
        assert "Triggered" in bot.card().words
        await bot.slash("ack")
        await bot.fast_forward(hours=24)
        for person in ("ann", "bob", "cleo"):
            for _ in bot.unread(person):
                bot.page(person, "")
        bot.mails = len(bot.mail.inbox)


async def test_without_an_address_mails_have_no_link(bot: BotHarness) -> None:
    await triggered(bot)
    await bot.fast_forward(minutes=1.1)
    bot.mailed("ann@example.com")

    assert "/ack/" not in bot.mail.inbox[-1].text
    async with aiohttp.ClientSession() as session, session.get(f"{bot.bot.http.url}/ack/x") as answer:
        assert answer.status == 404
    await bot.slash("ack")
