"""A ladder that is changed or deleted while it is climbed."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from bot.clock import ShiftedClock
from bot.domain.configuration import Configuration
from bot.domain.effects import Lane, PagePerson
from bot.domain.ids import LadderId, ServiceId
from bot.domain.ladder import Ladder
from bot.domain.outlook import outlook
from bot.domain.service import Service
from bot.ports import Store
from bot.render.card import card
from bot.render.seal import Seal
from bot.service import Desk
from bot.store import open_store
from bot.workers.climber import Climber
from bot.workers.crowd import Crowd
from tests.examples import MINUTE, PAYMENTS, ROSTER, alert, rung, to
from tests.store.stories import LEASE

CHANGED = replace(
    PAYMENTS, ladder=Ladder(id=LadderId("payments"), rungs=(rung(to("cleo"), minutes=60),)), catch_all=None
)
OTHER = replace(CHANGED, id=ServiceId("other"))
NOW_IN_FORCE: Mapping[str, Service] = {"edited": CHANGED, "deleted": OTHER}


def configuration(service: Service) -> Configuration:
    return Configuration(roster=ROSTER, services={service.id: service}, default_service=service.id)


@pytest.mark.row("F32")
@pytest.mark.parametrize("change", ["edited", "deleted"])
async def test_a_climb_goes_on_as_it_began_and_the_card_shows_its_rungs(
    store: Store, url: str, change: str
) -> None:
    clock, in_force = ShiftedClock(), configuration(PAYMENTS)
    await Desk(store, clock, lambda: in_force, lambda: None).ingest("request", [alert()])
    await Climber(store, clock, lambda: in_force, lambda: None, Crowd(clock)).tick()
    first = await people(store, clock)

    in_force = configuration(NOW_IN_FORCE[change])
    await store.stop()
    reopened = open_store(url)  # whoever climbs has never seen the ladder
    await reopened.start()
    [incident] = await reopened.read(lambda tx: tx.open_incidents())
    ahead = outlook(incident, in_force.roster)
    assert ahead is not None
    shown = str(card(incident, Seal(b"k" * 32), clock.now(), next_up=", ".join(ahead.names)))
    clock.advance(5 * MINUTE)
    await Climber(reopened, clock, lambda: in_force, lambda: None, Crowd(clock)).tick()
    second = await people(reopened, clock)
    await reopened.stop()
    await store.start()

    assert (first, second) == ({"ann"}, {"ann", "bob"})  # Ann by e-mail as well, a minute after
    assert "Bob" in shown
    assert "rung 2 of 2" in shown


@pytest.mark.row("F32")
async def test_what_begins_after_the_change_climbs_the_new_ladder(store: Store) -> None:
    clock, in_force = ShiftedClock(), configuration(PAYMENTS)
    desk = Desk(store, clock, lambda: in_force, lambda: None)
    await desk.ingest("one", [alert(fingerprint="old")])
    in_force = configuration(CHANGED)
    await desk.ingest("two", [alert(fingerprint="new")])

    await Climber(store, clock, lambda: in_force, lambda: None, Crowd(clock)).tick()

    assert await people(store, clock) == {"ann", "cleo"}


async def people(store: Store, clock: ShiftedClock) -> set[str]:
    """Whom the pages that are ready are for."""
    claims = await store.write(lambda tx: tx.claim(Lane.PAGE, clock.now(), 0.0, 100, LEASE))
    return {claim.effect.person for claim in claims if isinstance(claim.effect, PagePerson)}
