"""Buttons on cards, pages and the Home tab: what a press does, and that every copy shows it at once."""

import asyncio
from dataclasses import replace

import pytest

from bot.sandbox.slack.targets import labels
from bot.sandbox.slack.workspace import Message, View
from tests.harness import BotHarness

AT_ONCE = 2.0


async def triggered(bot: BotHarness) -> Message:
    """An alert fires and Ann is paged: her page."""
    await bot.alert()
    return bot.page("ann")


def shown(bot: BotHarness, message: Message) -> str:
    """The words of a message as it stands now."""
    found = bot.slack.message(message.channel, message.ts)
    return found.words if found else ""


def as_it_was(bot: BotHarness, message: Message) -> Message:
    """The message for somebody whose screen still shows what it was when they got it."""
    found = bot.slack.message(message.channel, message.ts)
    assert found
    return bot.slack.world.keep(replace(found, body=message.body))


@pytest.mark.parametrize("where", ["card", "page", "home"])
async def test_one_press_is_seen_on_every_copy_within_two_seconds(bot: BotHarness, where: str) -> None:
    page = await triggered(bot)
    await bot.slash("escalate")
    other, ann = bot.page("bob"), bot.slack.person("ann")
    ann.open_home()
    await bot.quiet()
    assert ann.home is not None
    copies: dict[str, Message | View] = {"card": bot.card(), "page": page, "home": ann.home}

    await ann.click(copies[where], "Acknowledge")

    def everywhere() -> bool:
        told = [shown(bot, page), shown(bot, other), bot.card().words]
        home = ann.home.words if ann.home is not None else ""
        return all("cknowledged by Ann Lee" in words for words in told) and "Ann Lee has it" in home

    await bot.slack.until(everywhere, AT_ONCE)
    await bot.fast_forward(seconds=4)
    assert "Ann Lee acknowledged" in bot.thread()
    await bot.fast_forward(minutes=20)


async def test_all_who_acknowledge_at_the_same_moment_are_welcome(bot: BotHarness) -> None:
    page = await triggered(bot)
    people = [bot.slack.person(name) for name in ("ann", "bob", "cleo")]

    async with asyncio.TaskGroup() as group:
        presses = [
            group.create_task(person.click(target, "Acknowledge"))
            for person, target in zip(people, (page, bot.card(), bot.card()), strict=True)
        ]
    await bot.quiet()

    def whispers() -> list[str]:
        return [message.words for person in people for message in person.ephemerals()] + [
            message.words for message in bot.unread("ann") if "you are added" in message.words
        ]

    def welcomed() -> list[str]:
        return [words for words in whispers() if "You have" not in words]

    assert [press.result().error for press in presses] == ["", "", ""]
    assert all(name in bot.card().words for name in ("Ann Lee", "Bob Ray", "Cleo Diaz"))
    await bot.slack.until(lambda: len(welcomed()) == 2)
    assert all("already acknowledged by" in words and "you are added" in words for words in welcomed())
    assert len(whispers()) == 3
    for _ in bot.unread("ann"):
        bot.page("ann", "you are added")


@pytest.mark.row("A20")
async def test_a_button_that_has_been_overtaken_explains(bot: BotHarness) -> None:
    page = await triggered(bot)
    card = bot.card()
    await bot.click(card, "Acknowledge", by="bob")

    late = await bot.whispered(as_it_was(bot, card), "Acknowledge", by="bob")
    cannot = await bot.whispered(as_it_was(bot, page), "I can't", by="ann")
    await bot.slash("resolve it is over")
    resolved = await bot.whispered(as_it_was(bot, card), "Acknowledge", by="ann")

    assert "already" in late
    assert "Acknowledged by Bob Ray" in late
    assert "No action needed: INC-1 was acknowledged by Bob Ray" in cannot
    assert "already resolved by Ann Lee" in resolved
    assert "Resolved" in bot.card().words


async def test_i_cannot_pages_the_next_one_at_once(bot: BotHarness) -> None:
    page = await triggered(bot)

    await bot.whispered(page, "I can't", by="ann")

    bot.page("bob")
    assert "you can't" in shown(bot, page)
    await bot.slash("ack", by="bob")
    await bot.fast_forward(seconds=5)
    assert "Ann Lee" in bot.thread()


async def test_resolve_and_reopen_ask_why_and_keep_what_is_wrong_open(bot: BotHarness) -> None:
    page = await triggered(bot)
    ann = bot.slack.person("ann")

    await bot.click(page, "Acknowledge", by="ann")
    await bot.click(bot.card(), "Resolve", by="ann")
    assert ann.modal is not None
    stale = ann.modal
    await bot.submit(by="ann", summary="Rolled back", reason="Fixed")
    assert "Rolled back" in bot.card().words
    await bot.click(bot.card(), "Reopen", by="bob")
    await bot.submit(by="bob", reason="Errors are back")
    bot.page("ann")

    assert stale.title == "Resolve INC-1"
    assert "Triggered" in bot.card().words
    assert labels(bot.card().body)[:3] == ["Acknowledge", "Acknowledge for…", "Resolve"]
    await bot.slash("ack")


async def test_a_form_that_is_refused_keeps_what_was_typed(bot: BotHarness) -> None:
    page = await triggered(bot)
    await bot.click(page, "Acknowledge", by="ann")
    ann = bot.slack.person("ann")
    await bot.click(bot.card(), "Resolve", by="ann")
    await bot.slash("resolve I was faster", by="bob")

    refused = await bot.submit(by="ann", summary="A long story that took minutes to type")

    assert "already resolved by Bob Ray" in str(refused.errors)
    assert ann.modal is not None
    assert "A long story that took minutes to type" in str(ann.modal.state)
    assert "I was faster" in bot.card().words


async def test_the_menu_of_the_card_leads_to_every_form(bot: BotHarness) -> None:
    page = await triggered(bot)
    await bot.click(page, "Acknowledge", by="ann")

    await bot.click(bot.card(), "inc.more", by="ann", value="Add note")
    await bot.submit(by="ann", note="Looking at the proxy")
    await bot.click(bot.card(), "inc.more", by="ann", value="Page someone")
    await bot.submit(by="ann", people=["@cleo"], message="Do you know the proxy?")
    bot.page("cleo", "Do you know the proxy?")
    bot.page("ann", "Paging Cleo Diaz")
    await bot.slash("sev 3")
    await bot.click(bot.card(), "inc.more", by="ann", value="Change severity")
    await bot.submit(by="ann", severity="SEV1: customers cannot work")
    again = bot.page("ann", "SEV1")
    await bot.click(again, "Acknowledge", by="ann")
    await bot.click(bot.card(), "inc.more", by="ann", value="Snooze")
    await bot.submit(by="ann", span="15 minutes")
    await bot.fast_forward(seconds=5)

    assert "Snoozed by Ann Lee" in bot.card().words
    assert "Looking at the proxy" in bot.thread()
    await bot.click(bot.card(), "inc.more", by="ann", value="Escalate now")
    assert bot.unread("ann") or bot.unread("bob")
    for person in ("ann", "bob"):
        for _ in bot.unread(person):
            bot.page(person)
    await bot.slash("ack")


async def test_a_snooze_that_ends_pages_the_one_on_call_and_the_one_who_snoozed(bot: BotHarness) -> None:
    await triggered(bot)
    await bot.slash("snooze 30m", by="cleo")
    await bot.fast_forward(minutes=29.9)
    bot.silence()

    await bot.fast_forward(minutes=0.2)

    bot.page("ann")
    assert "had acknowledged it before" in bot.page("cleo").words
    await bot.slash("ack")


async def test_an_unacknowledgement_wakes_nobody_for_ten_seconds(bot: BotHarness) -> None:
    page = await triggered(bot)
    await bot.click(page, "Acknowledge", by="ann")

    await bot.click(bot.card(), "Unacknowledge", by="ann")
    await bot.fast_forward(seconds=8)
    bot.silence()
    await bot.fast_forward(seconds=3)

    bot.page("ann")
    await bot.slash("ack")


@pytest.mark.row("A19")
async def test_a_button_that_was_tampered_with_does_nothing(bot: BotHarness) -> None:
    await triggered(bot)
    card = bot.card()
    true = next(each for each in card.body["blocks"] if each["type"] == "actions")["elements"][0]["value"]

    for value in (true[:-2] + "zz", true.replace("1", "2", 3), "", "{}", "x" * 1900):
        body = {**card.body, "blocks": _with_value(card.body["blocks"], value)}
        forged = bot.slack.world.keep(replace(bot.card(), body=body))
        told = await bot.whispered(forged, "Acknowledge", by="cleo")
        assert "can't be used" in told

    await bot.slash("note still triggered")
    assert "Triggered" in bot.card().words or "TRIGGERED" in await bot.slash("show")
    await bot.slash("ack")


def _with_value(blocks: list[dict[str, object]], value: str) -> list[dict[str, object]]:
    def changed(element: dict[str, object]) -> dict[str, object]:
        return {**element, "value": value} if element.get("action_id") == "inc.ack" else element

    return [
        {**block, "elements": [changed(each) for each in block["elements"]]}  # type: ignore[attr-defined]  # Slack's JSON
        if block["type"] == "actions"
        else block
        for block in blocks
    ]
