"""All that keeps alerts quiet is seen with its end, and what cannot be read hides nothing and nobody."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import create_engine, text

from bot.domain.alert import AlertState
from bot.domain.inhibition import Inhibition
from bot.domain.lesson import Lesson
from bot.domain.route import Handling, Limit, Route
from bot.matchers import matcher
from bot.ports import Store, Tx
from bot.render.silences import line
from bot.store import schema
from tests.error_log import watched_errors
from tests.examples import NOW, PAYMENTS
from tests.store.test_quiet import CONFIGURATION, disk
from tests.store.test_quiet_keeper import HOUR, MINUTE, Kept


async def test_an_alert_that_cannot_be_read_is_told_once_and_pages_if_it_fires(
    store: Store, url: str
) -> None:
    night = Kept(store)
    await night.desk.silencing.begin("s", night.wanted())
    assert await night.told(disk(), disk(fingerprint="well")) == ["muted", "muted"]
    spoil(url, "disk")
    night.clock.advance(HOUR)

    with watched_errors() as errors:
        errors.expect("standing_unreadable")
        errors.expect("standing_mended")
        for _ in range(5):
            await night.pass_(timedelta(seconds=1))
        told = [line.split(" ")[0] for line in errors.lines]

    titles = sorted(each.title for each in await night.desk.open_incidents())
    assert len(titles) == 2
    assert titles[1].startswith("An alert of alertmanager whose details can't be read")
    (dead,) = await store.read(lambda tx: tx.unread())
    assert (dead.integration, dead.count) == ("alertmanager", 1)
    assert sorted(told) == ["standing_mended", "standing_unreadable"]


async def test_all_that_keeps_alerts_quiet_is_listed_with_its_end(store: Store) -> None:
    rule = Inhibition(source=(matcher("alertname=ClusterDown"),), target=(matcher("tier=low"),))
    routes = (
        Route(matchers=(matcher("slow=yes"),), service=PAYMENTS.id, handling=Handling(pause=5 * MINUTE)),
        Route(
            matchers=(matcher("many=yes"),),
            service=PAYMENTS.id,
            handling=Handling(limit=Limit(route="many", most=2, per=2 * MINUTE)),
        ),
    )
    night = Kept(store, replace(CONFIGURATION, inhibitions=(rule,), routes=routes))
    await night.told(disk(fingerprint="cause", alertname="ClusterDown"))
    await night.told(disk(fingerprint="low", tier="low"), disk(fingerprint="slow", slow="yes"))
    await night.told(*(disk(fingerprint=f"m{each}", many="yes") for each in range(5)))
    for state in (AlertState.FIRING, AlertState.CLEARED, AlertState.FIRING, AlertState.CLEARED):
        await night.told(disk(state, fingerprint="flaps"))

    listed = {each.name.partition(":")[0]: each for each in await night.desk.silencing.listing()}

    assert listed.keys() == {"inhibited", "pause", "storm", "flapping"}
    assert all(each.until is not None or each.ends for each in listed.values())
    assert [listed[name].hidden for name in ("inhibited", "pause", "flapping")] == [1, 1, 1]
    assert listed["storm"].hidden == 5
    for fingerprint in ("cause", "low", "slow", *(f"m{each}" for each in range(5))):
        await night.told(disk(AlertState.CLEARED, fingerprint=fingerprint))
    for _ in range(20):
        await night.pass_(MINUTE)
    assert await night.desk.silencing.listing() == []


async def test_what_was_taught_to_be_ignored_is_listed_as_long_as_it_counts(store: Store) -> None:
    def lesson(name: str, *ignored: str) -> Lesson:
        return Lesson(name=name, channel="C1", bot="B1", title="text", ignored=ignored, made_at=NOW)

    night = Kept(store, replace(CONFIGURATION, lessons=(lesson("filed", "heartbeat ok"),)))
    taught = [lesson("taught", "canary", "rehearsal"), lesson("harmless"), lesson("over", "whatever")]

    def work(tx: Tx) -> None:
        for each in taught:
            tx.add_lesson(each)
        tx.retire_lesson("over", NOW)

    await store.write(work)

    listed = await night.desk.silencing.listing()

    assert [(each.name, each.title) for each in listed] == [
        ("lesson:filed", "Lesson filed: what says “heartbeat ok” is no alert"),
        ("lesson:taught", "Lesson taught: what says “canary” or “rehearsal” is no alert"),
    ]
    assert line(listed[0], NOW) == (
        "🔕 *Lesson filed*: what says “heartbeat ok” is no alert · until it is taught otherwise"
    )


def spoil(url: str, fingerprint: str) -> None:
    """Make the database forget what it knew of an alert, but for its columns."""
    engine = create_engine(schema.address(url))
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE standing SET body = '{' WHERE fingerprint = :mark"), {"mark": fingerprint}
        )
    engine.dispose()
