"""The use cases around lessons: asking for them, and teaching one. Each change is one transaction."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.clock import Clock
from bot.domain.configuration import Configuration
from bot.domain.effects import SayTo
from bot.domain.lesson import Lesson, newest
from bot.domain.lesson_authority import check_teacher
from bot.domain.notice import About, QuietTold
from bot.domain.people import Actor
from bot.domain.refused import Refused
from bot.ports import Store, Tx


@dataclass(frozen=True, kw_only=True, slots=True)
class Retired:
    """A lesson that was taught and counts no more. `in_file`: tocsin.yaml has one of its name."""

    name: str
    in_file: bool = False


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
            tx.enqueue([_told(new, by)], now)
            return new

        return await self._store.write(work)

    async def retire(self, request: str, name: str, by: Actor) -> Retired:
        """From now on it counts no more, for whoever may teach. Raises Refused."""

        def work(tx: Tx) -> Retired:
            now = self._clock.now()
            self.may(by)
            if not tx.first_time(request, now):
                return Retired(name=name, in_file=self._in_file(name))
            counted = next((each for each in tx.lessons(None) if each.name == name), None)
            retired = self._retired(tx, name)
            if counted is not None:
                tx.enqueue([_told_over(counted, by)], now)
            return retired

        return await self._store.write(work)

    async def forget(self, name: str) -> Retired:
        """The same, for whoever runs commands on the machine. Raises Refused."""
        return await self._store.write(lambda tx: self._retired(tx, name))

    def _retired(self, tx: Tx, name: str) -> Retired:
        in_file = self._in_file(name)
        if tx.retire_lesson(name, self._clock.now()):
            return Retired(name=name, in_file=in_file)
        if in_file:
            raise Refused(f"The lesson “{name}” stands in tocsin.yaml: take it away there.")
        raise Refused(f"There is no lesson “{name}” that counts. `tocsin teach --list` shows them.")

    def _in_file(self, name: str) -> bool:
        return any(each.name == name for each in self._configuration().lessons)


def _told(lesson: Lesson, by: Actor) -> SayTo:
    """Whoever reads the channel sees who changed how its alerts are read."""
    rules = [
        f"Over when it says: {_listed(lesson.cleared)}" if lesson.cleared else "",
        f"No alert when it says: {_listed(lesson.ignored)}" if lesson.ignored else "",
        f"Severity: always {lesson.severity}" if lesson.fixed_severity else "",
    ]
    called = f"lesson {lesson.name}, version {lesson.version}"
    text = f"{by.name} taught how messages of a bot are read here: {called}."
    return _said(lesson, "taught", text, tuple(rule for rule in rules if rule))


def _told_over(lesson: Lesson, by: Actor) -> SayTo:
    text = f"{by.name} retired the lesson {lesson.name}: its bot is read as any other."
    return _said(lesson, "retired", text)


def _said(lesson: Lesson, what: str, text: str, rules: tuple[str, ...] = ()) -> SayTo:
    return SayTo(
        key=f"lesson:{lesson.name}:{lesson.version}:{what}",
        channel=lesson.channel,
        notice=QuietTold(
            about=About(title=lesson.name, zone="UTC"),
            text=text,
            titles=rules,
            hint=""
            if what == "retired"
            else "“Teach Tocsin” in the menu of such a message changes or retires it.",
        ),
    )


def _listed(phrases: tuple[str, ...]) -> str:
    return ", ".join(f"“{phrase}”" for phrase in phrases)
