"""The port for lessons: what was taught of how messages are read."""

from datetime import datetime
from typing import Protocol

from bot.domain.lesson import Lesson


class LessonTx(Protocol):
    """What a transaction knows of lessons."""

    def lessons(self, channel: str | None = None) -> list[Lesson]:
        """Those that count, each in its newest version; of one channel, or of all.

        One that cannot be read is as if it had never been.
        """
        ...

    def lesson_version(self, name: str) -> int:
        """The newest version of a lesson, whether it counts or not; 0 before the first."""
        ...

    def add_lesson(self, lesson: Lesson) -> None:
        """Write a version that was not there; it counts instead of those before."""
        ...

    def retire_lesson(self, name: str, now: datetime) -> int:
        """From now on it counts no more, in whatever version. How many versions."""
        ...
