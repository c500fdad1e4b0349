"""The card and its thread, against a Slack that refuses, forgets and hangs up."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.clock import ShiftedClock
from bot.delivery.failures import Withheld
from bot.delivery.slack.cards import SlackCard, SlackThread
from bot.delivery.slack.directory import SlackDirectory
from bot.delivery.slack.messages import Messages
from bot.domain.alert import MessageRef
from bot.domain.commands import CardPosted, ThreadPosted
from bot.domain.effects import PostThread, RefreshCard
from bot.domain.incident import Incident
from bot.domain.people import SYSTEM
from bot.domain.timeline import Entry, EntryKind
from bot.errors import DeliveryError, Outcome
from bot.render.sight import facts
from bot.sandbox.slack.faults import Fault, FaultKind
from bot.sandbox.slack.server import SlackServer
from tests.delivery.effects import CHANNEL, a_job, again, an_incident
from tests.delivery.slack.conftest import SEAL, Open
from tests.examples import NOW

CARD = RefreshCard(key="card:01k")
THREAD = PostThread(key="thread:01k")
POST, UPDATE = "chat.postMessage", "chat.update"


@pytest.fixture
def carrier(messages: Messages, clock: ShiftedClock) -> SlackCard:
    return SlackCard(messages, SEAL, clock)


@pytest.fixture
def thread(messages: Messages) -> SlackThread:
    return SlackThread(messages)


async def posted(carrier: SlackCard, clock: ShiftedClock) -> Incident:
    """An incident whose card stands."""
    receipt = await carrier.carry(a_job(CARD, clock, an_incident()))
    assert isinstance(receipt.answer, CardPosted)
    return an_incident(card=receipt.answer.card, permalink=receipt.answer.permalink)


def entries(*numbers: int) -> tuple[Entry, ...]:
    return tuple(
        Entry(seq=seq, at=NOW, kind=EntryKind.NOTE, by=SYSTEM, facts={"text": f"note {seq}"})
        for seq in numbers
    )


async def test_the_first_card_is_posted_with_its_key_and_without_unfurling(
    carrier: SlackCard, slack: SlackServer, clock: ShiftedClock
) -> None:
    receipt = await carrier.carry(a_job(CARD, clock, an_incident()))

    (message,) = slack.messages(CHANNEL)
    (call,) = slack.journal.calls(POST)
    ref = MessageRef(channel=CHANNEL, ts=message.ts)
    assert message.metadata is not None
    assert message.metadata["event_type"] == "tocsin_effect"
    assert message.metadata["event_payload"] == {"key": CARD.key, **facts(an_incident())}
    assert (call.payload["unfurl_links"], call.payload["unfurl_media"]) == (False, False)
    assert "link_names" not in call.payload
    assert receipt.ref == ref
    assert isinstance(receipt.answer, CardPosted)
    assert receipt.answer.card == ref
    assert receipt.answer.permalink is not None
    assert CHANNEL in receipt.answer.permalink


async def test_a_channel_may_be_named_instead_of_its_id(
    carrier: SlackCard, slack: SlackServer, clock: ShiftedClock
) -> None:
    incident = an_incident()
    incident = replace(incident, service=replace(incident.service, channel="#incidents"))

    await carrier.carry(a_job(CARD, clock, incident))

    assert len(slack.messages(CHANNEL)) == 1


async def test_a_channel_that_does_not_exist_is_rejected(
    carrier: SlackCard, slack: SlackServer, clock: ShiftedClock
) -> None:
    incident = an_incident()
    incident = replace(incident, service=replace(incident.service, channel="#nowhere"))

    with pytest.raises(DeliveryError) as caught:
        await carrier.carry(a_job(CARD, clock, incident))

    assert (caught.value.outcome, caught.value.reason) == (Outcome.REJECTED, "channel_not_found")
    assert slack.journal.calls(POST) == []


async def test_a_card_that_stands_is_edited(
    carrier: SlackCard, slack: SlackServer, clock: ShiftedClock
) -> None:
    incident = await posted(carrier, clock)

    receipt = await carrier.carry(a_job(CARD, clock, replace(incident, title="Everything is slow")))

    (message,) = slack.messages(CHANNEL)
    assert "Everything is slow" in message.text
    assert (receipt.ref, receipt.answer) == (incident.card, None)


@pytest.mark.row("F66")
async def test_a_deleted_card_is_posted_anew(
    carrier: SlackCard, slack: SlackServer, clock: ShiftedClock
) -> None:
    incident = await posted(carrier, clock)
    slack.hub.feed.delete(slack.messages(CHANNEL)[0])

    receipt = await carrier.carry(a_job(CARD, clock, incident))

    (message,) = slack.messages(CHANNEL)
    assert isinstance(receipt.answer, CardPosted)
    assert receipt.answer.card.ts == message.ts != (incident.card and incident.card.ts)


async def test_a_card_without_a_permalink_learns_it_later(
    carrier: SlackCard, slack: SlackServer, clock: ShiftedClock
) -> None:
    slack.faults.add(Fault(kind=FaultKind.HANG, method="chat.getPermalink", times=1))
    first = await carrier.carry(a_job(CARD, clock, an_incident()))
    assert isinstance(first.answer, CardPosted)

    second = await carrier.carry(a_job(CARD, clock, an_incident(card=first.answer.card)))

    assert first.answer.permalink is None
    assert isinstance(second.answer, CardPosted)
    assert second.answer.card == first.answer.card
    assert second.answer.permalink is not None


async def test_a_slow_permalink_does_not_put_a_card_in_doubt_that_stands(
    open_client: Open, directory: SlackDirectory, slack: SlackServer, clock: ShiftedClock
) -> None:
    patient = Messages(open_client(limit=5), directory, clock)
    slack.faults.add(Fault(kind=FaultKind.HANG, method="chat.getPermalink"))
    began = clock.monotonic()

    receipt = await SlackCard(patient, SEAL, clock).carry(a_job(CARD, clock, an_incident()))

    assert isinstance(receipt.answer, CardPosted)
    assert clock.monotonic() - began < 3


@pytest.mark.row("F54")
@pytest.mark.parametrize("kind", [FaultKind.RESET, FaultKind.HANG, FaultKind.DOWN, FaultKind.TORN])
async def test_a_card_that_got_through_is_found_and_not_posted_twice(
    carrier: SlackCard, slack: SlackServer, clock: ShiftedClock, kind: FaultKind
) -> None:
    slack.faults.add(Fault(kind=kind, method=POST, delivered=True, times=1))
    job = a_job(CARD, clock, an_incident())
    with pytest.raises(DeliveryError) as caught:
        await carrier.carry(job)
    clock.advance(timedelta(seconds=2))

    found = await carrier.look_up(again(job, clock))

    (message,) = slack.messages(CHANNEL)
    assert caught.value.outcome is Outcome.UNKNOWN
    assert found is not None
    assert isinstance(found.answer, CardPosted)
    assert found.answer.card.ts == message.ts
    assert found.outdated


async def test_a_card_that_did_not_get_through_is_not_found(
    carrier: SlackCard, slack: SlackServer, clock: ShiftedClock
) -> None:
    slack.faults.add(Fault(kind=FaultKind.RESET, method=POST, delivered=False, times=1))
    job = a_job(CARD, clock, an_incident())
    with pytest.raises(DeliveryError):
        await carrier.carry(job)

    assert await carrier.look_up(again(job, clock)) is None


async def test_an_uncertain_edit_is_not_taken_for_a_new_card(
    carrier: SlackCard, slack: SlackServer, clock: ShiftedClock
) -> None:
    incident = await posted(carrier, clock)

    assert await carrier.look_up(again(a_job(CARD, clock, incident), clock)) is None


async def test_another_app_cannot_make_us_believe_that_it_was_sent(
    carrier: SlackCard, slack: SlackServer, clock: ShiftedClock
) -> None:
    job = a_job(CARD, clock, an_incident())
    slack.faults.add(Fault(kind=FaultKind.RESET, method=POST, delivered=True, times=1))
    with pytest.raises(DeliveryError):
        await carrier.carry(job)
    (message,) = slack.messages(CHANNEL)
    message.body["bot_id"], message.body["user"] = "B0GRAFANA01", "U0GRAFANA01"

    assert await carrier.look_up(again(job, clock)) is None


@pytest.mark.row("F57")
async def test_a_public_channel_is_joined_when_slack_asks_for_it(
    carrier: SlackCard, slack: SlackServer, clock: ShiftedClock
) -> None:
    slack.faults.add(Fault(kind=FaultKind.ERROR, error="not_in_channel", method=POST, times=1))

    await carrier.carry(a_job(CARD, clock, an_incident()))

    assert len(slack.journal.calls("conversations.join")) == 1
    assert len(slack.messages(CHANNEL)) == 1


async def test_an_old_lease_sends_nothing(
    carrier: SlackCard, slack: SlackServer, clock: ShiftedClock
) -> None:
    job = a_job(CARD, clock, an_incident())
    clock.advance(timedelta(seconds=7))

    with pytest.raises(DeliveryError) as caught:
        await carrier.carry(job)

    assert (type(caught.value), caught.value.outcome) == (Withheld, Outcome.NOT_SENT)
    assert slack.journal.calls(POST) == []


async def test_new_entries_become_one_reply_that_says_how_far_it_goes(
    carrier: SlackCard, thread: SlackThread, slack: SlackServer, clock: ShiftedClock
) -> None:
    incident = replace(await posted(carrier, clock), threaded=2, entries=5)

    receipt = await thread.carry(a_job(THREAD, clock, incident, entries=entries(2, 3, 4, 5)))

    assert incident.card is not None
    (reply,) = slack.messages(CHANNEL, thread=incident.card.ts)
    assert "note 2" not in reply.text
    assert all(f"note {seq}" in reply.text for seq in (3, 4, 5))
    assert reply.metadata is not None
    assert reply.metadata["event_payload"] == {"key": f"{THREAD.key}:3", "through": "5"}
    assert receipt.answer == ThreadPosted(through=5)


@pytest.mark.row("F54")
async def test_a_reply_that_got_through_is_found_even_when_more_has_happened_since(
    carrier: SlackCard, thread: SlackThread, slack: SlackServer, clock: ShiftedClock
) -> None:
    incident = replace(await posted(carrier, clock), threaded=2, entries=4)
    slack.faults.add(Fault(kind=FaultKind.RESET, method=POST, delivered=True, times=1))
    job = a_job(THREAD, clock, incident, entries=entries(3, 4))
    with pytest.raises(DeliveryError):
        await thread.carry(job)

    later = again(replace(job, entries=entries(3, 4, 5)), clock)
    found = await thread.look_up(later)

    assert found is not None
    assert found.answer == ThreadPosted(through=4)
    assert found.outdated


async def test_entries_that_shout_are_shown_in_the_channel_too(
    carrier: SlackCard, thread: SlackThread, slack: SlackServer, clock: ShiftedClock
) -> None:
    incident = await posted(carrier, clock)
    loud = Entry(seq=1, at=NOW, kind=EntryKind.EXHAUSTED, by=SYSTEM, facts={"ladder": "p", "rounds": "2"})

    await thread.carry(a_job(THREAD, clock, incident, entries=(loud,)))

    (call,) = slack.journal.calls(POST)[1:]
    assert call.payload["reply_broadcast"] is True


async def test_a_thread_without_a_card_waits(thread: SlackThread, clock: ShiftedClock) -> None:
    with pytest.raises(DeliveryError) as caught:
        await thread.carry(a_job(THREAD, clock, an_incident(), entries=entries(1)))

    assert (type(caught.value), caught.value.outcome) == (Withheld, Outcome.NOT_SENT)
