"""What keeps alerts quiet ends by itself and loses none: each pages, or is shown with its end."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, text

from bot.clock import ShiftedClock
from bot.domain.alert import Alert, AlertState, Severity
from bot.domain.configuration import Configuration
from bot.domain.heartbeat import Heartbeat
from bot.domain.incident import Status
from bot.domain.inhibition import Inhibition
from bot.domain.route import Handling, Route
from bot.domain.silence import Silence, SilenceKind
from bot.domain.standing import Standing
from bot.matchers import matcher
from bot.ports import Store
from bot.service import Desk, Ingested
from bot.store import schema
from tests.error_log import watched_errors
from tests.examples import PAYMENTS, ROSTER, actor, alert

CONFIGURATION = Configuration(roster=ROSTER, services={PAYMENTS.id: PAYMENTS}, default_service=PAYMENTS.id)
CLEARED = AlertState.CLEARED
MINUTE = timedelta(minutes=1)


class Night:
    """A desk whose clock obeys."""

    def __init__(self, store: Store, configuration: Configuration = CONFIGURATION) -> None:
        self.store, self.clock, self.configuration = store, ShiftedClock(), configuration
        self.desk = Desk(store, self.clock, lambda: self.configuration, lambda: None)
        self._requests = 0

    async def told(self, *alerts: Alert) -> list[str]:
        return [each.outcome for each in await self.taken(*alerts)]

    async def taken(self, *alerts: Alert) -> Sequence[Ingested]:
        self._requests += 1
        return await self.desk.ingest(f"r{self._requests}", alerts)

    async def later(self, span: timedelta) -> int:
        self.clock.advance(span)
        return await self.desk.intake.again(200)

    async def open(self) -> list[str]:
        return [each.title for each in await self.desk.open_incidents()]

    async def standing(self, one: Alert) -> Standing:
        key = (one.source, one.fingerprint)
        return (await self.store.read(lambda tx: tx.standings([key])))[key]

    async def silence(self, **changes: object) -> Silence:
        now = self.clock.now()
        made = Silence(
            id="one",
            kind=SilenceKind.SILENCE,
            conditions=("host=db-1",),
            since=now,
            until=now + timedelta(hours=1),
            made_at=now,
            by=actor("ann"),
            reason="new disk",
        )
        made = replace(made, **changes)  # type: ignore[arg-type]  # a test's shorthand
        await self.store.write(lambda tx: tx.add_silence(made))
        return made

    async def outcomes(self) -> list[str]:
        now, far = self.clock.now(), timedelta(days=9)
        return [each.outcome for each in await self.store.read(lambda tx: tx.signals(now - far, now + far))]


def drop(url: str, table: str) -> None:
    engine = create_engine(schema.address(url))
    with engine.begin() as connection:
        connection.execute(text(f"DROP TABLE {table}"))
    engine.dispose()


def disk(state: AlertState = AlertState.FIRING, fingerprint: str = "disk", **labels: str) -> Alert:
    return replace(alert(state, fingerprint=fingerprint), labels={"host": "db-1", **labels})


async def test_a_silenced_alert_is_recorded_and_begins_no_incident(store: Store) -> None:
    night = Night(store)
    silence = await night.silence()

    (taken,) = await night.taken(disk())

    assert (taken.outcome, taken.incident) == ("muted", None)
    assert taken.why == "silence by Ann: new disk"
    standing = await night.standing(disk())
    assert (standing.muted_by, standing.next_at) == (silence.name, silence.until)
    assert await night.told(disk()) == ["muted"]
    assert (await night.standing(disk())).count == 2
    assert await night.outcomes() == ["muted"], "a repeat is counted, not written down"
    assert await night.open() == []


async def test_what_still_fires_when_a_silence_ends_pages_as_new(store: Store) -> None:
    night = Night(store)
    await night.silence()
    await night.told(disk(), disk(fingerprint="other"))
    await night.told(disk(CLEARED, fingerprint="other"))

    assert await night.later(timedelta(minutes=59)) == 0
    assert await night.later(MINUTE) == 1

    assert len(await night.open()) == 1
    standing = await night.standing(disk())
    assert (standing.muted_by, standing.next_at) == (None, None)
    assert standing.incident is not None
    assert await night.later(timedelta(hours=1)) == 0


async def test_an_alert_that_is_silenced_in_time_stays_quiet_under_the_next_silence(store: Store) -> None:
    night = Night(store)
    first = await night.silence()
    await night.told(disk())
    second = await night.silence(id="two", since=first.until, until=first.until + timedelta(hours=1))

    await night.later(timedelta(hours=1))

    assert (await night.standing(disk())).muted_by == second.name
    assert await night.open() == []
    await night.later(timedelta(hours=1))
    assert len(await night.open()) == 1


async def test_the_end_of_an_alert_reaches_its_incident_through_a_silence(store: Store) -> None:
    night = Night(store)
    assert await night.told(disk()) == ["opened"]
    await night.silence()

    assert await night.told(disk(), disk(CLEARED)) == ["muted", "cleared"]

    assert await night.open() == []
    assert (await night.standing(disk())).muted_by is None


async def test_a_cause_keeps_its_effects_quiet_until_it_is_over(store: Store) -> None:
    rule = Inhibition(
        source=(matcher("alertname=Down"),), target=(matcher("alertname=Slow"),), equal=("host",)
    )
    night = Night(store, replace(CONFIGURATION, inhibitions=(rule,)))
    down, slow = disk(fingerprint="down", alertname="Down"), disk(fingerprint="slow", alertname="Slow")
    elsewhere = replace(slow, fingerprint="else", labels={"host": "db-2", "alertname": "Slow"})

    assert await night.told(down, slow, elsewhere) == ["opened", "muted", "opened"]
    assert await night.told(slow) == ["muted"], "also in a transaction of its own"
    assert await night.later(MINUTE) == 1
    assert (await night.standing(slow)).muted_by == "inhibited:1"

    await night.told(replace(down, state=CLEARED))
    assert await night.later(timedelta(seconds=1)) == 1
    assert (await night.standing(slow)).muted_by is None
    assert len(await night.open()) == 2


async def test_a_transient_alert_pages_nobody_and_a_lasting_one_after_its_pause(store: Store) -> None:
    route = Route(matchers=(), service=PAYMENTS.id, handling=Handling(pause=5 * MINUTE))
    night = Night(store, replace(CONFIGURATION, routes=(route,)))
    severe = replace(disk(fingerprint="severe"), severity=Severity.SEV1)

    assert await night.told(disk(), disk(fingerprint="short"), severe) == ["muted", "muted", "opened"]
    await night.later(4 * MINUTE)
    assert await night.told(disk(CLEARED, fingerprint="short"), disk()) == ["ignored", "muted"]
    assert await night.later(MINUTE) == 1

    assert len(await night.open()) == 2
    assert await night.told(disk(fingerprint="worse")) == ["muted"]
    assert await night.told(replace(disk(fingerprint="worse"), severity=Severity.SEV1)) == ["opened"]


@pytest.mark.row("F85")
async def test_what_flaps_every_second_pages_twice_at_most_and_ends_right(store: Store) -> None:
    night = Night(store)
    epochs = set()
    for second in range(120):
        await night.told(disk(AlertState.FIRING if second % 2 == 0 else CLEARED))
        await night.later(timedelta(seconds=1))
        epochs |= {each.epoch for each in await night.desk.open_incidents()}

    (incident,) = await night.desk.open_incidents()
    assert epochs <= {1, 2}, "each climb begins with a page"
    assert (await night.standing(disk())).muted_by == "flapping"
    timeline = await store.read(lambda tx: tx.timeline(incident.id))
    assert len([entry for entry in timeline if "held open" in entry.facts.get("text", "")]) == 1
    assert len(timeline) < 10
    assert len(await night.outcomes()) < 10

    await night.later(timedelta(minutes=14))
    assert len(await night.open()) == 1
    await night.later(timedelta(minutes=1))
    assert await night.open() == []
    over = await store.read(lambda tx: tx.incident(incident.id))
    assert over is not None
    assert over.status is Status.RESOLVED


@pytest.mark.row("F85")
async def test_what_flaps_and_fires_in_the_end_stays_open_without_another_page(store: Store) -> None:
    night = Night(store)
    for second in range(41):
        await night.told(disk(AlertState.FIRING if second % 2 == 0 else CLEARED))
        await night.later(timedelta(seconds=1))
    (before,) = await night.desk.open_incidents()

    await night.later(timedelta(minutes=20))

    (after,) = await night.desk.open_incidents()
    assert after.epoch == before.epoch
    assert (await night.standing(disk())).muted_by is None
    assert await night.told(disk(CLEARED)) == ["cleared"]


async def test_what_its_source_tells_no_more_is_over(store: Store) -> None:
    route = Route(matchers=(), service=PAYMENTS.id, handling=Handling(resolve_after=10 * MINUTE))
    night = Night(store, replace(CONFIGURATION, routes=(route,)))
    await night.told(disk(), disk(fingerprint="other"))
    await night.later(6 * MINUTE)
    await night.told(disk())

    assert await night.later(5 * MINUTE) == 1
    assert len(await night.open()) == 1
    assert await night.later(5 * MINUTE) == 1
    assert await night.open() == []
    assert await night.told(disk()) == ["reopened"]


async def test_a_heartbeat_that_does_not_come_fires_and_ends_when_it_is_back(store: Store) -> None:
    backup = Heartbeat(
        name="backup", matchers=(matcher("job=backup"),), every=timedelta(hours=1), grace=5 * MINUTE
    )
    night = Night(store, replace(CONFIGURATION, heartbeats=(backup,)))
    sign = disk(fingerprint="sign", job="backup")

    assert await night.told(sign) == ["beat"]
    await night.later(timedelta(minutes=30))
    assert await night.told(sign) == ["beat"]
    assert await night.later(timedelta(minutes=64)) == 0
    assert await night.later(MINUTE) == 1

    assert await night.open() == ["Heartbeat backup does not come"]
    assert await night.told(replace(sign, state=CLEARED)) == ["cleared"]
    assert await night.open() == []
    await night.later(timedelta(minutes=65))
    assert await night.open() == ["Heartbeat backup does not come"]


@pytest.mark.parametrize("table", ["silence", "standing", "signal"])
async def test_what_cannot_be_read_keeps_nobody_from_being_paged(store: Store, url: str, table: str) -> None:
    night = Night(store)
    await night.silence()
    drop(url, table)

    with watched_errors() as errors:
        errors.expect("intake_apart")
        assert await night.told(disk()) == ["opened"]
        assert await night.told(disk()) == ["repeated"]


async def test_an_old_signal_does_not_wake_what_is_over(store: Store) -> None:
    night = Night(store)
    now = night.clock.now()
    await night.silence()
    await night.told(replace(disk(), at=now), replace(disk(CLEARED), at=now + MINUTE))
    await night.later(timedelta(hours=2))

    assert await night.told(replace(disk(), at=now)) == ["ignored"]
    assert await night.open() == []


async def test_what_is_kept_quiet_takes_no_number(store: Store) -> None:
    paused = Route(matchers=(matcher("slow=yes"),), service=PAYMENTS.id, handling=Handling(pause=5 * MINUTE))
    night = Night(store, replace(CONFIGURATION, routes=(paused,)))
    await night.silence(conditions=("quiet=yes",))

    for each in range(5):
        await night.told(disk(fingerprint=f"q{each}", quiet="yes"), disk(fingerprint=f"s{each}", slow="yes"))
    (taken,) = await night.taken(disk())

    assert taken.incident
    assert taken.incident.key == "INC-1"
