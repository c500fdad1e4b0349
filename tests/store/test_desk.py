"""The desk on a real database."""

from dataclasses import replace

from bot.clock import ShiftedClock
from bot.domain.alert import AlertState
from bot.domain.configuration import Configuration
from bot.domain.ids import ServiceId
from bot.domain.incident import Status
from bot.ports import Store
from bot.service import Desk
from tests.examples import PAYMENTS, ROSTER, alert

OTHER = replace(PAYMENTS, id=ServiceId("other"), name="Other")


async def test_a_changed_route_makes_no_second_incident_of_an_alert(store: Store) -> None:
    before = Configuration(
        roster=ROSTER, services={PAYMENTS.id: PAYMENTS, OTHER.id: OTHER}, default_service=PAYMENTS.id
    )
    in_force = [before]
    desk = Desk(store, ShiftedClock(), lambda: in_force[0], lambda: None)
    await desk.ingest("fires", [alert()])

    in_force[0] = replace(before, default_service=OTHER.id)
    [again] = await desk.ingest("fires again", [alert()])
    [cleared] = await desk.ingest("clears", [alert(AlertState.CLEARED)])

    assert again.outcome == "repeated"
    assert cleared.incident is not None
    assert cleared.incident.status is Status.RESOLVED
