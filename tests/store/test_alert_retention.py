"""What alerts told goes after thirty days, and so do alerts that are over or were heard of no more."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.domain.alert import AlertState, MessageRef, Severity
from bot.domain.flood import Flood
from bot.domain.ids import IncidentId
from bot.domain.standing import Signal, Standing, Told
from bot.ports import Store, Tx
from tests.examples import NOW, PAYMENTS, alert
from tests.store.stories import paged
from tests.store.test_retention import resolved
from tests.store.test_silences import add, silence
from tests.store.test_standings import HOUR

LATER = NOW + timedelta(days=31)
TOLD = Told(
    origin=MessageRef(channel="C1", ts="1700000000.000100"),
    source="generic",
    fingerprint="old",
    state=AlertState.FIRING,
    severity=Severity.SEV2,
    title="Disk full",
)


def standing(fingerprint: str, state: AlertState, at: datetime) -> Standing:
    told = alert(state, fingerprint=fingerprint)
    return Standing(alert=told, service=PAYMENTS.id, severity=Severity.SEV2, since=at, last_at=at)


async def filled(store: Store) -> None:
    def work(tx: Tx) -> None:
        for number in range(25):
            name = f"old-{number:02}"
            over = standing(name, AlertState.CLEARED, NOW)
            tx.save_standings([over])
            tx.record_signals([Signal(id=f"a{number:02}", at=NOW, alert=over.alert, outcome="cleared")])
        firing = replace(standing("fires", AlertState.FIRING, NOW), muted_by="silence:x")
        waits = standing("waits", AlertState.CLEARED, NOW)
        young = standing("young", AlertState.CLEARED, LATER - timedelta(days=29))
        tx.save_standings([firing, replace(waits, next_at=LATER), young])
        tx.record_signals([Signal(id="b", at=young.last_at, alert=young.alert, outcome="cleared")])
        tx.note_told([TOLD], NOW)
        tx.note_told([replace(TOLD, fingerprint="young")], LATER)
        tx.save_floods(
            [Flood(key="old", since=NOW, last_at=NOW), Flood(key="young", since=NOW, last_at=LATER)]
        )

    await store.write(work)


async def test_signals_and_alerts_that_are_over_go_after_a_month_and_others_stay(store: Store) -> None:
    await filled(store)
    keys = [("alertmanager", name) for name in ("old-00", "fires", "waits", "young")]

    while await store.write(lambda tx: tx.sweep(LATER)):
        pass

    left = await store.read(lambda tx: tx.standings(keys))
    assert sorted(fingerprint for _, fingerprint in left) == ["fires", "waits", "young"]
    told = await store.read(lambda tx: tx.signals(NOW, LATER))
    assert [each.id for each in told] == ["b"]
    remembered = await store.read(lambda tx: tx.told_by(TOLD.origin))
    assert [each.fingerprint for each in remembered] == ["young"]
    assert set(await store.read(lambda tx: tx.floods(["old", "young"]))) == {"young"}


@pytest.mark.row("A53")
async def test_what_fires_and_was_not_heard_of_for_a_month_goes_unless_somebody_works_on_it(
    store: Store,
) -> None:
    still_open, over = await paged(store), await resolved(store)
    firing = {
        "never opened": standing("never opened", AlertState.FIRING, NOW),
        "resolved": replace(standing("resolved", AlertState.FIRING, NOW), incident=over.id),
        "gone": replace(standing("gone", AlertState.FIRING, NOW), incident=IncidentId("long gone")),
        "open": replace(standing("open", AlertState.FIRING, NOW), incident=still_open.id),
        "muted": replace(standing("muted", AlertState.FIRING, NOW), muted_by="silence:x"),
        "waits": replace(standing("waits", AlertState.FIRING, NOW), next_at=LATER),
        "young": standing("young", AlertState.FIRING, LATER - timedelta(days=29)),
    }

    await store.write(lambda tx: tx.save_standings(list(firing.values())))
    while await store.write(lambda tx: tx.sweep(LATER)):
        pass

    left = await store.read(lambda tx: tx.standings([("alertmanager", name) for name in firing]))
    assert sorted(name for _, name in left) == ["muted", "open", "waits", "young"]


async def test_never_more_rows_at_once_than_asked_for(store: Store) -> None:
    await filled(store)

    turns = []
    while gone := await store.write(lambda tx: tx.sweep(LATER, 10)):
        turns.append(gone)

    assert sum(turns) == 52
    assert max(turns) == 10


async def test_silences_that_ended_long_ago_go_once_they_were_reported(store: Store) -> None:
    over = silence("over", reported_at=NOW + 3 * HOUR)
    by_hand = silence("hand", until=LATER + HOUR, ended_at=NOW + HOUR, reported_at=NOW + HOUR)
    untold, counts = silence("untold"), silence("counts", until=LATER + HOUR)
    young = silence("young", until=LATER - timedelta(days=29), reported_at=LATER - timedelta(days=29))
    await add(store, over, by_hand, untold, counts, young)

    swept = await store.write(lambda tx: tx.sweep(LATER))

    def left(tx: Tx) -> list[str]:
        names = ("over", "hand", "untold", "counts", "young")
        return [each for each in names if tx.silence(each) is not None]

    assert swept == 2
    assert await store.write(left) == ["untold", "counts", "young"]
