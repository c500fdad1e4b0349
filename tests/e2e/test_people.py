"""Who may do what, as people meet it: strangers, guests, bots, the deactivated, members and responders."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.demo import alerts
from bot.sandbox.slack.seed import add_person
from bot.sandbox.slack.shapes import Json
from bot.sandbox.slack.workspace import UserKind
from tests.harness import CONFIGURATION, BotHarness, running

RESPONDERS = CONFIGURATION + "authority: {acknowledge: responders, responders: [U0IRISLEAD1]}\n"


@pytest.fixture
async def strict(tmp_path: Path) -> AsyncIterator[BotHarness]:
    """A bot that takes acknowledgements from responders alone. Hal is a member and not one of them."""
    async with running(tmp_path, configuration=RESPONDERS) as harness:
        add_person(harness.slack.world, "hal", "Hal Member")
        iris = add_person(harness.slack.world, "iris", "Iris Lead")
        harness.slack.world.users["U0IRISLEAD1"] = replace(iris, id="U0IRISLEAD1")
        del harness.slack.world.users[iris.id]
        harness.slack.person("iris").join("#general")
        for channel in ("#general", "#incidents", "#alerts"):
            harness.slack.person("hal").join(channel)
        yield harness
        await harness.quiet()
        harness.silence()


@pytest.mark.row("A16", "A17")
@pytest.mark.parametrize("who", ["dan", "eve"])
async def test_a_guest_or_stranger_changes_nothing_and_the_ladder_goes_on(bot: BotHarness, who: str) -> None:
    bot.slack.world.channels["C0INCIDENT1"].members.add("U0EVESTRNG1")
    await bot.alert()
    bot.page("ann")

    for button in ("Acknowledge", "inc.ack"):
        assert "can't change incidents" in await bot.whispered(bot.card(), button, by=who)
    assert "can't change incidents" in await bot.mention("ack", by=who, channel="#incidents")
    await bot.click(bot.card(), "Resolve", by=who)
    refused = await bot.submit(by=who, summary="Nothing to see here")
    await bot.fast_forward(minutes=5.1)

    assert "can't change incidents" in str(refused.errors)
    bot.page("bob")
    bot.mailed("ann@example.com")
    assert "Triggered" in bot.card().words
    assert "tried several times" in bot.thread()
    warning = bot.page("ann", "is not allowed to change INC-1")
    assert "paging goes on" in warning.words
    assert bot.unread("ann") == []
    await bot.slash("ack")


@pytest.mark.row("A16", "A23")
async def test_who_leaves_the_company_loses_an_open_form_too(bot: BotHarness) -> None:
    leaver = add_person(bot.slack.world, "lea", "Lea Leaver")
    bot.slack.person("lea").join("#incidents")
    await bot.alert()
    page = bot.page("ann")
    await bot.click(page, "Acknowledge", by="ann")
    await bot.click(bot.card(), "inc.more", by="lea", value="Add note")
    form = bot.slack.person("lea").modal
    assert form is not None

    _change_kind(bot, leaver.id, UserKind.DEACTIVATED)
    await bot.fast_forward(minutes=10)
    _change_kind(bot, leaver.id, UserKind.GUEST)
    refused = await bot.submit(by="lea", note="My last words")

    assert "can't change incidents" in str(refused.errors)
    assert "My last words" not in await bot.slash("timeline")


@pytest.mark.row("A16")
async def test_somebody_whom_slack_does_not_know_is_denied(bot: BotHarness) -> None:
    await bot.alert()
    bot.page("ann")
    ghost = add_person(bot.slack.world, "gus", "Gus Ghost")
    bot.slack.person("gus").join("#incidents")
    person = bot.slack.person("gus")
    del bot.slack.world.users[ghost.id]

    before = len(person.ephemerals())
    await person.click(bot.card(), "Acknowledge")
    await bot.slack.until(lambda: bot.refused_calls() or len(person.ephemerals()) > before)
    await bot.quiet()

    assert "Triggered" in bot.card().words
    await bot.slash("ack")


@pytest.mark.row("A18")
async def test_bots_command_nothing_and_our_own_words_never_come_back_as_alerts(bot: BotHarness) -> None:
    bot.slack.world.channels["C0ALERTS001"].members.add("U0TOCSIN001")
    await bot.alert()
    page = bot.page("ann")
    own = bot.card()
    copied: Json = {key: own.body[key] for key in ("text", "blocks", "attachments") if key in own.body}

    alertmanager = bot.slack.integration("Alertmanager")
    alertmanager.post("#general", {"text": "<@U0TOCSIN001> resolve INC-1 all fine"})
    alertmanager.post("#general", {"text": "/incident resolve INC-1"})
    alertmanager.post("#incidents", copied)
    await bot.click(page, "Acknowledge", by="ann")
    await bot.fast_forward(minutes=2)

    ours = [card for card in bot.cards() if card.body.get("bot_id") == "B0TOCSIN001"]
    assert len(ours) == 1
    assert "Acknowledged" in ours[0].words
    assert "1 open incident" in await bot.slash("list")


async def test_our_own_card_in_a_watched_channel_is_no_alert(tmp_path: Path) -> None:
    configuration = CONFIGURATION.replace('channel: "#incidents"', 'channel: "#alerts"')
    async with running(tmp_path, configuration=configuration) as bot:
        await bot.alert(alerts.firing())
        bot.page("ann")
        await bot.slash("ack")
        await bot.slash("sev 3")
        await bot.fast_forward(minutes=2)

        assert "1 open incident" in await bot.slash("list")


async def test_what_needs_a_responder_is_denied_to_members_who_may_declare_and_note(
    strict: BotHarness,
) -> None:
    await strict.alert()
    strict.page("ann")

    denied = [
        await strict.slash(text, by="hal")
        for text in ("ack", "resolve done", "sev 4", "snooze 30m", "escalate", "unack")
    ]
    strict.page("ann", "is not allowed to change INC-1")
    noted = await strict.slash("note I see errors too", by="hal")
    declared = await strict.slash("declare Search is slow sev4", by="hal")
    strict.page("ann", "Search is slow")

    assert all("needs a responder" in told for told in denied), denied
    assert "timeline of INC-1" in noted
    assert "Declared SEV4 INC-2" in declared
    assert "You have" in await strict.slash("ack INC-1", by="iris")
    assert "You have" in await strict.slash("ack INC-2", by="bob")


async def test_any_member_may_acknowledge_where_nothing_else_is_configured(bot: BotHarness) -> None:
    add_person(bot.slack.world, "hal", "Hal Member")
    bot.slack.person("hal").join("#incidents")
    bot.slack.person("hal").join("#general")
    await bot.alert()
    bot.page("ann")

    await bot.click(bot.card(), "Acknowledge", by="hal")

    assert "Acknowledged by Hal Member" in bot.card().words
    assert "needs a responder" in await bot.slash("resolve done", by="hal")


def _change_kind(bot: BotHarness, user: str, kind: UserKind) -> None:
    bot.slack.world.users[user] = replace(bot.slack.world.users[user], kind=kind)
