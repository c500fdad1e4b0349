"""Which pages of a rung are on their way, and which are kept back for so long that nobody waits for them."""

import random
from datetime import datetime, timedelta

import pytest

from bot.domain.decision import Draft
from bot.domain.effects import PagePerson
from bot.domain.incident import Incident
from bot.domain.ladder import Step
from bot.errors import DeliveryError, Outcome
from bot.metrics import Metrics
from bot.ports import Claim, Job, Store, Tx
from bot.workers.ledger import Ledger
from tests.examples import BOB, MINUTE, NOW
from tests.store.stories import SECOND, claim, paged
from tests.store.world import SetClock


def hold(tx: Tx, incident: Incident, at: datetime) -> None:
    """A page of the same rung to Bob, which goes out then."""
    found = tx.incident(incident.id)
    assert found is not None
    draft = Draft(incident=found, now=NOW)
    draft.tell(
        PagePerson(
            key="page:held",
            person=BOB.id,
            name=BOB.name,
            slack_user=BOB.slack_user,
            method=BOB.methods[0].kind,
            number=0,
            epoch=found.epoch,
            step=Step(round=1, rung=1),
            at=at,
            why="named in the ladder",
            held=True,
        )
    )
    tx.save([draft.done()], NOW)


async def refused(store: Store, until: datetime) -> tuple[Incident, Claim]:
    """Ann can't be reached by anything but her e-mail, which is being carried; Bob is paged then."""
    incident = await paged(store)
    (slack,) = await claim(store)
    await store.write(lambda tx: hold(tx, incident, until))
    await store.write(lambda tx: tx.record_rejected(slack, "gone", NOW))
    (email,) = await claim(store, at=NOW + MINUTE)
    return incident, email


@pytest.mark.parametrize(("minutes", "left"), [(5, True), (6, False)])
async def test_a_page_that_waits_for_long_is_not_on_its_way_until_somebody_carries_it(
    store: Store, minutes: int, *, left: bool
) -> None:
    until = NOW + minutes * MINUTE
    _, email = await refused(store, until)

    assert await store.write(lambda tx: tx.pages_left(email, NOW)) is left
    await claim(store, at=until)
    assert await store.write(lambda tx: tx.pages_left(email, NOW))


async def test_a_page_that_its_provider_puts_off_for_long_is_not_on_its_way(store: Store) -> None:
    _, email = await refused(store, NOW + MINUTE + SECOND)
    (held,) = await claim(store, at=NOW + MINUTE + SECOND)
    later = NOW + timedelta(hours=1)
    await store.write(lambda tx: tx.record_retry(held, "429", unknown=False, again_at=later, now=NOW))

    assert not await store.write(lambda tx: tx.pages_left(email, NOW))
    assert await store.write(lambda tx: tx.pages_left(email, later))


@pytest.mark.parametrize(("minutes", "due"), [(480, 1), (5, 5)])
async def test_when_only_a_page_that_quiet_hours_keep_back_is_left_the_next_rung_is_due_now(
    store: Store, minutes: int, due: int
) -> None:
    incident, email = await refused(store, NOW + minutes * MINUTE)
    ledger = Ledger(store, SetClock(NOW + MINUTE), lambda: None, Metrics(), random.Random(1))

    await ledger.failed(Job(claim=email), DeliveryError(Outcome.REJECTED, "550"))

    found = await store.read(lambda tx: tx.incident(incident.id))
    assert found is not None
    assert found.due_at == NOW + due * MINUTE
