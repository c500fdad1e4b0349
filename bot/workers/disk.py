"""The disk: people are told before it is full, while there is still time to make room."""

from bot.ports import Alarms, Room, Store

KIND = "disk"


class Disk:
    """Looks at the room that the database has left."""

    def __init__(self, store: Store, alarms: Alarms) -> None:
        self._store = store
        self._alarms = alarms

    async def look(self) -> None:
        """Every half minute."""
        room = await self._store.room()
        if room is None:
            return
        if room.low:
            self._alarms.raised(KIND, words(room))
        else:
            self._alarms.cleared(KIND)


def words(room: Room) -> str:
    """What is wrong, what will come of it, and what to do."""
    free = f"{room.free / 1e6:.0f} MB are free on the disk of Tocsin's database ({room.folder})."
    if room.reserve:
        return f"Only {free} When it is full nothing can be recorded any more. Make room."
    return f"Only {free} The reserve for pages is used up or could not be laid by. Make room now."
