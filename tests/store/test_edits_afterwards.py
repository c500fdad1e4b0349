"""A message that is edited when its alert is over: what it said before, it does not tell again."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.alert import MessageRef, Severity
from bot.domain.commands import Resolve
from bot.domain.incident import Via
from bot.domain.route import Handling, Route
from bot.intake import Brought
from bot.ports import Store
from bot.references import ById
from tests.examples import PAYMENTS, actor
from tests.store.test_edits import PAUSED, post, said
from tests.store.test_quiet import CLEARED, CONFIGURATION, MINUTE, Night

THERE = MessageRef(channel="C1", ts="1700000300.000100")
TITLE = ":fire: Disk full on db-1"
CLAIMED = f"{TITLE} (assigned to alice)"


async def resolve(night: Night) -> None:
    (incident,) = await night.desk.open_incidents()
    done = Resolve(by=actor("ann"), via=Via.CARD, reason=None, summary="done")
    await night.desk.handle("resolve", ById(id=incident.id), done)


@pytest.mark.row("F82")
async def test_an_edit_days_after_a_person_resolved_it_wakes_nobody(store: Store) -> None:
    night = Night(store)
    await post(night, said(TITLE), edited=False)
    await resolve(night)
    night.clock.advance(timedelta(days=2))

    assert await post(night, said(CLAIMED)) == ["repeated"]

    assert await night.open() == []


@pytest.mark.row("F82")
async def test_an_edit_of_what_another_message_ended_wakes_nobody(store: Store) -> None:
    night = Night(store)
    await post(night, said(TITLE), edited=False)
    night.clock.advance(5 * MINUTE)
    assert await post(night, said(TITLE, state=CLEARED, origin=THERE), edited=False) == ["cleared"]
    night.clock.advance(MINUTE)

    assert await post(night, said(CLAIMED)) == ["ignored"]

    assert await night.open() == []


async def test_an_edit_after_a_repeat_in_another_message_wakes_nobody(store: Store) -> None:
    night = Night(store)
    await post(night, said(TITLE), edited=False)
    assert await post(night, said(TITLE, origin=THERE), edited=False) == ["repeated"]
    await resolve(night)
    night.clock.advance(timedelta(days=2))

    assert await post(night, said(CLAIMED)) == ["repeated"]

    assert await night.open() == []


async def test_what_an_edit_says_is_worse_than_it_said_pages(store: Store) -> None:
    night = Night(store)
    await post(night, said(TITLE, severity=Severity.SEV3), edited=False)
    await resolve(night)
    night.clock.advance(timedelta(days=2))

    assert await post(night, said(CLAIMED, severity=Severity.SEV1)) == ["opened"]


async def test_a_message_that_said_it_is_over_and_says_that_it_is_not_pages(store: Store) -> None:
    night = Night(store)
    await post(night, said(TITLE), edited=False)
    assert await post(night, said(TITLE, state=CLEARED)) == ["cleared"]
    night.clock.advance(timedelta(days=2))

    assert await post(night, said(CLAIMED)) == ["opened"]


async def test_the_same_in_a_new_message_pages(store: Store) -> None:
    night = Night(store)
    await post(night, said(TITLE), edited=False)
    await resolve(night)
    night.clock.advance(timedelta(days=2))

    assert await post(night, said(CLAIMED, fingerprint=TITLE, origin=THERE), edited=False) == ["opened"]


async def test_an_edit_of_what_is_still_kept_quiet_pages_when_that_ends(store: Store) -> None:
    night = Night(store, PAUSED)
    await post(night, said(TITLE), edited=False)
    assert await post(night, said(CLAIMED)) == ["muted"]

    await night.later(6 * MINUTE)

    assert len(await night.open()) == 1


async def test_an_edit_of_what_ended_only_because_nothing_was_heard_pages(store: Store) -> None:
    silent = Route(matchers=(), service=PAYMENTS.id, handling=Handling(resolve_after=10 * MINUTE))
    night = Night(store, replace(CONFIGURATION, routes=(silent,)))
    await post(night, said(TITLE), edited=False)
    await night.later(11 * MINUTE)
    assert await night.open() == []

    assert await post(night, said(CLAIMED)) == ["reopened"]


async def test_a_post_and_its_edit_that_come_at_once_are_one_alert(store: Store) -> None:
    night = Night(store)
    posted = Brought(request="post", alerts=[said(TITLE)])
    edit = Brought(request="edit", alerts=[said(CLAIMED)], edited=True)

    taken = await night.desk.intake.take_all([posted, edit])

    assert [[each.outcome for each in some] for some in taken] == [["opened"], ["repeated"]]
    assert await night.open() == [TITLE]
