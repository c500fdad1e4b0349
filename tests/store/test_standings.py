"""What is known of alerts and what they told is kept, found again, and dropped when it is old."""

from datetime import timedelta

import pytest

from bot.domain.alert import Alert, AlertState, Link, MessageRef, Severity
from bot.domain.ids import IncidentId, ServiceId
from bot.domain.standing import Signal, Standing
from bot.ports import Store, Tx
from tests.examples import NOW

HOUR = timedelta(hours=1)


def standing(fingerprint: str, state: AlertState = AlertState.FIRING, **changes: object) -> Standing:
    """What is known of a disk that is full."""
    alert = Alert(
        source="zabbix",
        fingerprint=fingerprint,
        state=state,
        title="Disk full <!channel>",
        severity=Severity.SEV2,
        labels={"host": "db-1"},
        links=(Link(label="Graph", url="https://zabbix.example.com/1"),),
        at=NOW,
        origin=MessageRef(channel="C1", ts="1.2"),
        places={"title": "text line 1"},
    )
    known: dict[str, object] = {"since": NOW, "last_at": NOW, **changes}
    return Standing(alert=alert, service=ServiceId("db"), severity=Severity.SEV2, **known)  # type: ignore[arg-type]  # a test's shorthand


async def save(store: Store, *standings: Standing) -> None:
    await store.write(lambda tx: tx.save_standings(standings))


async def test_it_is_found_as_it_was_saved(store: Store) -> None:
    one = standing("one", turns=(NOW,), incident=IncidentId("i1"), muted_by="silence:7", next_at=NOW + HOUR)
    two = standing("two", count=3)

    await save(store, one, two)

    found = await store.read(lambda tx: tx.standings([one.key, two.key, ("zabbix", "three")]))
    assert found == {one.key: one, two.key: two}
    assert found[one.key].alert.places == {"title": "text line 1"}


async def test_the_newest_takes_the_place_of_what_was(store: Store) -> None:
    await save(store, standing("one", next_at=NOW))
    newest = standing("one", AlertState.CLEARED, last_at=NOW + HOUR)

    await save(store, standing("one", count=2), newest)

    assert await store.read(lambda tx: tx.standings([newest.key])) == {newest.key: newest}
    assert await store.read(lambda tx: tx.next_judgement()) is None


async def test_nothing_is_asked_for_nothing(store: Store) -> None:
    assert await store.read(lambda tx: tx.standings([])) == {}


async def test_what_is_due_comes_in_its_order(store: Store) -> None:
    late, soon = standing("late", next_at=NOW + HOUR), standing("soon", next_at=NOW)
    await save(store, late, soon, standing("never"), standing("later", next_at=NOW + 2 * HOUR))

    due = await store.write(lambda tx: tx.standings_due(NOW + HOUR, 10))

    assert due == [soon, late]
    assert await store.read(lambda tx: tx.next_judgement()) == NOW


async def test_what_is_muted_is_found_by_what_mutes_it(store: Store) -> None:
    mine = standing("mine", muted_by="silence:7")
    over = standing("over", AlertState.CLEARED, muted_by="silence:7")
    await save(store, mine, over, standing("other", muted_by="silence:8"), standing("loud"))

    assert await store.read(lambda tx: tx.muted("silence:7")) == [mine]
    assert {each.alert.fingerprint for each in await store.read(lambda tx: tx.firing())} == {
        *("mine", "other", "loud")
    }


async def test_only_old_ones_are_forgotten_that_nothing_and_nobody_needs(store: Store) -> None:
    kept = [
        standing("quiet", muted_by="silence:7"),
        standing("waits", AlertState.CLEARED, next_at=NOW + HOUR),
        standing("new", AlertState.CLEARED, last_at=NOW + HOUR),
    ]
    await save(store, *kept, standing("old", AlertState.CLEARED))

    assert await store.write(lambda tx: tx.forget_standings(NOW + HOUR, 10)) == 1
    found = await store.read(lambda tx: tx.standings([("zabbix", "old"), *(each.key for each in kept)]))
    assert list(found.values()) == sorted(kept, key=lambda each: each.key)


async def test_pages_of_signals_pass_by_none_and_tell_none_twice_whatever_their_ids(store: Store) -> None:
    told = [
        Signal(id=name, at=NOW + hours * HOUR, alert=standing(name).alert, outcome="muted")
        for name, hours in (("c", 0), ("a", 1), ("d", 1), ("e", 1), ("b", 2))
    ]
    await store.write(lambda tx: tx.record_signals(told))

    def page(tx: Tx) -> list[Signal]:
        return tx.signals(NOW, NOW + 9 * HOUR, found[-1].id if found else "", 1)

    found: list[Signal] = []
    while told_next := await store.read(page):
        found += told_next

    assert found == told


async def test_signals_are_read_in_pages_and_forgotten(store: Store) -> None:
    told = [
        Signal(
            id=f"s{number}",
            at=NOW + number * HOUR,
            alert=standing(f"{number}").alert,
            outcome="muted",
            why="silence 7",
            facts={"by": "ann"},
        )
        for number in range(4)
    ]
    await store.write(lambda tx: tx.record_signals(told))

    assert await store.read(lambda tx: tx.signals(NOW, NOW + 3 * HOUR)) == told[:3]
    assert await store.read(lambda tx: tx.signals(NOW, NOW + 9 * HOUR, after="s1", limit=1)) == [told[2]]
    assert await store.write(lambda tx: tx.forget_signals(NOW + 2 * HOUR, 1)) == 1
    assert await store.write(lambda tx: tx.forget_signals(NOW + 2 * HOUR, 10)) == 1
    assert await store.read(lambda tx: tx.signals(NOW, NOW + 9 * HOUR)) == told[2:]


@pytest.mark.parametrize("many", [500])
async def test_many_are_saved_and_read_at_once(store: Store, many: int) -> None:
    all_ = [standing(f"{number:05d}") for number in range(many)]
    await save(store, *all_)

    found = await store.read(lambda tx: tx.standings([each.key for each in all_]))

    assert list(found.values()) == all_
