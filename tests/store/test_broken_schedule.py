"""A schedule that cannot be resolved: nobody can be told who is next, and all else goes on."""

from dataclasses import replace

from bot.clock import ShiftedClock
from bot.domain import commands as c
from bot.domain.alert import Severity
from bot.domain.configuration import Configuration
from bot.domain.incident import Via
from bot.domain.ladder import Ladder
from bot.ports import Store
from bot.service import ById, Desk
from tests.examples import actor, on_call, rung, to
from tests.store.test_climber import BROKEN, CONFIGURATION, NOWHERE

ROLES = replace(
    BROKEN,
    ladder=Ladder(id=BROKEN.ladder.id, rungs=(rung(to("ann"), on_call("nowhere")),), roles=(NOWHERE.id,)),
)
HALF = Configuration(roster=CONFIGURATION.roster, services={ROLES.id: ROLES}, default_service=ROLES.id)


async def test_incidents_can_be_declared_and_acknowledged_all_the_same(store: Store) -> None:
    clock = ShiftedClock()
    desk = Desk(store, clock, lambda: HALF, lambda: None)
    wish = c.Declare(
        by=actor("bob"), title="down", service=ROLES, severity=Severity.SEV1, via=Via.COMMAND, page=True
    )

    declared = await desk.declare("one", wish)
    which = ById(id=declared.after.id)
    answered = await desk.handle("two", which, c.Acknowledge(by=actor("ann"), via=Via.PAGE))

    assert declared.ahead is None
    assert [item.by.name for item in answered.after.acknowledgements] == ["Ann"]
    assert answered.after.due_at is not None, "the role is still missing"
