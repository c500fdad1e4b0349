"""Safe mode on a store: who goes on with it, and what Slack's cards bring back."""

from datetime import timedelta

from bot.domain import commands as c
from bot.domain.configuration import Configuration
from bot.domain.doubt import TELLER
from bot.ports import SAFE_MODE, Mark, SafeModePhase, Store
from bot.workers.recall import Recall
from bot.workers.safe_mode import SafeMode
from tests.examples import NOW, PAYMENTS, ROSTER
from tests.store.stories import declare, obey
from tests.store.world import SetClock

CONFIGURATION = Configuration(roster=ROSTER, services={PAYMENTS.id: PAYMENTS}, default_service=PAYMENTS.id)
ENTERED = Mark(name=SAFE_MODE, value=SafeModePhase.ENTERED, at=NOW, text="restored")


class Board:
    """The alarms that stand."""

    def __init__(self) -> None:
        self.standing: dict[str, str] = {}

    def raised(self, kind: str, text: str) -> None:
        self.standing[kind] = text

    def cleared(self, kind: str) -> None:
        self.standing.pop(kind, None)


class Process:
    """One process's part in safe mode."""

    def __init__(self, store: Store, recall: Recall | None = None) -> None:
        self.clock = SetClock(NOW + timedelta(hours=1))
        self.alarms = Board()
        self.mode = SafeMode(
            store, self.clock, lambda: CONFIGURATION, lambda: None, recall=recall, alarms=self.alarms
        )

    async def steps(self, count: int = 4) -> None:
        for _ in range(count):
            self.clock.at += timedelta(seconds=2)
            await self.mode.step()


async def test_another_process_goes_on_when_the_one_that_entered_dies(store: Store) -> None:
    known = await store.write(declare)
    other = Process(store)
    await other.mode.enter(None)  # all is well, and it runs
    await store.write(lambda tx: tx.set_mark(ENTERED))
    await store.write(lambda tx: obey(tx, known.id, c.Doubt()))  # here the one that entered is killed

    await other.steps(1)

    assert "restored" in other.alarms.standing["safe_mode"]
    assert await store.read(lambda tx: tx.open_for(TELLER)) is not None
    await other.steps()
    assert await store.read(lambda tx: (tx.mark(SAFE_MODE), tx.unconfirmed())) == (None, [])
    assert other.alarms.standing == {}
