"""Teaching from a message: what was read wrongly becomes the right incident, and ends when it is over."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import pytest

from bot.domain.lesson import Lesson
from bot.domain.people import Standing
from bot.domain.refused import Refused
from bot.ports import Tx
from bot.sandbox.slack.faults import Fault, FaultKind
from bot.sandbox.slack.people import Outcome
from bot.sandbox.slack.shapes import Json
from bot.sandbox.slack.workspace import Message
from tests.examples import actor
from tests.harness import BotHarness

SHORTCUT = "Teach Tocsin"


def cell(name: str, level: str, words: str) -> Json:
    """A bot of somebody's own: it says everything in words that nobody else would use, and is always grey."""
    return {
        "attachments": [
            {
                "color": "#888888",
                "title": "Cell report",
                "text": words,
                "fields": [{"title": "Cell", "value": name}, {"title": "Lamp", "value": level}],
            }
        ]
    }


AMBER = cell("north-7", "amber", "Plasma drifts off centre by 4 mm")
DARK = cell("north-7", "dark", "Plasma rests")
OTHER = cell("south-2", "amber", "Plasma drifts off centre by 9 mm")


def post(bot: BotHarness, payload: Json) -> Message:
    return bot.slack.integration("Grafana").post("#alerts", payload)


async def taught(
    bot: BotHarness, message: Message, changes: Mapping[str, object], *, by: str = "ann"
) -> Outcome:
    """Open the form from the message, correct it, try it."""
    await bot.slack.person(by).message_shortcut(SHORTCUT, message)
    return await bot.submit(by=by, **changes)


async def lessons(bot: BotHarness) -> list[Lesson]:
    def work(tx: Tx) -> list[Lesson]:
        return tx.lessons()

    return await bot.bot.store.read(work)


CORRECT: dict[str, object] = {
    "title": "attachments[0].text line 1",
    "key": ["field Cell"],
    "state": "field Lamp",
    "cleared": "dark",
    "severity": "sev1",
}


async def test_a_taught_bot_is_read_as_it_was_taught(bot: BotHarness) -> None:
    example = post(bot, cell("west-1", "amber", "Plasma drifts off centre by 2 mm"))
    await bot.quiet()
    bot.page("ann")  # the general reader can only guess
    await bot.slash("ack")

    tried = await taught(bot, example, CORRECT)
    assert tried.view is not None
    assert "1 incidents" in tried.view.words.replace("*", "")
    await bot.submit(by="ann")

    post(bot, AMBER)
    await bot.quiet()
    card = bot.card("Plasma drifts off centre by 4 mm")
    bot.page("ann", "Plasma drifts off centre by 4 mm")
    assert "SEV1" in card.words.upper()
    post(bot, AMBER)
    post(bot, OTHER)
    await bot.quiet()
    bot.page("ann", "Plasma drifts off centre by 9 mm")

    post(bot, DARK)
    await bot.quiet()

    assert "Resolved" in bot.card("by 4 mm").words
    assert "Resolved" not in bot.card("by 9 mm").words
    await bot.slash("ack INC-3")


async def test_the_trial_says_what_the_last_messages_would_have_become(bot: BotHarness) -> None:
    for payload in (AMBER, AMBER, OTHER, DARK, {"text": "good morning"}):
        example = post(bot, payload)
        example = post(bot, AMBER) if payload is DARK else example
    await bot.quiet()

    tried = await taught(bot, bot.slack.messages("#alerts")[0], CORRECT)

    assert tried.view is not None
    words = tried.view.words.replace("*", "")
    assert "6 are of this bot" in words
    for count in ("3 incidents", "1 repeats", "1 cleared", "1 unread"):
        assert count in words
    await taught_nothing(bot)


async def taught_nothing(bot: BotHarness) -> None:
    assert await lessons(bot) == []
    for number in range(1, 5):
        await bot.slash(f"ack INC-{number}")
    bot.read |= {(each.channel, each.ts) for each in bot.unread("ann")}


async def test_a_lesson_taught_again_is_another_version(bot: BotHarness) -> None:
    example = post(bot, AMBER)
    await bot.quiet()
    bot.page("ann")
    await bot.slash("ack")

    for phrases in ("dark", "dark, off"):
        await taught(bot, example, CORRECT | {"cleared": phrases})
        await bot.submit(by="ann")

    (lesson,) = await lessons(bot)
    assert (lesson.version, lesson.cleared, lesson.by) == (2, ("dark", "off"), "U0ANNLEE001")


async def test_the_channel_is_told_how_its_messages_are_read_and_that_they_are_no_more(
    bot: BotHarness,
) -> None:
    example = post(bot, AMBER)
    await bot.quiet()
    bot.page("ann")
    await bot.slash("ack")

    await taught(bot, example, CORRECT | {"ignored": "drill"})
    await bot.submit(by="ann")
    post(bot, cell("north-7", "amber", "Plasma drill"))
    await bot.quiet()

    (told,) = [each for each in bot.slack.messages("#alerts") if "taught how messages" in each.words]
    assert "Ann Lee taught how messages of a bot are read here" in told.words
    assert "Over when it says: “dark”" in told.words
    assert "No alert when it says: “drill”" in told.words
    (ignored,) = await bot.bot.store.read(lambda tx: tx.unread())
    assert ignored.integration == "news in C0ALERTS001"
    assert ignored.reason.endswith("ignores what says “drill”")

    (lesson,) = await lessons(bot)
    await bot.bot.desk.teaching.retire("r", lesson.name, replace(actor("ann"), slack_user="U0ANNLEE001"))
    await bot.quiet()
    assert any("retired the lesson" in each.words for each in bot.slack.messages("#alerts"))


async def test_people_are_not_taught_and_strangers_do_not_teach(bot: BotHarness) -> None:
    said = bot.slack.person("bob").say("#alerts", "the shop is down")
    example = post(bot, {"text": "All checks have passed"})
    await bot.quiet()

    for person, message, words in (("ann", said, "bots and integrations"), ("dan", example, "Guests")):
        somebody = bot.slack.person(person)
        await somebody.message_shortcut(SHORTCUT, message)
        await bot.quiet()
        await bot.slack.until(partial(somebody.ephemerals))
        assert words in somebody.ephemerals()[-1].words
        assert somebody.modal is None
    assert await lessons(bot) == []


async def test_a_history_that_slack_does_not_give_is_said_and_teaching_goes_on(bot: BotHarness) -> None:
    example = post(bot, {"text": "All checks have passed"})
    await bot.quiet()
    bot.slack.faults.add(Fault(kind=FaultKind.HANG, method="conversations.history", times=1, seconds=3))

    tried = await taught(bot, example, {"cleared": "passed"})

    assert tried.view is not None
    assert "can't be told now" in tried.view.words
    await bot.submit(by="ann")
    assert len(await lessons(bot)) == 1


async def test_a_lesson_is_retired_by_the_button_of_its_form_and_of_its_answer(bot: BotHarness) -> None:
    example = post(bot, AMBER)
    await bot.quiet()
    bot.page("ann")
    await taught(bot, example, CORRECT)
    await bot.submit(by="ann")
    person = bot.slack.person("ann")
    answer = person.ephemerals()[-1]

    assert "counts no more" in await bot.whispered(answer, "Retire it", by="ann")
    assert await lessons(bot) == []
    assert "that counts" in await bot.whispered(answer, "Retire it", by="ann")

    await taught(bot, example, CORRECT)
    await bot.submit(by="ann")
    (lesson,) = await lessons(bot)
    assert lesson.version == 2
    await person.message_shortcut(SHORTCUT, example)
    assert person.modal
    await bot.click(person.modal, "Retire it", by="ann")

    bot.page("ann", "counts no more")
    assert await lessons(bot) == []
    await bot.slash("ack")


async def test_whoever_may_not_teach_retires_nothing(bot: BotHarness) -> None:
    example = post(bot, AMBER)
    await bot.quiet()
    bot.page("ann")
    await taught(bot, example, CORRECT)
    await bot.submit(by="ann")
    (lesson,) = await lessons(bot)
    guest = replace(actor("dan"), standing=Standing.GUEST)

    with pytest.raises(Refused):
        await bot.bot.desk.teaching.retire("r", lesson.name, guest)

    assert await lessons(bot) == [lesson]
    await bot.slash("ack")


async def test_what_is_no_alert_or_ends_nothing_is_kept_where_it_can_be_found(bot: BotHarness) -> None:
    bot.errors.expect("alarm")
    post(bot, {"text": "ann pushed 3 commits to main"})
    post(bot, {"text": "Deployed web v1.2.3 to production by kim"})
    post(bot, {"text": "Backup of db-1 succeeded"})
    await bot.quiet()

    kept = await bot.bot.store.read(lambda tx: tx.unread())
    await bot.bot.ingress.unread.look()

    assert {(each.integration, each.body.split("\n")[0]) for each in kept} == {
        ("news in C0ALERTS001", "ann pushed 3 commits to main"),
        ("news in C0ALERTS001", "Deployed web v1.2.3 to production by kim"),
        ("channel C0ALERTS001", "Backup of db-1 succeeded"),
    }
    (told,) = bot.bot.alarms.standing.values()
    assert "from channel C0ALERTS001 (1)" in str(told), "nobody is alarmed about news"
    await bot.bot.store.write(lambda tx: tx.drop_unread([]))
    await bot.bot.ingress.unread.look()


async def test_the_trial_names_the_words_that_win_over_what_was_taught_as_an_end(bot: BotHarness) -> None:
    post(bot, {"text": "payments-api down since 03:12, fallback ok"})
    example = post(bot, {"text": "payments-api down since 03:10"})
    await bot.quiet()

    tried = await taught(bot, example, {"cleared": "ok"})

    assert tried.view is not None
    assert "says “ok” and is not over: “down” beside it wins" in tried.view.words
    await taught_nothing(bot)
