"""The trail of an incident: what was decided to be told, each attempt at it, and its alerts."""

from dataclasses import replace
from datetime import timedelta

from bot.domain.alert import HeldAlert, MessageRef
from bot.domain.effects import PagePerson
from bot.domain.ids import IncidentId
from bot.ports import Delivery, Receipt, Store
from bot.store.outbox import FOUND
from tests.examples import ANN, MINUTE, NOW, opened
from tests.store.stories import SECOND, acknowledge, claim, paged

AGAIN = NOW + 10 * SECOND


async def pages(store: Store, incident: IncidentId) -> list[Delivery]:
    found = await store.read(lambda tx: tx.deliveries(incident))
    return [each for each in found if isinstance(each.effect, PagePerson)]


async def test_each_page_stands_with_why_and_when_it_is_due(store: Store) -> None:
    incident = await paged(store)

    slack, email = await pages(store, incident.id)

    assert isinstance(slack.effect, PagePerson)
    assert slack.effect.person == ANN.id
    assert "of payments" in slack.effect.why
    assert (slack.state, slack.decided_at, slack.due_at) == ("pending", NOW, NOW)
    assert (email.state, email.due_at) == ("pending", NOW + MINUTE)
    assert slack.attempts == ()


async def test_attempts_stand_in_their_order_with_outcome_and_the_providers_id(store: Store) -> None:
    incident = await paged(store)
    (first,) = await claim(store)
    await store.write(lambda tx: tx.record_retry(first, "reset", unknown=True, again_at=AGAIN, now=NOW))
    (second,) = await claim(store, at=AGAIN)
    receipt = Receipt(ref=MessageRef(channel="D1", ts="1.5"), provider_id="D1:1.5", looked_up=True)
    await store.write(lambda tx: tx.record_sent(second, receipt, AGAIN))

    slack = (await pages(store, incident.id))[0]

    assert [(each.number, each.at, each.outcome, each.reason) for each in slack.attempts] == [
        (1, NOW, "unknown", "reset"),
        (2, AGAIN, "sent", FOUND),
    ]
    assert (slack.state, slack.provider_id, slack.ref) == ("sent", "D1:1.5", receipt.ref)


async def test_what_an_acknowledgement_cancelled_says_so(store: Store) -> None:
    incident = await paged(store)
    await store.write(lambda tx: acknowledge(tx, incident.id))

    states = {(each.state, each.reason.rpartition(" ")[0]) for each in await pages(store, incident.id)}

    assert states == {("cancelled", "not wanted any more since version")}


async def test_alerts_stand_in_the_order_in_which_they_came(store: Store) -> None:
    decision = opened()
    held = decision.held[0]
    later = replace(held, source="a later one", first_at=NOW + timedelta(minutes=5))
    await store.write(lambda tx: tx.save([replace(decision, held=(later, held))], NOW))

    found = await store.read(lambda tx: tx.alerts(decision.incident.id))

    assert found == [held, later]
    assert isinstance(found[0], HeldAlert)


async def test_of_an_incident_that_never_was_there_is_no_trail(store: Store) -> None:
    nowhere = IncidentId("nowhere")

    assert await store.read(lambda tx: (tx.alerts(nowhere), tx.deliveries(nowhere))) == ([], [])


async def test_the_turn_that_comes_is_told_without_being_given(store: Store) -> None:
    before = await store.read(lambda tx: tx.coming_turn("ladder"))
    first = await store.write(lambda tx: tx.turn("ladder"))
    after = await store.read(lambda tx: (tx.coming_turn("ladder"), tx.coming_turn("ladder")))

    assert (before, first, after) == (0, 0, (1, 1))
