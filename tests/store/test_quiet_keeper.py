"""The keeper of the quiet: judges again, hushes ladders, misses heartbeats, and tells how silences end."""

from dataclasses import replace
from datetime import time, timedelta

import pytest

from bot.domain.alert import AlertState, Severity
from bot.domain.commands import Acknowledge, Declare, Unacknowledge
from bot.domain.effects import Lane, SayTo
from bot.domain.heartbeat import Heartbeat
from bot.domain.incident import Incident, Status, Via
from bot.domain.inhibition import Inhibition
from bot.domain.recurring import Recurring
from bot.domain.refused import Refused
from bot.domain.route import Matcher
from bot.domain.silence import SilenceKind
from bot.matchers import matcher
from bot.ports import Store
from bot.service import ById
from bot.silencing import Wanted
from bot.workers.climber import Climber
from bot.workers.crowd import Crowd
from bot.workers.quiet import QuietKeeper
from tests.error_log import watched_errors
from tests.examples import PAYMENTS, actor
from tests.store.test_quiet import CONFIGURATION, Night, disk, drop

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


class Alarms:
    """Keeps what is wrong."""

    def __init__(self) -> None:
        self.standing: dict[str, str] = {}

    def raised(self, kind: str, text: str) -> None:
        self.standing[kind] = text

    def cleared(self, kind: str) -> None:
        self.standing.pop(kind, None)


class Kept(Night):
    """A night with a keeper, and a climber."""

    def __init__(self, store: Store, configuration: object = CONFIGURATION) -> None:
        super().__init__(store, configuration)  # type: ignore[arg-type]  # a test's shorthand
        self.alarms = Alarms()
        self.keeper = QuietKeeper(store, self.desk, lambda: self.configuration, lambda: None, self.alarms)
        self.climber = Climber(store, self.clock, lambda: self.configuration, lambda: None, Crowd(self.clock))

    async def pass_(self, span: timedelta) -> None:
        self.clock.advance(span)
        await self.keeper.look()
        await self.climber.tick()

    async def only(self) -> Incident:
        (incident,) = await self.desk.open_incidents()
        return incident

    def wanted(self, **changes: object) -> Wanted:
        made = Wanted(
            by=actor("ann"),
            kind=SilenceKind.SILENCE,
            conditions=('host = "db-1"',),
            until=self.clock.now() + HOUR,
            reason="new disk",
        )
        return replace(made, **changes)  # type: ignore[arg-type]  # a test's shorthand

    async def said(self) -> list[SayTo]:
        now = self.clock.now()
        claims = await self.store.write(lambda tx: tx.claim(Lane.CHAT, now, 0.0, 50, timedelta(seconds=15)))
        return [each.effect for each in claims if isinstance(each.effect, SayTo)]


async def test_a_silence_tells_whoever_made_it_what_it_hid(store: Store) -> None:
    night = Kept(store)
    await night.desk.silencing.begin("s", night.wanted())
    await night.told(disk(), disk(fingerprint="b"))
    await night.told(disk(AlertState.CLEARED, fingerprint="b"))

    await night.pass_(HOUR)

    (told,) = await night.said()
    assert told.user == "UANN"
    text = told.notice.text  # type: ignore[union-attr]  # a QuietTold
    assert 'The silence of Ann is over: host="db-1". It hid 2 alerts; 1 of them still fires' in text
    assert len(await night.open()) == 1
    await night.pass_(HOUR)
    assert {each.key for each in await night.said()} == {told.key}, "it is told once"


async def test_a_silence_of_an_incident_is_told_in_its_thread(store: Store) -> None:
    night = Kept(store)
    (taken,) = await night.taken(disk())
    assert taken.incident
    await night.desk.silencing.begin("s", night.wanted(incident=taken.incident.id))

    await night.pass_(HOUR)

    entries = await store.read(lambda tx: tx.timeline(taken.incident.id))  # type: ignore[union-attr]  # seen above
    notes = [entry.facts["text"] for entry in entries if "text" in entry.facts]
    assert notes[0].startswith("silence until ")
    assert notes[1].startswith("The silence of Ann is over")
    assert await night.said() == []


async def test_a_silence_that_is_ended_lets_go_at_once(store: Store) -> None:
    night = Kept(store)
    made = await night.desk.silencing.begin("s", night.wanted())
    await night.told(disk())
    again = await night.desk.silencing.begin("s", night.wanted())
    assert again.repeated

    ended = await night.desk.silencing.end("e", made.silence.id[-6:], actor("bob"))
    await night.pass_(timedelta(seconds=1))

    assert ended.silence.ended_by == actor("bob")
    assert len(await night.open()) == 1
    assert len(await night.said()) == 1
    with pytest.raises(Refused):
        await night.desk.silencing.end("e2", made.silence.id[-6:], actor("bob"))


async def test_a_silence_is_taken_back_within_30_seconds(store: Store) -> None:
    night = Kept(store)
    await night.desk.silencing.begin("s", night.wanted())
    with pytest.raises(Refused):
        await night.desk.silencing.end("u", "", actor("bob"), undo=True)

    await night.desk.silencing.end("v", "", actor("ann"), undo=True)

    assert await night.told(disk()) == ["opened"]
    await night.pass_(HOUR)
    assert await night.said() == [], "it hid nothing, and nobody needs to hear of it"
    await night.desk.silencing.begin("s2", night.wanted())
    night.clock.advance(timedelta(seconds=31))
    with pytest.raises(Refused):
        await night.desk.silencing.end("w", "", actor("ann"), undo=True)


async def test_sev1_pages_until_a_second_person_approves(store: Store) -> None:
    night = Kept(store)
    made = await night.desk.silencing.begin("s", night.wanted(sev1=True))
    mark = made.silence.id[-6:]
    severe = replace(disk(fingerprint="severe"), severity=Severity.SEV1)
    (asked,) = await night.said()
    assert asked.channel == PAYMENTS.channel

    assert await night.told(severe, disk()) == ["opened", "muted"]
    with pytest.raises(Refused):
        await night.desk.silencing.approve("a", mark, actor("ann"))
    await night.desk.silencing.approve("b", mark, actor("bob"))

    assert await night.told(replace(severe, fingerprint="other")) == ["muted"]


@pytest.mark.parametrize("kind", ["stranger", "guest"])
async def test_strangers_silence_nothing(store: Store, kind: str) -> None:
    night = Kept(store)
    made = await night.desk.silencing.begin("s", night.wanted())
    who = actor("mallory")

    for attempt in (
        night.desk.silencing.begin("x", night.wanted(by=who)),
        night.desk.silencing.end(f"y{kind}", made.silence.id[-6:], who),
        night.desk.silencing.approve("z", made.silence.id[-6:], who),
    ):
        with pytest.raises(Refused, match="responder"):
            await attempt


async def test_the_preview_counts_what_would_have_been_hidden(store: Store) -> None:
    night = Kept(store)
    await night.told(disk(), disk(fingerprint="b"), disk(fingerprint="c", host="db-2"))
    await night.told(disk(AlertState.CLEARED))
    await night.told(replace(disk(fingerprint="severe"), severity=Severity.SEV1))
    night.clock.advance(timedelta(days=6))

    preview = await night.desk.silencing.preview(night.wanted())

    assert (preview.alerts, preview.incidents, preview.sev1) == (3, 2, 1)
    assert preview.titles
    night.clock.advance(timedelta(days=2))
    assert (await night.desk.silencing.preview(night.wanted())).alerts == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"conditions": ('host =~ "(?=x)"',)},
        {"conditions": ("nonsense",)},
        {"conditions": (f'host = "{"x" * 700}"',)},
        {"services": ("nothing",)},
        {"reason": ""},
    ],
)
async def test_what_cannot_be_wanted_is_refused(store: Store, changes: dict[str, object]) -> None:
    night = Kept(store)
    with pytest.raises(Refused):
        await night.desk.silencing.begin("s", night.wanted(**changes))
    assert await night.desk.silencing.listing() == []


async def test_maintenance_stops_a_ladder_that_runs_and_it_begins_again_at_the_end(store: Store) -> None:
    night = Kept(store)
    await night.told(disk())
    await night.pass_(timedelta(seconds=1))
    before = await night.only()
    wanted = night.wanted(kind=SilenceKind.MAINTENANCE, conditions=(), services=(PAYMENTS.id,))
    await night.desk.silencing.begin("m", wanted)

    await night.pass_(timedelta(seconds=1))

    held = await night.only()
    assert (held.status, held.snoozed, held.due_at) == (Status.ACKNOWLEDGED, True, None)
    assert await night.told(disk(fingerprint="new")) == ["muted"]
    await night.pass_(timedelta(minutes=30))
    assert (await night.only()).epoch == before.epoch
    await night.pass_(timedelta(minutes=30))
    after = {each.title: each for each in await night.desk.open_incidents()}
    assert len(await night.desk.open_incidents()) == 2
    assert {each.status for each in after.values()} == {Status.TRIGGERED}
    again = await store.read(lambda tx: tx.incident(before.id))
    assert again is not None
    assert again.epoch == before.epoch + 1


async def test_maintenance_that_ends_early_pages_at_once(store: Store) -> None:
    night = Kept(store)
    await night.told(disk())
    made = await night.desk.silencing.begin("m", night.wanted(kind=SilenceKind.MAINTENANCE))
    await night.pass_(MINUTE)
    assert (await night.only()).snoozed

    await night.desk.silencing.end("e", made.silence.id[-6:], actor("ann"))
    await night.pass_(timedelta(seconds=1))

    assert (await night.only()).status is Status.TRIGGERED


async def test_maintenance_leaves_alone_what_people_mean(store: Store) -> None:
    night = Kept(store)
    await night.told(disk())
    declared = Declare(
        by=actor("ann"), title="By hand", service=PAYMENTS, severity=Severity.SEV2, via=Via.COMMAND
    )
    await night.desk.declare("d", declared)
    severe = replace(disk(fingerprint="severe"), severity=Severity.SEV1)
    (one,) = await night.taken(severe)
    assert one.incident
    wanted = night.wanted(kind=SilenceKind.MAINTENANCE, conditions=(), services=(PAYMENTS.id,))
    await night.desk.silencing.begin("m", wanted)

    await night.pass_(timedelta(seconds=1))

    incidents = await night.desk.open_incidents()
    hushed = [each for each in incidents if each.snoozed]
    assert len(hushed) == 1
    wish = Unacknowledge(by=actor("ann"), via=Via.CARD)
    await night.desk.handle("u", ById(id=hushed[0].id), wish)
    await night.pass_(MINUTE)
    again = await night.desk.find(ById(id=hushed[0].id))
    assert again.status is Status.TRIGGERED, "whoever begins it again by hand means it"
    await night.desk.handle("a", ById(id=again.id), Acknowledge(by=actor("ann"), via=Via.CARD))


async def test_recurring_maintenance_hushes_in_its_window(store: Store) -> None:
    night = Kept(store)
    now = night.clock.now()
    window = Recurring(
        name="w",
        services=(PAYMENTS.id,),
        days=frozenset(range(7)),
        begin=time((now.hour + 1) % 24),
        end=time((now.hour + 3) % 24),
        zone="UTC",
    )
    night.configuration = replace(CONFIGURATION, maintenance=(window,))
    await night.told(disk())
    await night.pass_(MINUTE)
    begin = (now + HOUR).replace(minute=0, second=0, microsecond=0)
    while night.clock.now() < begin + MINUTE:
        await night.pass_(MINUTE)

    held = await night.only()

    assert held.snoozed
    assert held.wake_at == begin + 2 * HOUR
    (listed,) = await night.desk.silencing.listing()
    assert (listed.name, listed.until) == ("maintenance:w", held.wake_at)


async def test_a_heartbeat_of_which_nothing_was_ever_heard_is_missed(store: Store) -> None:
    backup = Heartbeat(name="backup", matchers=(matcher("job=backup"),), every=HOUR)
    night = Kept(store, replace(CONFIGURATION, heartbeats=(backup,)))
    await night.pass_(MINUTE)

    await night.pass_(HOUR)

    assert await night.open() == ["Heartbeat backup does not come"]
    night.configuration = CONFIGURATION
    assert await night.told(disk(job="backup")) == ["opened"]


class Bomb:
    """A pattern that cannot take one text."""

    def fullmatch(self, text: str) -> object | None:
        if text == "boom":
            raise ValueError(text)
        return None


async def test_one_that_cannot_be_judged_pages_and_stops_no_other(store: Store) -> None:
    night = Kept(store)
    await night.silence()
    await night.told(disk(x="boom"), disk(fingerprint="b"))
    bomb = Matcher(label="x", op="=~", value="boom", pattern=Bomb())
    rule = Inhibition(source=(matcher("a=b"),), target=(bomb,))
    night.configuration = replace(CONFIGURATION, inhibitions=(rule,))

    with watched_errors() as errors:
        errors.expect("step_failed")
        await night.pass_(HOUR)

    assert len(await night.open()) == 2
    assert (await night.standing(disk())).next_at is None


async def test_that_nothing_can_be_judged_is_told(store: Store, url: str) -> None:
    night = Kept(store)
    drop(url, "silence")

    with pytest.raises(Exception):  # noqa: B017 - each driver has its own
        await night.keeper.look()

    assert "quiet" in night.alarms.standing
