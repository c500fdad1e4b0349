"""The use cases around lessons: asking for them, and teaching one. Each change is one transaction."""

from collections.abc import Callable
from dataclasses import replace

from bot.clock import Clock
from bot.domain.configuration import Configuration
from bot.domain.lesson import Lesson, newest
from bot.domain.lesson_authority import check_teacher
from bot.domain.people import Actor
from bot.ports import Store, Tx


class Teaching:
    """What was taught of how messages are read, in the database and in the file."""

    def __init__(self, store: Store, clock: Clock, configuration: Callable[[], Configuration]) -> None:
        self._store, self._clock, self._configuration = store, clock, configuration

    async def lessons(self, channel: str | None = None) -> tuple[Lesson, ...]:
        """Those that count for a channel, or all: of each name the newest, whoever knows it.

        Asked for every message, so that what was taught on one replica counts on all at once.
        """
        known = await self._store.read(lambda tx: tx.lessons(channel))
        written = self._configuration().lessons
        return newest(written, tuple(known))

    def may(self, by: Actor) -> None:
        """Raise Refused unless somebody may teach."""
        configuration = self._configuration()
        check_teacher(by, configuration.authority, configuration.roster)

    async def teach(self, request: str, lesson: Lesson, by: Actor) -> Lesson:
        """From now on messages are read like that; answers the version that was written. Raises Refused."""

        def work(tx: Tx) -> Lesson:
            now = self._clock.now()
            self.may(by)
            written = {each.name: each.version for each in self._configuration().lessons}
            version = max(tx.lesson_version(lesson.name), written.get(lesson.name, 0))
            if not tx.first_time(request, now):
                return replace(lesson, version=version)
            new = replace(lesson, version=version + 1, by=by.slack_user or by.name, made_at=now)
            tx.add_lesson(new)
            return new

        return await self._store.write(work)
