"""Lessons in both databases: the newest version counts, a request counts once, and only responders teach."""

from dataclasses import replace

import pytest

from bot.clock import ShiftedClock
from bot.domain.lesson import Lesson
from bot.domain.refused import Refused
from bot.ports import Store
from bot.teaching import Teaching
from tests.store.test_duty import CONFIGURATION
from tests.unit.domain.duty_world import actor

LESSON = Lesson(name="watchdog", channel="C1", bot="B1", title="text line 1", key=("text line 1",))
RESPONDER, ANYBODY = actor("UANN"), actor("USTRANGE")


def teaching(store: Store, *written: Lesson) -> Teaching:
    configuration = replace(
        CONFIGURATION,
        lessons=written,
        authority=replace(CONFIGURATION.authority, responders=frozenset({"UANN"})),
    )
    return Teaching(store, ShiftedClock(), lambda: configuration)


async def test_the_newest_version_of_what_was_taught_counts(store: Store) -> None:
    school = teaching(store)

    first = await school.teach("one", LESSON, RESPONDER)
    second = await school.teach("two", replace(LESSON, cleared=("fine",)), RESPONDER)

    assert (first.version, second.version) == (1, 2)
    assert await school.lessons("C1") == (second,)
    assert await school.lessons("C2") == ()
    assert (second.by, second.made_at is not None) == ("UANN", True)


async def test_the_same_request_teaches_once(store: Store) -> None:
    school = teaching(store)

    await school.teach("one", LESSON, RESPONDER)
    again = await school.teach("one", LESSON, RESPONDER)

    assert again.version == 1
    assert len(await school.lessons("C1")) == 1


async def test_what_is_written_in_the_file_counts_until_a_newer_version_is_taught(store: Store) -> None:
    written = replace(LESSON, version=4)
    school = teaching(store, written)

    assert await school.lessons("C1") == (written,)
    taught = await school.teach("one", LESSON, RESPONDER)

    assert taught.version == 5
    assert await school.lessons("C1") == (taught,)


async def test_a_retired_lesson_counts_no_more_and_its_number_is_not_given_again(store: Store) -> None:
    school = teaching(store)
    taught = await school.teach("one", LESSON, RESPONDER)
    assert taught.made_at

    at = taught.made_at
    assert await store.write(lambda tx: tx.retire_lesson("watchdog", at)) == 1

    assert await school.lessons("C1") == ()
    assert (await school.teach("two", LESSON, RESPONDER)).version == 2


async def test_whoever_is_no_responder_teaches_nothing(store: Store) -> None:
    school = teaching(store)

    with pytest.raises(Refused, match="that needs a responder"):
        await school.teach("one", LESSON, ANYBODY)

    assert await school.lessons() == ()


async def test_a_lesson_of_the_file_is_not_retired_and_one_that_was_taught_beside_it_is(store: Store) -> None:
    school = teaching(store, LESSON)

    with pytest.raises(Refused, match="take it away there"):
        await school.forget(LESSON.name)
    await school.teach("one", LESSON, RESPONDER)
    gone = await school.retire("two", LESSON.name, RESPONDER)
    again = await school.retire("two", LESSON.name, RESPONDER)

    assert (gone.in_file, again) == (True, gone)
    assert await school.lessons() == (LESSON,)
