"""Keeping alerts quiet from chat: seen by everybody, ended by itself, and never sev1 by one person alone."""

import json

from bot.demo import alerts
from bot.sandbox.slack.workspace import Message
from tests.harness import BotHarness

MILD = json.loads(json.dumps(alerts.firing()).replace("critical", "warning"))
HIDES = "hides 1 alert now"


async def home(bot: BotHarness, who: str) -> str:
    """What somebody's Home tab shows."""
    person = bot.slack.person(who)
    person.open_home()
    await bot.quiet()
    assert person.home
    return person.home.words


def said(bot: BotHarness, channel: str) -> list[str]:
    """What the bot said in a channel."""
    return [each.words for each in bot.slack.messages(channel)]


async def test_a_silence_hides_an_alert_and_tells_so_when_it_ends(bot: BotHarness) -> None:
    told = await bot.slash("silence source=alertmanager 1h the disk is <!channel> new")
    assert "Silence until" in told
    assert "would have hidden nothing" in told

    await bot.alert(MILD)

    assert bot.cards() == []
    assert HIDES in await bot.slash("silence list", by="bob")
    assert HIDES in await home(bot, "cleo")
    assert "<!channel>" not in await home(bot, "cleo")
    await bot.fast_forward(minutes=59)
    assert bot.cards() == []

    await bot.fast_forward(minutes=1, seconds=10)

    assert "Triggered" in bot.card().words
    bot.page("ann", "It hid 1 alert; 1 of them still fires")
    bot.page("ann", "INC-")
    assert "The silence of Ann Lee is over" in said(bot, "#general")[-1]
    assert "Nothing is kept quiet" in await bot.slash("silence list")
    assert "Kept quiet" not in await home(bot, "cleo")
    await bot.slash("ack INC-1")


async def test_a_form_shows_what_would_have_been_hidden_before_it_hides(bot: BotHarness) -> None:
    await bot.alert(MILD)
    bot.page("ann")
    await bot.slash("ack INC-1")

    await bot.slash("silence INC-1")
    outcome = await bot.submit(by="ann", why="we know")
    assert outcome.errors == {}
    shown = bot.slack.person("ann").modal
    assert shown
    assert "In the last 7 days it would have hidden 1 alert of 1 incident" in shown.words
    assert "Nothing is kept quiet" in await bot.slash("silence list", by="bob")
    await bot.submit(by="ann")

    assert bot.slack.person("ann").modal is None
    bot.page("ann", "Silence until")
    assert "we know" in await bot.slash("silence list", by="bob")
    await bot.fast_forward(minutes=61)
    await bot.fast_forward(seconds=5)
    thread = bot.thread()
    assert "silence until" in thread
    assert "The silence of Ann Lee is over" in thread


async def test_a_form_that_would_hide_everything_stays_open(bot: BotHarness) -> None:
    await bot.slash("silence")

    assert "not everything" in str((await bot.submit(by="ann", why="x")).errors)
    wrong = await bot.submit(by="ann", conditions='host =~ "(?=x)"', why="x")

    assert "RE2" in str(wrong.errors)


async def test_sev1_waits_for_the_word_of_a_second_person(bot: BotHarness) -> None:
    told = await bot.slash("silence source=alertmanager --sev1 1h new disk")
    mark = told.split("approve #")[1][:6]
    (asked,) = bot.cards()
    assert "Until somebody else approves, sev1 pages" in asked.words

    assert "Somebody else has to approve it" in await bot.slash(f"silence approve #{mark}")
    assert "Approved" in await bot.slash(f"silence approve #{mark}", by="bob")

    assert "sev1 too (Bob Ray)" in await bot.slash("silence list")
    assert "Ended" in await bot.slash("silence undo")
    await bot.alert()
    bot.page("ann")
    await bot.slash("ack INC-1")


async def test_maintenance_stops_a_ladder_and_pages_again_at_its_end(bot: BotHarness) -> None:
    await bot.alert(MILD)
    bot.page("ann")

    assert "Maintenance until" in await bot.slash("maintenance checkout 30m new release", by="bob")
    await bot.fast_forward(minutes=29)

    assert "Snoozed" in bot.card().words
    assert "snoozed it until" in bot.thread()
    await bot.fast_forward(minutes=1, seconds=10)
    assert "Triggered" in bot.card().words
    bot.page("ann")
    bot.page("bob", "It hid nothing")
    await bot.slash("ack INC-1")


async def test_a_mention_in_the_thread_silences_what_the_incident_is_about(bot: BotHarness) -> None:
    await bot.alert(MILD)
    bot.page("ann")
    await bot.slash("ack INC-1")

    told = await bot.mention("silence 2h we know", thread=bot.card(), channel="#incidents")

    assert "Silence until" in told
    assert 'alertname="' in told
    await bot.fast_forward(seconds=5)
    assert "silence until" in bot.thread()
    assert "Ended" in await bot.slash("silence undo")
    assert "Nothing is kept quiet" in await bot.slash("silence list")


async def test_a_guest_silences_nothing(bot: BotHarness) -> None:
    told = await bot.slash("silence source=alertmanager 1h quiet please", by="dan")

    assert "can't change what is kept quiet" in told
    assert "Nothing is kept quiet" in await bot.slash("silence list")


async def test_a_silence_is_taken_back_by_the_button_below_its_answer(bot: BotHarness) -> None:
    answer = await reply(bot, "silence source=alertmanager 1h new disk")

    told = await bot.whispered(answer, "Undo", by="ann")

    assert "Ended" in told
    assert "Nothing is kept quiet" in await bot.slash("silence list")
    await bot.fast_forward(seconds=5)


async def test_after_half_a_minute_a_silence_is_ended_and_not_taken_back(bot: BotHarness) -> None:
    answer = await reply(bot, "silence source=alertmanager 1h new disk")
    await bot.fast_forward(seconds=31)

    late = await bot.whispered(answer, "Undo", by="ann")
    told = await bot.whispered(answer, "End it", by="ann")

    assert "30 seconds" in late
    assert "Ended" in told
    await bot.fast_forward(seconds=5)
    bot.page("ann", "is over, ended by Ann Lee")


async def test_anybody_who_may_ends_a_silence_from_the_home_tab(bot: BotHarness) -> None:
    await bot.slash("silence source=alertmanager 1h new disk")
    await bot.alert(MILD)
    person = bot.slack.person("bob")
    assert HIDES in await home(bot, "bob")
    assert person.home is not None

    await bot.click(person.home, "End it", by="bob")
    await bot.fast_forward(seconds=5)

    assert "Kept quiet" not in await home(bot, "bob")
    bot.page("ann", "ended by Bob Ray")
    bot.page("ann", "INC-")
    bot.page("bob", "Ended")
    await bot.slash("ack INC-1")


async def test_a_guest_ends_no_silence_from_the_home_tab(bot: BotHarness) -> None:
    await bot.slash("silence source=alertmanager 1h new disk")
    assert "new disk" in await home(bot, "dan")
    shown = bot.slack.person("dan").home
    assert shown is not None

    await bot.click(shown, "End it", by="dan")

    bot.page("dan", "can't change what is kept quiet")
    assert "new disk" in await bot.slash("silence list")
    await bot.slash("silence undo")


async def reply(bot: BotHarness, text: str) -> Message:
    """The answer to a command, with its buttons."""
    outcome = await bot.slack.person("ann").slash("/incident", text)
    await bot.quiet()
    assert outcome.reply
    return outcome.reply
