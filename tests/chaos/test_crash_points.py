"""Killed at any step between the alert and the acknowledgement, the bot loses nothing and doubles nothing.

Every story is played on SQLite and on PostgreSQL.
"""

import signal

import pytest

from bot.sandbox.slack.faults import Fault, FaultKind
from bot.sandbox.slack.journal import Entry, Kind
from tests.chaos.night import Night, Nights, configuration

pytestmark = pytest.mark.chaos

CRASHES = [
    ("F01", "before_intake_commit:kill", "before the alert is written"),
    ("F02", "after_intake_commit:kill", "before Slack is answered"),
    ("F03", "before_climb_commit:kill", "before the step is written"),
    ("F04", "after_climb_commit:kill", "after the step is written"),
    ("F05", "before_claim_commit.page:kill", "before the page is claimed"),
    ("F05", "after_claim.page:kill", "before the page is sent"),
    ("F05", "after_claim.chat:kill", "before the card is sent"),
    ("F05", "after_claim.tracker:kill", "before the ticket is sent"),
    ("F07", "after_response.page:kill", "after the page was answered"),
    ("F07", "after_response.chat:kill", "after the card was answered"),
    ("F07", "after_response.tracker:kill", "after the ticket was answered"),
    ("F08", "before_record_commit.page:kill", "before the record is committed"),
    ("F08", "after_record_commit.page:kill", "after the record is committed"),
]


@pytest.mark.parametrize(
    "fault",
    [pytest.param(fault, marks=pytest.mark.row(row), id=f"{row} {name}") for row, fault, name in CRASHES],
)
async def test_killed_there_it_pages_once_all_the_same(fault: str, nights: Nights) -> None:
    async def story(play: Night) -> None:
        first = await play.start(fault)
        play.alert()
        assert await first.ended() == -signal.SIGKILL

        await play.start()

        await play.until(play.whole, 40)
        await play.calm(play.lease + 1)
        play.assert_once()
        assert play.paged("ann") == 1

    await nights(story)


@pytest.mark.row("F06")
@pytest.mark.parametrize("sort", ["page", "card", "thread"])
async def test_killed_while_slack_answers_it_finds_what_slack_took(sort: str, nights: Nights) -> None:
    async def story(play: Night) -> None:
        first = await play.start()

        def strike(entry: Entry) -> None:
            if entry.kind is Kind.MESSAGE and any(key.startswith(f"{sort}:") for key in play.accepted()):
                first.signal(signal.SIGKILL)

        ignore = play.slack.journal.listen(strike)
        play.alert()
        assert await first.ended() == -signal.SIGKILL
        ignore()

        await play.start()

        await play.until(play.whole, 40)
        await play.calm(play.lease + 1)
        play.assert_once()

    await nights(story)


@pytest.mark.row("F06")
async def test_killed_while_jira_answers_it_adopts_the_ticket(nights: Nights) -> None:
    async def story(play: Night) -> None:
        first = await play.start()
        play.jira.site.subscribe(lambda _: first.signal(signal.SIGKILL))
        play.alert()
        assert await first.ended() == -signal.SIGKILL

        await play.start()

        await play.until(lambda: play.cards() and "OPS-1" in play.cards()[0].words, 40)
        play.assert_once()
        assert play.tickets().total() == 1

    await nights(story)


@pytest.mark.row("F06")
async def test_killed_while_the_mail_server_answers_the_second_copy_has_the_same_name(nights: Nights) -> None:
    """Mail servers cannot be asked: a second copy may go out, which clients collapse by its name."""

    async def story(play: Night) -> None:
        first = await play.start()
        play.mail.subscribe(lambda _: first.signal(signal.SIGKILL))
        play.alert()
        assert await first.ended() == -signal.SIGKILL

        await play.start()

        await play.until(lambda: len(play.mail.inbox) == 2, 20)
        await play.calm(play.lease + 1)
        assert len({mail.message["Message-ID"] for mail in play.mail.inbox}) == 1
        assert len(play.mail.inbox) == 2

    await nights(story, config=configuration(methods="[{email: 0s}]"))


@pytest.mark.row("F09")
@pytest.mark.parametrize("fault", ["before_record_commit.page:kill", "after_record_commit.page:kill"])
async def test_killed_over_a_refused_page_the_next_method_is_used_once(fault: str, nights: Nights) -> None:
    async def story(play: Night) -> None:
        first = await play.start(fault)
        refused = Fault(kind=FaultKind.ERROR, method="conversations.open", error="user_disabled")
        play.slack.faults.add(refused)
        play.alert()
        assert await first.ended() == -signal.SIGKILL

        await play.start()

        await play.until(lambda: play.mail.inbox, 20)
        await play.calm(play.lease + 1)
        assert play.doubled() == {}
        assert [mail.recipients for mail in play.mail.inbox] == [("ann@example.com",)]

    await nights(story)


@pytest.mark.row("F10")
@pytest.mark.parametrize("fault", ["before_wish_commit:kill", "after_wish_commit:kill"])
async def test_killed_over_an_acknowledgement_it_is_whole_or_not_there(fault: str, nights: Nights) -> None:
    async def story(play: Night) -> None:
        first, ann = await play.start(fault), play.slack.person("ann")
        play.alert()
        await play.until(lambda: play.paged("ann") and play.cards(), 10)
        pressed = await ann.click(play.pages()[0], "Acknowledge")
        assert pressed.error, "nobody may be told that it is done"
        assert await first.ended() == -signal.SIGKILL

        await play.start()

        if fault.startswith("before"):
            assert "Acknowledged" not in play.cards()[0].words
            await ann.click(play.pages()[0], "Acknowledge")
        else:
            await ann.slash("/incident", "ack INC-1")
        await play.until(lambda: "Acknowledged" in play.cards()[0].words, 15)
        before = len(play.pages())
        await play.calm(7)
        assert len(play.pages()) == before, "the ladder climbs although somebody has it"
        play.assert_once()

    await nights(story, config=configuration(wait="6s"))
