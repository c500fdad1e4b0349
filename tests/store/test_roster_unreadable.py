"""What was decided about who is on call cannot be read: pages go out by what was known last."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, text

from bot.clock import ShiftedClock
from bot.domain.configuration import Configuration
from bot.domain.duty import SetOverride
from bot.domain.ids import LadderId, ServiceId
from bot.domain.ladder import Ladder
from bot.domain.override import OverrideKind
from bot.ports import Store
from bot.service import Desk
from bot.store import schema
from bot.store.rosters import REST
from bot.workers.climber import Climber
from bot.workers.crowd import Crowd
from bot.workers.survival import survive
from tests.examples import CLEO, PAYMENTS, PRIMARY, ROSTER, actor, alert, on_call, rung
from tests.store.test_climber import paged

ON_CALL = replace(
    PAYMENTS,
    id=ServiceId("on-call"),
    ladder=Ladder(id=LadderId("on-call"), rungs=(rung(on_call("primary")),)),
    catch_all=None,
)
CONFIGURATION = Configuration(
    roster=ROSTER, services={ON_CALL.id: ON_CALL, PAYMENTS.id: PAYMENTS}, default_service=ON_CALL.id
)


def execute(url: str, statement: str) -> None:
    engine = create_engine(schema.address(url))
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


@pytest.mark.parametrize("known", [True, False], ids=["read before", "never read"])
async def test_pages_go_out_by_what_was_known_last(url: str, store: Store, *, known: bool) -> None:
    clock = ShiftedClock()
    desk = Desk(store, clock, lambda: CONFIGURATION, lambda: None)
    if known:
        admin = replace(
            CONFIGURATION, authority=replace(CONFIGURATION.authority, admins=frozenset({"UCLEO"}))
        )
        taken = SetOverride(
            by=actor("cleo"),
            schedule=PRIMARY.id,
            kind=OverrideKind.REPLACE,
            person=CLEO.id,
            since=clock.now(),
            until=clock.now() + timedelta(hours=8),
        )
        await Desk(store, clock, lambda: admin, lambda: None).duty.override("one", taken)
        await desk.duty.roster()
    await desk.ingest("two", [alert()])
    execute(url, 'ALTER TABLE "override" RENAME TO gone')
    climber = Climber(store, clock, lambda: CONFIGURATION, lambda: None, Crowd(clock))

    for _ in range(2):
        if await survive("tick", climber.tick()) is None:
            await climber.climb_singly()

    by_file = ROSTER.on_call(PRIMARY.id, clock.now())[0].person
    assert [person for person, _ in await paged(store, clock)] == ["cleo" if known else by_file]


async def test_a_table_that_can_be_read_again_counts_again(url: str, store: Store) -> None:
    clock = ShiftedClock()
    duty = Desk(store, clock, lambda: CONFIGURATION, lambda: None).duty
    execute(url, 'ALTER TABLE "override" RENAME TO gone')
    assert [await survive("roster", duty.roster()) is None for _ in range(3)] == [True, True, False]

    execute(url, 'ALTER TABLE gone RENAME TO "override"')
    clock.advance(REST)
    assert await duty.roster() == ROSTER
