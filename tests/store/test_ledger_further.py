"""The ledger of pages to machines, of canaries, and of several pages that shared a message."""

import random
from collections.abc import Sequence
from dataclasses import replace
from uuid import uuid4

import pytest

from bot.domain.canary import canary
from bot.domain.effects import Lane, PageChannel, PagePerson, PageWebhook
from bot.domain.ids import IncidentId, LadderId
from bot.domain.incident import Incident
from bot.domain.ladder import ChannelTarget, Ladder, WebhookTarget
from bot.domain.timeline import EntryKind
from bot.errors import NotLookedUp, Outcome
from bot.ports import Claim, Delivery, Job, Receipt, Store
from bot.workers.ledger import Ledger
from tests.examples import MINUTE, NOW, PAYMENTS, rung, to
from tests.store.stories import LEASE, SECOND, acknowledge, claim, climb, paged
from tests.store.test_ledger import GONE, REFUSED, UNSURE, Office, entries, now, of, opened


@pytest.fixture
def office(store: Store) -> Office:
    return Office(store)


async def pages(store: Store, incident: IncidentId) -> list[Delivery]:
    found = await store.read(lambda tx: tx.deliveries(incident))
    return [each for each in found if each.lane is Lane.PAGE]


async def machine(store: Store, *, alone: bool) -> Incident:
    """An incident whose first rung tells a machine, and, unless that is alone, Ann as well."""
    targets = [WebhookTarget(name="siren"), *([] if alone else [to("ann")])]
    ladder = Ladder(id=LadderId("loud"), rungs=(rung(*targets), rung(to("bob"))))
    return await opened(store, replace(PAYMENTS, ladder=ladder))


@pytest.mark.parametrize("alone", [True, False])
async def test_a_machine_that_takes_no_page_is_not_waited_for(
    store: Store, office: Office, *, alone: bool
) -> None:
    incident = await machine(store, alone=alone)

    await office.failed(await of(store, PageWebhook, Lane.PAGE), GONE)

    assert (await now(store, incident)).due_at == (NOW if alone else NOW + 5 * MINUTE)
    told = (await entries(store, incident))[-1]
    assert (told.kind, dict(told.facts)) == (
        EntryKind.PAGE_FAILED,
        {"person": "siren", "method": "webhook", "reason": "channel_not_found"},
    )


async def test_a_machine_that_is_away_is_asked_again_and_hurries_nobody(store: Store, office: Office) -> None:
    incident = await machine(store, alone=False)
    siren = await of(store, PageWebhook, Lane.PAGE)

    await office.failed(replace(siren, failures=5), REFUSED)

    assert (await now(store, incident)).due_at == NOW + 5 * MINUTE
    numbers = [each.effect.number for each in await claim(store) if isinstance(each.effect, PagePerson)]
    assert numbers == [], "Ann's mail waits for its own time"


async def test_without_alarms_a_channel_that_refuses_is_a_dead_letter_all_the_same(
    store: Store, office: Office
) -> None:
    ladder = Ladder(id=LadderId("loud"), rungs=(rung(ChannelTarget(channel="C0ALL")), rung(to("bob"))))
    incident = await opened(store, replace(PAYMENTS, ladder=ladder))
    job = Job(claim=await of(store, PageChannel, Lane.PAGE), incident=incident)
    quiet = Ledger(store, office.clock, lambda: None, office.metrics, random.Random(7))

    await quiet.failed(job, GONE)
    await quiet.sent(job, Receipt())

    (dead,) = await store.read(lambda tx: tx.dead_letters())
    assert dead.kind == "page_channel"
    assert (await now(store, incident)).due_at == NOW


@pytest.mark.parametrize("known", [True, False])
async def test_the_page_of_a_canary_is_no_page_that_is_late(
    store: Store, office: Office, *, known: bool
) -> None:
    decision = canary(IncidentId(uuid4().hex), -1, NOW)
    real = await paged(store)
    (page,) = await claim(store)
    office.clock.at = NOW + 3 * SECOND

    await office.ledger.sent(Job(claim=page, incident=decision.incident if known else None), Receipt())
    await office.ledger.sent(Job(claim=page, incident=real), Receipt())

    assert office.counted("page_lateness_seconds_count") == (1 if known else 2)


async def test_what_could_only_not_be_asked_says_so_in_the_trail(store: Store, office: Office) -> None:
    incident = await paged(store)
    (first,) = await claim(store)
    await office.failed(first, UNSURE)
    (second,) = await claim(store, at=NOW + 2 * SECOND)
    await office.failed(second, NotLookedUp(Outcome.UNKNOWN, "not now"))

    slack, _ = await pages(store, incident.id)

    assert [(each.outcome, each.reason) for each in slack.attempts] == [
        ("unknown", "late"),
        ("unknown", "look-up: not now"),
    ]


async def bundle(store: Store, count: int) -> tuple[Claim, list[Incident]]:
    """Pages of so many incidents that share one message."""
    incidents = [await paged(store) for _ in range(count)]
    first, *others = await claim(store)
    return replace(first, also=tuple(others)), incidents


async def states(store: Store, incidents: Sequence[Incident]) -> list[str]:
    return [(await pages(store, each.id))[0].state for each in incidents]


async def test_all_that_shared_a_message_come_to_the_same_end(store: Store, office: Office) -> None:
    sent, refused, failed = [await bundle(store, 3) for _ in range(3)]

    await office.ledger.sent(Job(claim=sent[0]), Receipt(provider_id="1"))
    await office.failed(refused[0], GONE)
    await office.failed(failed[0], UNSURE)

    assert await states(store, sent[1]) == ["sent"] * 3
    assert await states(store, refused[1]) == ["rejected"] * 3
    assert await states(store, failed[1]) == ["unknown"] * 3
    assert office.counted("fenced_total") == 0
    assert len(await store.read(lambda tx: tx.dead_letters())) == 3
    for incident in refused[1]:
        assert (await entries(store, incident))[-1].kind is EntryKind.PAGE_FAILED


@pytest.mark.parametrize("which", [0, 1])
async def test_one_of_a_message_that_somebody_else_took_over_is_told_and_the_rest_is_recorded(
    store: Store, office: Office, which: int
) -> None:
    message, _ = await bundle(store, 2)
    lost = message.all[which]
    others = await claim(store, at=NOW + LEASE)
    for each in others:
        if each.id != lost.id:
            await store.write(lambda tx, each=each: tx.release([each], NOW))  # type: ignore[misc]  # bound now
    mine = {each.id: each for each in await claim(store, at=NOW)}
    renewed = tuple(
        replace(each, token=mine[each.id].token) if each.id in mine else each for each in message.all
    )

    await office.failed(replace(renewed[0], also=renewed[1:]), GONE)

    (dead,) = await store.read(lambda tx: tx.dead_letters())
    assert dead.key == next(each.effect.key for each in renewed if each.id != lost.id)
    assert office.counted("fenced_total") == 1


async def test_a_page_that_was_refused_after_somebody_took_it_tells_no_failure(
    store: Store, office: Office
) -> None:
    """It is on the wire when Ann acknowledges; the provider's refusal changes nothing for her."""
    incident = await paged(store)
    (page,) = await claim(store)
    held = await store.write(lambda tx: acknowledge(tx, incident.id))

    await office.failed(page, GONE)

    after = await now(store, incident)
    assert (after.status, after.due_at, after.wake_at) == (held.status, held.due_at, held.wake_at)
    assert await claim(store, at=NOW + 2 * MINUTE) == [], "and her mail stays cancelled"


async def test_the_second_rung_is_not_hurried_by_a_late_failure_of_the_first(
    store: Store, office: Office
) -> None:
    incident = await paged(store)
    (slack,) = await claim(store)
    later = NOW + 5 * MINUTE
    await store.write(lambda tx: climb(tx, later))
    due = (await now(store, incident)).due_at
    office.clock.at = later

    await office.failed(slack, GONE)
    for mail in await claim(store, at=later):
        if isinstance(mail.effect, PagePerson) and mail.effect.person == "ann":
            await office.failed(mail, GONE)

    assert (await now(store, incident)).due_at == due
