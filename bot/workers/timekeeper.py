"""The timekeeper: notices that a clock has jumped, and brings the bot's own to agree without a jump."""

import structlog

from bot.clock import COUNTS_SLEEP, SteadyClock
from bot.domain.effects import Lane
from bot.errors import StoreUnavailable
from bot.ports import HIGH_WATER, Alarms, Store, Tx

log = structlog.get_logger(__name__)

ALARM = "clock_jump"

JUMP = 1.0
"""Seconds that clocks may differ before somebody must know."""

ASK_EVERY = 10.0
"""Seconds between two questions to the database."""

SLOWEST_ANSWER = 0.5
"""Seconds: half of it is how wrong what the answer says may be."""

QUICK_ANSWER = 0.05
QUESTIONS = 3
"""So often the database is asked at the start while its answers are not quick; the quickest one counts."""

NEVER_SET = 24 * 3600.0
"""Seconds by which a clock that nobody had set is behind."""

JUST_STARTED = 600.0
"""Seconds after the machine's start within which its clock is set from the network."""


class Timekeeper:
    """Steers a clock: by the database's where that is one for all replicas, else by the machine's.

    A jump is made up for slowly, because rungs hang on seconds that elapse. It is taken at once when
    nothing hangs on them, and when the time before was plainly wrong. A restart is no exception: what was
    armed by a time that was ahead is fired by that time.
    """

    def __init__(
        self, store: Store, clock: SteadyClock, alarms: Alarms, *, counts_sleep: bool = COUNTS_SLEEP
    ) -> None:
        self._store = store
        self._clock = clock
        self._alarms = alarms
        self._counts_sleep = counts_sleep
        self._shared: bool | None = None
        self._asked = -ASK_EVERY
        self._told = False
        self.behind: float | None = None
        """How many seconds the bot was behind the clock that it follows, when it last compared them."""

    @property
    def authority(self) -> str:
        """Whose clock is followed."""
        return "database" if self._shared else "machine"

    @property
    def wall_ahead(self) -> float:
        """How many seconds the machine's clock is ahead of the bot's."""
        return self._clock.behind(self._clock.wall(), self._clock.monotonic())

    async def begin(self) -> None:
        """Before anything is fired: take the time as it is shown, or as the last process left it.

        What is armed was armed by that one's time. Where it is ahead, to begin behind it would be a silence.
        Raises StoreUnavailable: without an answer nobody knows the time, and nothing can be fired.
        """
        self._asked = self._clock.monotonic()
        behind, took = await self._ask()
        for _ in range(1, QUESTIONS):
            if took > QUICK_ANSWER:
                behind, took = min((behind, took), await self._ask(), key=lambda answer: answer[1])
        self._shared = behind is not None
        self._clock.step(self.wall_ahead if behind is None else behind)
        known = await self._store.read(lambda tx: tx.mark(HIGH_WATER), page=True)
        lead = (known.at - self._clock.now()).total_seconds() if known else 0.0
        if lead <= JUMP or await self._idle():
            lead = 0.0
        self._clock.step(lead)
        await self._follow(-lead)

    async def look(self) -> None:
        """Compare the clocks, and steer. What cannot be asked changes nothing: time goes on by itself."""
        now = self._clock.monotonic()
        if self._shared is not False and now - self._asked >= ASK_EVERY:
            self._asked = now
            await self._compare()
        elif self._shared is False:
            await self._follow(self.wall_ahead)

    async def _compare(self) -> None:
        try:
            behind, took = await self._ask()
        except StoreUnavailable as error:
            log.warning("clock_not_compared", why=str(error))
            return
        self._shared = behind is not None
        if behind is None:
            await self._follow(self.wall_ahead)
        elif took <= SLOWEST_ANSWER:
            await self._follow(behind)

    async def _ask(self) -> tuple[float | None, float]:
        """How far the bot is behind the database's clock, if that has one, and how long the answer took."""

        def work(tx: Tx) -> tuple[float | None, float]:
            began = self._clock.monotonic()
            shown = tx.clock()
            took = self._clock.monotonic() - began
            return (self._clock.behind(shown, began + took / 2) if shown else None), took

        return await self._store.read(work, page=True)

    async def _follow(self, behind: float) -> None:
        self.behind = behind
        if abs(behind) <= JUMP:
            self._clock.steer(behind)
            if self._told:
                log.info("clock_agrees", behind=round(behind, 3))
            self._told = False
            self._alarms.cleared(ALARM)
        elif self._plainly_right(behind) or await self._idle():
            self._clock.step(behind)
            log.warning("clock_stepped", seconds=round(behind, 3), by=self.authority)
        else:
            self._clock.steer(behind)
            self._alarm(behind)

    def _plainly_right(self, behind: float) -> bool:
        """Whether the time before was certainly wrong, or may be, so that pages must not wait for longer."""
        if behind <= 0:
            return False  # to go back would be a silence
        if not self._counts_sleep:
            return True  # the machine may have slept
        lately = self._clock.monotonic() < JUST_STARTED and self.authority == "machine"
        return lately or behind > NEVER_SET

    async def _idle(self) -> bool:
        """Whether nothing is armed and nothing is to be delivered."""

        def work(tx: Tx) -> bool:
            return tx.next_climb() is None and all(tx.next_delivery(lane) is None for lane in Lane)

        try:
            return await self._store.read(work)
        except StoreUnavailable:
            return False

    def _alarm(self, behind: float) -> None:
        if not self._told:
            log.warning("clock_jumped", whose=self.authority, ahead=round(behind, 3))
        self._told = True
        self._alarms.raised(
            ALARM,
            f"The {self.authority}'s clock is {span(abs(behind))} {'ahead of' if behind > 0 else 'behind'} "
            "the time that Tocsin goes by, which follows it slowly: nobody is paged early or late for it. If "
            "that clock is wrong, set it right. If it is right, Tocsin takes its time as soon as no incident "
            "waits for its next rung.",
        )


def span(seconds: float) -> str:
    """`90 s`, `12 min`, `2.0 h`."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
