"""Safe mode on a store: who goes on with it, and what Slack's cards bring back."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from structlog.testing import capture_logs

from bot.domain import commands as c
from bot.domain.alert import MessageRef
from bot.domain.configuration import Configuration
from bot.domain.doubt import TELLER
from bot.domain.ids import IncidentId
from bot.domain.incident import Incident
from bot.domain.sight import Sight
from bot.ports import SAFE_MODE, Mark, SafeModePhase, Sightings, Store
from bot.render.sight import facts, sight
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


class Cards:
    """A witness of these sights."""

    def __init__(self, *sights: Sight, complete: bool) -> None:
        self._sightings = Sightings(sights=sights, complete=complete)

    async def of(self, card: MessageRef) -> Sight | None:
        return None

    async def since(self, channel: str, at: datetime) -> Sightings:
        return self._sightings


def lost(known: Incident, ahead: int, *, key: str | None = None, title: str = "Lost") -> Sight:
    """The card of an incident that came after a known one, and that the database has lost."""
    number = known.number + ahead
    incident = replace(
        known, id=IncidentId(f"lost{number}"), number=number, title=title, dedup_key=key, version=9
    )
    seen = sight({"key": f"card:{incident.id}", **facts(incident)}, MessageRef(channel="C0INC", ts="1.2"))
    assert seen is not None
    return seen


def a_process_that_asks(store: Store, *sights: Sight, complete: bool = True) -> Process:
    clock = SetClock(NOW + timedelta(hours=1))
    return Process(store, Recall(store, clock, lambda: CONFIGURATION, Cards(*sights, complete=complete)))


async def open_incidents(store: Store) -> dict[str, Incident]:
    return {incident.id: incident for incident in await store.read(lambda tx: tx.open_incidents())}


@pytest.mark.row("F33")
async def test_a_lost_incident_comes_back_although_its_number_is_taken(store: Store) -> None:
    """On a new machine no file says how far the numbers had come."""
    known = await store.write(declare)
    first, second = lost(known, 1), lost(known, 2)
    await store.write(lambda tx: tx.set_mark(ENTERED))
    process = a_process_that_asks(store, first, second)

    await process.mode.enter(None)  # what tells of it gets the first number after those that are known
    await process.steps()

    found = await open_incidents(store)
    assert {first.id, second.id} <= set(found)
    assert found[second.id].number == second.number
    numbers = [incident.number for incident in found.values()]
    assert len(set(numbers)) == len(numbers) == 4
    entries = await store.read(lambda tx: tx.timeline(first.id))
    assert f"It was INC-{first.number}" in str(entries[0].facts["text"])
    assert await store.write(lambda tx: tx.next_number()) > max(numbers)
    assert await store.read(lambda tx: tx.unconfirmed()) == []
    assert first.id in {
        incident.id for incident in await store.write(lambda tx: tx.due(NOW + timedelta(days=1), 100))
    }


async def test_what_its_alert_has_opened_anew_meanwhile_is_named_and_not_taken_in(store: Store) -> None:
    known = await store.write(declare)
    again = await store.write(lambda tx: declare(tx, key="cpu"))
    await store.write(lambda tx: tx.set_mark(ENTERED))
    old, other = lost(known, 5, key="cpu"), lost(known, 6, key="disk")
    process = a_process_that_asks(store, old, other)

    with capture_logs() as told:
        await process.mode.enter(None)
        await process.steps()

    found = await open_incidents(store)
    assert {again.id, other.id} <= set(found)
    assert old.id not in found
    refused = [line for line in told if line["event"] == "incident_in_slack_not_taken"]
    assert [(line["incident"], line["same_as"]) for line in refused] == [("INC-6", again.key)]


@pytest.mark.parametrize("complete", [True, False])
async def test_whether_all_cards_were_seen_is_told(store: Store, complete: bool) -> None:
    known = await store.write(declare)
    await store.write(lambda tx: tx.set_mark(ENTERED))
    seen = lost(known, 5)
    process = a_process_that_asks(store, seen, complete=complete)
    await process.mode.enter(None)

    await process.steps(1)

    assert seen.id in await open_incidents(store), "what was seen counts all the same"
    mark = await store.read(lambda tx: tx.mark(SAFE_MODE))
    assert mark is not None
    assert ("Slack could not be asked about all of them" in mark.text) is not complete
    assert ("Slack was asked" in mark.text) is complete
