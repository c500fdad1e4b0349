"""The pulse of the world: how long it stood still, and could neither take nor show anything."""

from dataclasses import dataclass

from tests.chaos.child import CLOCK

BEAT = 0.05


@dataclass(kw_only=True)
class Pulse:
    """Beats in the world's own event loop; a beat that comes late says how long nothing was done."""

    longest: float = 0.0

    async def run(self) -> None:
        """Until cancelled."""
        last = CLOCK.monotonic()
        while True:
            await CLOCK.sleep(BEAT)
            now = CLOCK.monotonic()
            self.longest = max(self.longest, now - last - BEAT)
            last = now
