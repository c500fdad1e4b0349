"""Slack limits, lies, hangs and forgets: pages go out once all the same, by another way if need be."""

from datetime import timedelta

import pytest

from bot.demo import alerts
from bot.sandbox.slack.faults import Fault, FaultKind
from bot.sandbox.slack.targets import labels
from bot.sandbox.slack.workspace import TokenState
from tests.harness import BotHarness

POST = "chat.postMessage"


def conversation(bot: BotHarness, person: str = "ann") -> str:
    """The id of the bot's direct conversation with somebody."""
    world = bot.slack.world
    user = world.user(person)
    assert user
    return bot.slack.hub.feed.open_dm(world.app.user_id, user.id).id


def breaks(
    bot: BotHarness, kind: FaultKind, *, person: str = "ann", times: int | None = 1, **how: object
) -> None:
    """The next messages to that person fail."""
    channel = conversation(bot, person)
    bot.slack.faults.add(Fault(kind=kind, method=POST, channel=channel, times=times, **how))  # type: ignore[arg-type]  # its fields


def pages_of(bot: BotHarness, person: str = "ann") -> list[str]:
    """Every page that stands in a person's conversation."""
    return [message.words for message in bot.slack.dms(person) if message.metadata]


async def acknowledged(bot: BotHarness) -> None:
    """It is over for this test: nobody is paged any more."""
    await bot.slash("ack")
    bot.slack.faults.clear()


@pytest.mark.row("F52")
@pytest.mark.parametrize("wish", ["1", None, "abc"])
async def test_a_short_or_unreadable_wish_to_wait_delays_the_page_a_little(
    bot: BotHarness, wish: str | None
) -> None:
    breaks(bot, FaultKind.RATE_LIMITED, retry_after=wish)

    await bot.alert()
    await bot.fast_forward(seconds=5)

    bot.page("ann")
    assert len(pages_of(bot)) == 1
    await acknowledged(bot)


@pytest.mark.row("F52")
@pytest.mark.parametrize("wish", ["30", "3600"])
async def test_a_long_wish_to_wait_brings_the_next_contact_method_at_once(bot: BotHarness, wish: str) -> None:
    breaks(bot, FaultKind.RATE_LIMITED, retry_after=wish, times=None)

    await bot.alert()
    await bot.fast_forward(seconds=2)

    assert "ApiErrorRateHigh" in bot.mailed("ann@example.com")
    assert pages_of(bot) == []
    await acknowledged(bot)


@pytest.mark.row("F53")
async def test_ten_minutes_of_limits_on_everything_are_bridged_by_mail_and_told_once_afterwards(
    bot: BotHarness,
) -> None:
    storm = Fault(kind=FaultKind.RATE_LIMITED, method="*", retry_after="30")
    bot.slack.faults.add(storm, lasting=timedelta(minutes=10))

    bot.slack.integration("Alertmanager").post("#alerts", alerts.firing())
    await bot.fast_forward(seconds=25)
    bot.mailed("ann@example.com")
    await bot.fast_forward(minutes=5)
    bot.mailed("bob@example.com")
    asked = len(bot.slack.journal.calls(POST)) + len(bot.slack.journal.calls("chat.update"))
    await bot.fast_forward(minutes=5.5)

    assert asked < 60
    for person in ("ann", "bob"):
        for _ in bot.unread(person):
            bot.page(person)
    for _ in bot.mail.inbox[bot.mails :]:
        bot.mailed("@example.com")
    assert len(bot.cards()) == 1
    assert "Paged" in bot.card().words
    await acknowledged(bot)


@pytest.mark.row("F54")
@pytest.mark.parametrize("error", ["internal_error", "fatal_error", "http 500"])
async def test_an_error_after_delivering_is_looked_up_and_pages_once(bot: BotHarness, error: str) -> None:
    if error == "http 500":
        breaks(bot, FaultKind.STATUS, status=500, delivered=True)
    else:
        breaks(bot, FaultKind.ERROR, error=error, delivered=True)

    await bot.alert()
    await bot.fast_forward(seconds=30)

    bot.page("ann")
    assert len(pages_of(bot)) == 1
    await acknowledged(bot)


@pytest.mark.row("F54")
async def test_an_error_before_delivering_is_looked_up_and_sent_again(bot: BotHarness) -> None:
    breaks(bot, FaultKind.ERROR, error="internal_error", delivered=False)

    await bot.alert()
    await bot.fast_forward(seconds=30)

    bot.page("ann")
    assert len(pages_of(bot)) == 1
    await acknowledged(bot)


@pytest.mark.row("F55")
async def test_an_answer_that_comes_a_minute_late_pages_once(bot: BotHarness) -> None:
    breaks(bot, FaultKind.HANG, seconds=60.0)

    await bot.alert()
    await bot.fast_forward(seconds=30)

    bot.page("ann")
    assert len(pages_of(bot)) == 1
    await acknowledged(bot)


@pytest.mark.row("F56")
@pytest.mark.parametrize(
    ("kind", "delivered"), [(FaultKind.RESET, True), (FaultKind.RESET, False), (FaultKind.TORN, True)]
)
async def test_a_connection_that_is_cut_pages_once(bot: BotHarness, kind: FaultKind, delivered: bool) -> None:
    breaks(bot, kind, delivered=delivered)

    await bot.alert()
    await bot.fast_forward(seconds=30)

    bot.page("ann")
    assert len(pages_of(bot)) == 1
    await acknowledged(bot)


@pytest.mark.row("F57")
@pytest.mark.parametrize("error", ["channel_not_found", "is_archived", "not_in_channel", "restricted_action"])
async def test_without_its_channel_an_incident_pages_and_says_what_is_missing(
    bot: BotHarness, error: str
) -> None:
    bot.errors.expect("alarm")
    bot.slack.faults.add(Fault(kind=FaultKind.ERROR, method="chat.*", channel="C0INCIDENT1", error=error))

    await bot.alert()
    await bot.fast_forward(minutes=5.5)

    page = bot.page("ann")
    bot.page("bob")
    bot.mailed("ann@example.com")
    assert "ApiErrorRateHigh" in await bot.slash("show")
    assert "card" in await bot.slash("timeline")
    assert error in await bot.slash("timeline")
    bot.errors.expect("dead letters")
    await bot.bot.auditor.audit()
    assert "audit: dead letters" in await bot.notes()
    assert len([call for call in bot.slack.journal.calls(POST) if call.channel == "C0INCIDENT1"]) < 10
    await bot.click(page, "Acknowledge", by="ann")
    bot.slack.faults.clear()
    await bot.slash("note the channel is back")
    await bot.slash("sev 3")
    await bot.fast_forward(seconds=10)
    assert "Acknowledged" in bot.card().words


@pytest.mark.row("F58")
@pytest.mark.parametrize("state", [TokenState.REVOKED, TokenState.INACTIVE])
async def test_with_a_dead_token_pages_go_by_mail_and_all_is_told_afterwards(
    bot: BotHarness, state: TokenState
) -> None:
    await bot.slash("declare Before the outage sev4")
    bot.page("ann")
    bot.slack.world.app.token_state = state

    await bot.slash("escalate")
    began = bot.clock.now()
    await bot.fast_forward(seconds=29)

    assert "Before the outage" in bot.mailed("bob@example.com")
    assert bot.clock.now() - began < timedelta(seconds=60)
    await bot.slash("note one more try")
    await bot.fast_forward(seconds=29)
    assert str(state.value) in (await bot.notes())["slack"]
    bot.slack.world.app.token_state = TokenState.ACTIVE
    await bot.slash("ack")
    await bot.fast_forward(minutes=2)
    assert "slack" not in await bot.notes()
    assert "Acknowledged" in bot.card().words
    assert "one more try" in bot.thread()


@pytest.mark.row("F58")
async def test_a_missing_scope_is_named_and_people_are_reached_by_mail(bot: BotHarness) -> None:
    bot.slack.world.app.scopes.discard("im:write")

    await bot.alert()
    await bot.fast_forward(seconds=29)

    assert "ApiErrorRateHigh" in bot.mailed("ann@example.com")
    assert "missing_scope" in await bot.slash("timeline")
    bot.slack.world.app.scopes.add("im:write")
    await acknowledged(bot)
    await bot.forget_dead_letters()


@pytest.mark.row("F59", "F30")
async def test_who_cannot_be_reached_by_slack_is_mailed_at_once_and_the_next_rung_follows(
    bot: BotHarness,
) -> None:
    breaks(bot, FaultKind.ERROR, error="cannot_dm_bot", times=None)
    bot.mail.refuse = "550 no such mailbox"

    await bot.alert()
    await bot.fast_forward(seconds=5)

    bot.page("bob")
    bot.mail.refuse = None
    await acknowledged(bot)
    await bot.fast_forward(seconds=5)
    assert "cannot_dm_bot" in bot.thread()
    await bot.forget_dead_letters()


@pytest.mark.row("F60")
@pytest.mark.parametrize("error", ["invalid_blocks", "msg_too_long", "msg_blocks_too_long"])
async def test_a_page_that_is_refused_for_its_looks_goes_out_in_plain_words_at_once(
    bot: BotHarness, error: str
) -> None:
    breaks(bot, FaultKind.ERROR, error=error)

    await bot.alert()

    assert "INC-1 needs you" in bot.page("ann").words
    await acknowledged(bot)


@pytest.mark.row("F61")
async def test_events_that_come_twice_or_in_another_order_count_once(bot: BotHarness) -> None:
    alertmanager = bot.slack.integration("Alertmanager")
    bot.slack.faults.add(Fault(kind=FaultKind.DUPLICATE, times=1))
    await bot.alert()
    bot.page("ann")
    bot.slack.faults.add(Fault(kind=FaultKind.REORDER, times=1))
    alertmanager.post("#alerts", alerts.firing())
    alertmanager.post("#alerts", alerts.cleared())
    await bot.fast_forward(seconds=10)

    assert "Resolved" in bot.card().words
    assert "x4" not in bot.card().words


@pytest.mark.row("F64", "F65")
async def test_a_command_that_the_database_does_not_take_says_so_within_three_seconds(
    bot: BotHarness,
) -> None:
    await bot.alert()
    page = bot.page("ann")
    ann = bot.slack.person("ann")
    bot.errors.expect("a request")
    bot.slack.faults.add(Fault(kind=FaultKind.ERROR, method="response_url", error="expired_url"))

    async with bot.database_hangs():
        told = await ann.slash("/incident", "resolve INC-1 all is well")
        await ann.click(page, "Acknowledge")

    assert not told.error
    assert told.reply
    assert "NOT RECORDED" in told.reply.words
    assert "resolve INC-1 all is well" in told.reply.words
    await bot.quiet()
    for _ in bot.unread("ann"):
        assert "NOT RECORDED" in bot.page("ann", "").words
    bot.slack.faults.clear()
    await bot.slash("ack INC-1")
    await bot.fast_forward(seconds=20)  # a delivery that could not be recorded meanwhile keeps its lease
    assert "Acknowledged" in bot.card().words


@pytest.mark.row("F66")
async def test_a_card_that_somebody_deleted_is_posted_anew(bot: BotHarness) -> None:
    await bot.alert()
    page = bot.page("ann")
    old = bot.card()

    bot.slack.hub.feed.delete(old)
    await bot.click(page, "Acknowledge", by="ann")
    await bot.fast_forward(seconds=10)

    assert bot.card().ts != old.ts
    assert "Acknowledged" in bot.card().words
    await bot.click(bot.card(), "Unacknowledge", by="ann")
    assert "Acknowledge" in labels(bot.card().body)
    await bot.slash("resolve over")


@pytest.mark.row("F66")
async def test_a_page_that_somebody_deleted_hinders_nothing(bot: BotHarness) -> None:
    await bot.alert()
    bot.slack.hub.feed.delete(bot.page("ann"))

    await bot.slash("ack", by="bob")
    await bot.fast_forward(seconds=10)

    assert "Acknowledged" in bot.card().words
