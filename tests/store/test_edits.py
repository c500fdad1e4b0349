"""A message that is edited: the same alert, its end, or another one, also while something keeps it quiet."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.alert import Alert, MessageRef
from bot.domain.commands import Resolve
from bot.domain.incident import Via
from bot.domain.route import Handling, Route
from bot.domain.timeline import EntryKind
from bot.intake import Brought, Ingested
from bot.ports import Store
from bot.references import ById
from tests.examples import PAYMENTS, actor, alert
from tests.store.test_quiet import CLEARED, CONFIGURATION, MINUTE, Night

PAUSED = replace(
    CONFIGURATION,
    routes=(Route(matchers=(), service=PAYMENTS.id, handling=Handling(pause=5 * MINUTE)),),
)
HERE = MessageRef(channel="C1", ts="1700000000.000100")


def said(title: str, **changes: object) -> Alert:
    """What a reader that guesses makes of a message: its words are its fingerprint."""
    told = replace(alert(fingerprint=title), title=title, origin=HERE)
    return replace(told, **changes)  # type: ignore[arg-type]  # a test's shorthand


async def post(night: Night, told: Alert, *, edited: bool = True) -> list[str]:
    return [each.outcome for each in await _taken(night, told, edited=edited)]


async def _taken(night: Night, told: Alert, *, edited: bool) -> Sequence[Ingested]:
    brought = Brought(request=f"{told.title}{told.state}{told.origin}", alerts=[told], edited=edited)
    return (await night.desk.intake.take_all([brought]))[0]


@pytest.mark.parametrize(
    "words",
    [
        ":fire: Disk full on db-1 - looked at by alice, cause is log rotation",
        "[ACKNOWLEDGED] Disk full on db-1",
        "Identified: disk full on db-1, 95%",
        "Disk full",
    ],
)
async def test_an_edit_that_says_more_of_the_same_wakes_nobody(store: Store, words: str) -> None:
    night = Night(store)
    await post(night, said("Investigating: disk full on db-1"), edited=False)

    assert await post(night, said(words)) == ["repeated"]

    assert len(await night.open()) == 1
    assert await post(night, said("All good", state=CLEARED)) == ["cleared"]
    assert await night.open() == []


@pytest.mark.row("F82")
async def test_a_message_that_is_edited_to_another_problem_pages_for_that_one(store: Store) -> None:
    night = Night(store)
    await post(night, said("CRITICAL: search is down"), edited=False)

    assert await post(night, said("CRITICAL: payments is down")) == ["cleared", "opened"]

    assert await night.open() == ["CRITICAL: payments is down"]
    assert await post(night, said("OK", state=CLEARED)) == ["cleared"]
    assert await night.open() == []


async def threads(night: Night) -> list[str]:
    """Titles of alerts that the timeline tells beside the one that opened the incident."""
    (incident,) = await night.desk.open_incidents()
    entries = await night.store.read(lambda tx: tx.timeline(incident.id))
    return [each.facts["title"] for each in entries if each.kind is EntryKind.ALERT]


@pytest.mark.row("F82")
async def test_further_problems_in_an_edit_are_told_in_the_thread(store: Store) -> None:
    night = Night(store)
    await post(night, said("payments is slow"), edited=False)
    more = "payments is slow, search is down, login is down"

    assert await post(night, said(more)) == ["added"]
    assert await threads(night) == [more]


async def test_further_problems_in_an_edit_of_what_a_person_resolved_page(store: Store) -> None:
    night = Night(store)
    await post(night, said("db-1 is down"), edited=False)
    (incident,) = await night.desk.open_incidents()
    done = Resolve(by=actor("ann"), via=Via.CARD, reason=None, summary="done")
    await night.desk.handle("resolve", ById(id=incident.id), done)
    night.clock.advance(timedelta(days=1))

    assert await post(night, said("db-1 is down, db-2 is down")) == ["opened"]


async def test_new_words_without_trouble_are_told_in_the_thread_once(store: Store) -> None:
    night = Night(store)
    await post(night, said("Disk full on db-1"), edited=False)

    assert await post(night, said("Disk full on db-1, claimed by alice")) == ["repeated"]
    assert await post(night, said("Disk full on db-1, claimed by alice, 97%")) == ["repeated"]

    assert await threads(night) == ["Disk full on db-1, claimed by alice"]


async def test_a_problem_that_was_added_by_an_edit_pages_at_the_latest_when_it_is_alone(store: Store) -> None:
    night = Night(store)
    await post(night, said("CRITICAL: search is down"), edited=False)

    assert await post(night, said("CRITICAL: search is down, CRITICAL: payments is down")) == ["added"]
    assert await post(night, said("CRITICAL: payments is down")) == ["cleared", "opened"]


@pytest.mark.row("F82")
async def test_an_edit_of_what_is_paused_is_the_same_alert(store: Store) -> None:
    night = Night(store, PAUSED)
    assert await post(night, said("Disk full on db-1"), edited=False) == ["muted"]
    assert await post(night, said("Disk full on db-1, claimed by alice")) == ["muted"]

    assert await night.later(6 * MINUTE) == 1

    assert len(await night.open()) == 1


async def test_what_is_edited_to_its_end_while_it_is_paused_pages_nobody(store: Store) -> None:
    night = Night(store, PAUSED)
    await post(night, said("Disk full on db-1"), edited=False)
    await post(night, said("Disk full on db-1, claimed by alice"))
    await post(night, said("solved: rotation fixed", state=CLEARED))

    await night.later(6 * MINUTE)

    assert await night.open() == []


async def test_messages_of_others_are_not_taken_for_it(store: Store) -> None:
    night = Night(store, PAUSED)
    await post(night, said("Disk full on db-1"), edited=False)
    elsewhere = said("solved", state=CLEARED, origin=replace(HERE, channel="C2"))

    assert await post(night, elsewhere) == ["ignored"]

    await night.later(6 * MINUTE)
    assert len(await night.open()) == 1
