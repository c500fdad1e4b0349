"""Pages by Slack: never lost, never doubled, and never a stranger's."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.clock import ShiftedClock
from bot.delivery.slack.messages import Messages
from bot.delivery.slack.pages import SlackPageRefresh, SlackPages
from bot.domain.alert import MessageRef
from bot.domain.commands import PageSent
from bot.domain.effects import Announce, PageChannel, RefreshPages
from bot.domain.incident import Acknowledgement, Status
from bot.domain.ladder import FIRST_STEP
from bot.domain.people import MethodKind
from bot.errors import DeliveryError, Outcome
from bot.ports import SentPage
from bot.sandbox.slack.faults import Fault, FaultKind
from bot.sandbox.slack.server import SlackServer
from tests.delivery.effects import ANN_ID, CHANNEL, FAY_ID, a_job, a_page, again, an_incident, by_slack
from tests.delivery.slack.conftest import SEAL
from tests.examples import NOW, actor

POST, UPDATE = "chat.postMessage", "chat.update"
REFRESH = RefreshPages(key="pages:01k")


@pytest.fixture
def carrier(messages: Messages, clock: ShiftedClock) -> SlackPages:
    return SlackPages(messages, SEAL, clock)


@pytest.fixture
def refresh(messages: Messages, clock: ShiftedClock) -> SlackPageRefresh:
    return SlackPageRefresh(messages, SEAL, clock)


async def test_a_person_is_paged_in_their_direct_conversation(
    carrier: SlackPages, slack: SlackServer, clock: ShiftedClock
) -> None:
    receipt = await carrier.carry(a_job(a_page(), clock, an_incident(), **by_slack()))

    (message,) = slack.dms(ANN_ID)
    assert message.text.startswith("PAGE SEV2 INC-7")
    assert receipt.ref is not None
    assert receipt.ref.channel.startswith("D")
    assert receipt.ref.ts == message.ts
    assert receipt.answer == PageSent(person="Ann", method=MethodKind.SLACK)


async def test_the_direct_conversation_is_opened_once(
    carrier: SlackPages, slack: SlackServer, clock: ShiftedClock
) -> None:
    for key in ("one", "two"):
        await carrier.carry(a_job(a_page(key=key), clock, an_incident(), **by_slack()))

    assert len(slack.journal.calls("conversations.open")) == 1
    assert len(slack.dms(ANN_ID)) == 2


@pytest.mark.row("F59")
async def test_somebody_who_left_is_a_rejection(
    carrier: SlackPages, slack: SlackServer, clock: ShiftedClock
) -> None:
    with pytest.raises(DeliveryError) as caught:
        await carrier.carry(a_job(a_page(), clock, an_incident(), **by_slack(FAY_ID)))

    assert caught.value.outcome is Outcome.REJECTED


async def test_a_person_without_that_method_is_a_rejection(carrier: SlackPages, clock: ShiftedClock) -> None:
    with pytest.raises(DeliveryError) as caught:
        await carrier.carry(a_job(a_page(), clock, an_incident()))

    assert (caught.value.outcome, caught.value.reason) == (Outcome.REJECTED, "no_contact_method")


async def test_a_conversation_that_cannot_be_opened_leaves_no_doubt(
    carrier: SlackPages, slack: SlackServer, clock: ShiftedClock
) -> None:
    slack.faults.add(Fault(kind=FaultKind.HANG, method="conversations.open"))

    with pytest.raises(DeliveryError) as caught:
        await carrier.carry(a_job(a_page(), clock, an_incident(), **by_slack()))

    assert caught.value.outcome is Outcome.NOT_SENT


@pytest.mark.row("F54", "F55")
@pytest.mark.parametrize("kind", [FaultKind.RESET, FaultKind.HANG, FaultKind.DOWN])
@pytest.mark.parametrize("delivered", [True, False])
async def test_an_uncertain_page_is_found_exactly_when_it_got_through(
    carrier: SlackPages, slack: SlackServer, clock: ShiftedClock, kind: FaultKind, delivered: bool
) -> None:
    slack.faults.add(Fault(kind=kind, method=POST, delivered=delivered, times=1))
    job = a_job(a_page(), clock, an_incident(), **by_slack())
    with pytest.raises(DeliveryError) as caught:
        await carrier.carry(job)
    clock.advance(timedelta(seconds=2))

    found = await carrier.look_up(again(job, clock))

    assert caught.value.outcome is Outcome.UNKNOWN
    assert (found is not None) == delivered == bool(slack.dms(ANN_ID))
    if found is not None:
        assert found.ref is not None
        assert found.ref.ts == slack.dms(ANN_ID)[0].ts
        assert found.answer == PageSent(person="Ann", method=MethodKind.SLACK)


async def test_a_look_up_reads_past_what_was_said_since(
    carrier: SlackPages, slack: SlackServer, clock: ShiftedClock, messages: Messages
) -> None:
    slack.faults.add(Fault(kind=FaultKind.RESET, method=POST, delivered=True, times=1))
    job = a_job(PageChannel(key="k", channel=CHANNEL, epoch=1, step=FIRST_STEP), clock, an_incident())
    with pytest.raises(DeliveryError):
        await carrier.carry(job)
    for number in range(250):
        slack.hub.feed.post(
            slack.world.channels[CHANNEL], {"type": "message", "text": f"chatter {number}", "user": ANN_ID}
        )

    found = await carrier.look_up(again(job, clock))

    assert found is not None
    assert len(slack.journal.calls("conversations.history")) == 2


@pytest.mark.row("F60")
@pytest.mark.parametrize("code", ["invalid_blocks", "msg_too_long", "metadata_too_large"])
async def test_a_page_that_slack_refuses_to_show_goes_out_in_plain_words_at_once(
    carrier: SlackPages, slack: SlackServer, clock: ShiftedClock, code: str
) -> None:
    slack.faults.add(Fault(kind=FaultKind.ERROR, error=code, method=POST, times=1))

    await carrier.carry(a_job(a_page(), clock, an_incident(), **by_slack()))

    (message,) = slack.dms(ANN_ID)
    assert message.text == "INC-7 needs you; its details could not be rendered."
    assert not message.body.get("blocks")
    assert bool(message.metadata) == (code != "metadata_too_large")


async def test_a_page_that_cannot_be_rendered_goes_out_all_the_same(
    carrier: SlackPages, slack: SlackServer, clock: ShiftedClock
) -> None:
    broken = an_incident(title=None)

    await carrier.carry(a_job(a_page(), clock, broken, **by_slack()))

    (message,) = slack.dms(ANN_ID)
    assert message.text == "INC-7 needs you; its details could not be rendered."
    assert message.metadata is not None
    assert message.metadata["event_payload"]["key"] == a_page().key


async def test_a_channel_is_paged_by_name(
    carrier: SlackPages, slack: SlackServer, clock: ShiftedClock
) -> None:
    effect = PageChannel(key="k", channel="#payments", epoch=1, step=FIRST_STEP)

    receipt = await carrier.carry(a_job(effect, clock, an_incident()))

    assert len(slack.messages("C0PAYMENTS1")) == 1
    assert receipt.answer == PageSent(person="#payments", method=MethodKind.SLACK)


async def test_an_announcement_stands_in_the_incidents_channel(
    carrier: SlackPages, slack: SlackServer, clock: ShiftedClock
) -> None:
    effect = Announce(key="k", about="nobody", epoch=1, step=FIRST_STEP, nobody=("primary",))

    receipt = await carrier.carry(a_job(effect, clock, an_incident()))

    (message,) = slack.messages(CHANNEL)
    assert "NOBODY ON CALL for primary" in message.text
    assert receipt.answer is None


async def test_pages_show_that_no_action_is_needed_any_more(
    carrier: SlackPages, refresh: SlackPageRefresh, slack: SlackServer, clock: ShiftedClock
) -> None:
    receipt = await carrier.carry(a_job(a_page(), clock, an_incident(), **by_slack()))
    assert receipt.ref is not None
    sent = SentPage(effect=a_page(), ref=receipt.ref)
    mine = Acknowledgement(by=actor("bob"), at=NOW)
    done = an_incident(status=Status.ACKNOWLEDGED, acknowledgements=(mine,), version=9)

    await refresh.carry(a_job(REFRESH, clock, done, pages=(sent,)))

    (message,) = slack.dms(ANN_ID)
    assert "No action needed: acknowledged by Bob" in message.text


@pytest.mark.row("F66")
async def test_a_page_that_is_gone_does_not_keep_the_others_from_being_refreshed(
    carrier: SlackPages, refresh: SlackPageRefresh, slack: SlackServer, clock: ShiftedClock
) -> None:
    receipt = await carrier.carry(a_job(a_page(), clock, an_incident(), **by_slack()))
    assert receipt.ref is not None
    gone = SentPage(effect=a_page(), ref=MessageRef(channel=receipt.ref.channel, ts="1.000001"))
    sent = SentPage(effect=a_page(), ref=receipt.ref)
    over = an_incident(status=Status.RESOLVED, version=9)

    await refresh.carry(a_job(REFRESH, clock, over, pages=(gone, sent)))

    assert "No action needed" in slack.dms(ANN_ID)[0].text


async def test_a_refresh_that_failed_half_way_goes_on_where_it_stopped(
    carrier: SlackPages, refresh: SlackPageRefresh, slack: SlackServer, clock: ShiftedClock
) -> None:
    pages = []
    for key in ("one", "two", "three"):
        receipt = await carrier.carry(a_job(a_page(key=key), clock, an_incident(), **by_slack()))
        assert receipt.ref is not None
        pages.append(SentPage(effect=a_page(key=key), ref=receipt.ref))
    over = an_incident(status=Status.RESOLVED, version=9)
    job = a_job(REFRESH, clock, over, pages=(pages[0], pages[1]))
    await refresh.carry(job)
    slack.faults.add(Fault(kind=FaultKind.DOWN, method=UPDATE, times=1))
    whole = replace(job, pages=tuple(pages))
    with pytest.raises(DeliveryError):
        await refresh.carry(whole)

    await refresh.carry(whole)

    assert len(slack.journal.calls(UPDATE)) == 4
    assert all("No action needed" in message.text for message in slack.dms(ANN_ID))
