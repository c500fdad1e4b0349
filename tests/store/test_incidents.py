"""Incidents come back as they were saved, however they are looked for."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain import commands as c
from bot.domain.alert import Alert, AlertState, MessageRef, Severity
from bot.domain.decision import unchanged
from bot.domain.effects import Lane, PublishHome
from bot.domain.ids import IncidentId
from bot.domain.incident import Incident, Via
from bot.domain.timeline import EntryKind
from bot.ports import Receipt, Store, Tx
from tests.examples import ANN, CLEO, NOW, PAYMENTS, actor
from tests.store.stories import SECOND, acknowledge, claim, climb, declare, note, obey, paged


async def test_an_incident_comes_back_as_it_was_saved(store: Store) -> None:
    saved = await store.write(lambda tx: declare(tx, key="api"))

    found = await store.read(lambda tx: tx.incident(saved.id))

    assert found == saved
    assert await store.read(lambda tx: tx.incidents([saved.id])) == {saved.id: saved}
    assert await store.read(lambda tx: tx.incident(IncidentId("nobody"))) is None
    assert await store.read(lambda tx: tx.incidents([])) == {}


async def test_an_incident_is_found_by_all_its_names(store: Store) -> None:
    incident = await store.write(lambda tx: declare(tx, key="api"))
    card = MessageRef(channel="C1", ts="1.1")
    opened = c.TicketOpened(key="OPS-7", url="https://jira.example/OPS-7")

    await store.write(lambda tx: obey(tx, incident.id, c.CardPosted(card=card)))
    await store.write(lambda tx: obey(tx, incident.id, opened))

    def names(tx: Tx) -> list[Incident | None]:
        found = [tx.numbered(incident.number), tx.by_ticket("OPS-7"), tx.by_message(card)]
        return [*found, tx.open_for("api"), tx.last_for("api")]

    assert [found and found.id for found in await store.read(names)] == [incident.id] * 5
    assert [found and found.id for found in await store.write(names)] == [incident.id] * 5
    elsewhere = replace(card, channel="C2")
    assert await store.read(lambda tx: (tx.by_message(elsewhere), tx.numbered(99), tx.by_ticket("X"))) == (
        None,
        None,
        None,
    )


async def test_a_page_leads_to_its_incident(store: Store) -> None:
    incident = await paged(store)
    (page,) = await claim(store)
    ref = MessageRef(channel="D1", ts="2.2")

    await store.write(lambda tx: tx.record_sent(page, Receipt(ref=ref), NOW))

    found = await store.read(lambda tx: tx.by_message(ref))
    assert found is not None
    assert found.id == incident.id
    (sent,) = await store.read(lambda tx: tx.sent_pages(incident.id))
    assert (sent.effect, sent.ref) == (page.effect, ref)


async def test_the_dedup_key_is_free_again_when_the_incident_is_resolved(store: Store) -> None:
    first = await store.write(lambda tx: declare(tx, key="api"))
    end = c.Resolve(by=actor("ann"), via=Via.CARD)
    await store.write(lambda tx: obey(tx, first.id, end))

    assert await store.read(lambda tx: tx.open_for("api")) is None
    last = await store.read(lambda tx: tx.last_for("api"))
    second = await store.write(lambda tx: declare(tx, key="api", at=NOW + SECOND))

    assert last is not None
    assert last.id == first.id
    newest = await store.read(lambda tx: (tx.open_for("api"), tx.last_for("api"), tx.last_resolved()))
    assert [found and found.id for found in newest] == [second.id, second.id, first.id]


async def test_open_incidents_come_the_worst_first_then_the_oldest(store: Store) -> None:
    async def opened(severity: Severity, seconds: int) -> int:
        at = NOW + seconds * SECOND
        return (await store.write(lambda tx: declare(tx, severity=severity, at=at))).number

    minor = await opened(Severity.SEV3, 0)
    newer = await opened(Severity.SEV1, 2)
    older = await opened(Severity.SEV1, 1)

    found = await store.read(lambda tx: tx.open_incidents())

    assert [incident.number for incident in found] == [older, newer, minor]
    assert len(await store.read(lambda tx: tx.open_incidents(limit=2))) == 2


async def test_the_timeline_comes_in_order_and_in_pieces(store: Store) -> None:
    incident = await store.write(declare)
    for text in ("one", "two", "three"):
        await store.write(lambda tx, text=text: obey(tx, incident.id, note(text)))  # type: ignore[misc]  # bound now

    entries = await store.read(lambda tx: tx.timeline(incident.id))
    some = await store.read(lambda tx: tx.timeline(incident.id, after=2, limit=1))

    assert [entry.kind for entry in entries] == [EntryKind.OPENED, *[EntryKind.NOTE] * 3]
    assert [entry.facts["text"] for entry in entries[1:]] == ["one", "two", "three"]
    assert some == [entries[2]]


async def test_a_request_is_new_once(store: Store) -> None:
    assert await store.write(lambda tx: tx.first_time("Ev1", NOW))
    assert not await store.write(lambda tx: tx.first_time("Ev1", NOW + SECOND))
    assert await store.write(lambda tx: tx.first_time("Ev2", NOW))


async def test_alerts_are_remembered_by_source_and_fingerprint(store: Store) -> None:
    incident = await store.write(declare)
    alert = Alert(source="grafana", fingerprint="f1", state=AlertState.FIRING, title="API down")
    seen = c.AlertSeen(alert=alert, severity=Severity.SEV1)

    await store.write(lambda tx: obey(tx, incident.id, seen))

    held = await store.read(lambda tx: tx.held(incident.id, "grafana", "f1"))
    assert held is not None
    assert (held.count, held.first_at, held.state) == (1, NOW, AlertState.FIRING)
    assert await store.read(lambda tx: tx.held(incident.id, "grafana", "f2")) is None
    again = c.AlertSeen(alert=alert, severity=Severity.SEV1, held=held)
    await store.write(lambda tx: obey(tx, incident.id, again, NOW + SECOND))
    later = await store.read(lambda tx: tx.held(incident.id, "grafana", "f1"))
    assert later == replace(held, count=2, last_at=NOW + SECOND)


async def test_an_alert_is_found_by_the_newest_message_that_told_of_it(store: Store) -> None:
    incident = await store.write(lambda tx: declare(tx, key="payments|generic|f1"))
    first, second = MessageRef(channel="C1", ts="1.1"), MessageRef(channel="C1", ts="1.2")
    alert = Alert(source="generic", fingerprint="f1", state=AlertState.FIRING, title="API down", origin=first)
    seen = c.AlertSeen(alert=alert, severity=Severity.SEV1)

    await store.write(lambda tx: obey(tx, incident.id, seen))

    held = await store.read(lambda tx: tx.held(incident.id, "generic", "f1"))
    assert held is not None
    assert await store.read(lambda tx: tx.by_origin(first)) == [("payments|generic|f1", held)]
    assert await store.read(lambda tx: tx.by_origin(replace(first, channel="C2"))) == []
    again = c.AlertSeen(alert=replace(alert, origin=second), severity=Severity.SEV1, held=held)
    await store.write(lambda tx: obey(tx, incident.id, again, NOW + SECOND))
    assert await store.read(lambda tx: tx.by_origin(first)) == []
    assert [key for key, _ in await store.read(lambda tx: tx.by_origin(second))] == ["payments|generic|f1"]


async def test_a_decision_that_changes_nothing_writes_nothing(store: Store) -> None:
    incident = await store.write(declare)
    other = replace(incident, title="never saved", version=incident.version + 1)

    await store.write(lambda tx: tx.save([unchanged(other)], NOW))

    assert await store.read(lambda tx: tx.incident(incident.id)) == incident


async def test_only_what_is_due_climbs_and_in_due_order(store: Store) -> None:
    late = await store.write(lambda tx: declare(tx, at=NOW + SECOND))
    early = await store.write(lambda tx: declare(tx, at=NOW))
    await store.write(lambda tx: declare(tx, at=NOW + timedelta(hours=1)))

    due = await store.write(lambda tx: tx.due(NOW + SECOND, 10))

    assert [incident.id for incident in due] == [early.id, late.id]
    assert await store.read(lambda tx: tx.next_climb()) == NOW


async def test_an_acknowledgement_has_its_wake_as_the_next_due_time(store: Store) -> None:
    incident = await paged(store)

    acknowledged = await store.write(lambda tx: acknowledge(tx, incident.id))

    assert await store.read(lambda tx: tx.next_climb()) == acknowledged.next_at
    assert acknowledged.wake_at is not None
    assert await store.write(lambda tx: tx.due(NOW + timedelta(minutes=5), 10)) == []
    assert await store.write(lambda tx: tx.due(acknowledged.wake_at or NOW, 10)) == [acknowledged]


async def test_pages_wait_for_those_who_were_paged_in_the_present_climb(store: Store) -> None:
    incident = await paged(store)
    mine, nobodys = ANN.slack_user or "", "UNOBODY"

    assert [found.id for found in await store.read(lambda tx: tx.pages_waiting(mine))] == [incident.id]
    assert await store.read(lambda tx: tx.pages_waiting(nobodys)) == []

    await store.write(lambda tx: acknowledge(tx, incident.id))
    assert await store.read(lambda tx: tx.pages_waiting(mine)) == []

    wake = c.Unacknowledge(by=actor("ann"), via=Via.CARD)
    await store.write(lambda tx: obey(tx, incident.id, wake))
    assert await store.read(lambda tx: tx.pages_waiting(mine)) == []


async def test_home_viewers_are_those_who_looked_lately(store: Store) -> None:
    await store.write(lambda tx: tx.home_seen("U1", NOW))
    await store.write(lambda tx: tx.home_seen("U2", NOW))
    await store.write(lambda tx: tx.home_seen("U1", NOW + SECOND))

    assert await store.read(lambda tx: tx.home_viewers(NOW)) == ["U1", "U2"]
    assert await store.read(lambda tx: tx.home_viewers(NOW + SECOND)) == ["U1"]


@pytest.mark.parametrize("besides", [False, True], ids=["alone", "while somebody is asked besides"])
async def test_forgotten_incidents_are_found(store: Store, *, besides: bool) -> None:
    climbing = await paged(store)
    if besides:
        wish = c.PagePeople(by=actor("bob"), via=Via.COMMAND, people=(CLEO,), message="look")
        await store.write(lambda tx: obey(tx, climbing.id, wish))
    quiet = replace(PAYMENTS, ladders={Severity.SEV4: None})
    await store.write(lambda tx: declare(tx, service=quiet, severity=Severity.SEV4))
    assert await store.write(lambda tx: tx.forgotten()) == []

    def forget(tx: Tx) -> None:
        incident = tx.incident(climbing.id)
        assert incident is not None
        assert incident.escalation is not None
        halted = replace(incident.escalation, due_at=None)
        broken = replace(incident, escalation=halted, version=incident.version + 1)
        tx.save([replace(unchanged(broken), changed=True)], NOW)

    await store.write(forget)

    assert [incident.id for incident in await store.write(lambda tx: tx.forgotten())] == [climbing.id]
    assert [trouble.kind for trouble in await store.read(lambda tx: tx.audit(NOW))] == ["incident forgotten"]


async def test_an_audit_tells_what_is_overdue_and_stuck(store: Store) -> None:
    await paged(store)
    assert await store.read(lambda tx: tx.audit(NOW)) == []
    await claim(store)

    found = await store.read(lambda tx: tx.audit(NOW + timedelta(minutes=10)))

    assert {trouble.kind: trouble.count for trouble in found} == {
        "climb overdue": 1,
        "page overdue": 2,
        "delivery stuck": 1,
    }


async def test_sweeping_spares_what_belongs_to_an_open_incident(store: Store) -> None:
    incident = await paged(store)
    (page,) = await claim(store)
    await store.write(lambda tx: tx.record_sent(page, Receipt(), NOW))
    await store.write(lambda tx: tx.first_time("Ev1", NOW))
    much_later = NOW + timedelta(days=60)

    swept = await store.write(lambda tx: tx.sweep(much_later))
    end = c.Resolve(by=actor("ann"), via=Via.CARD)
    await store.write(lambda tx: obey(tx, incident.id, end))
    swept_after = await store.write(lambda tx: tx.sweep(much_later))

    assert swept == 1
    assert await store.write(lambda tx: tx.first_time("Ev1", much_later))
    assert swept_after == 2


async def test_a_home_tab_belongs_to_no_incident(store: Store) -> None:
    await store.write(lambda tx: tx.enqueue([PublishHome(key="home:U1", user="U1")], NOW))

    (home,) = await claim(store, Lane.CHAT)

    assert (home.incident, home.effect) == (None, PublishHome(key="home:U1", user="U1"))


@pytest.mark.row("F03")
async def test_a_work_that_fails_leaves_nothing_behind(store: Store) -> None:
    def fail(tx: Tx) -> None:
        declare(tx, key="api")
        tx.first_time("Ev1", NOW)
        raise ValueError("on purpose")

    with pytest.raises(ValueError, match="on purpose"):
        await store.write(fail)

    assert await store.read(lambda tx: tx.open_incidents()) == []
    assert await store.read(lambda tx: tx.next_climb()) is None
    assert await store.write(lambda tx: tx.first_time("Ev1", NOW))


async def test_a_service_is_stored_although_the_first_to_write_it_failed(store: Store) -> None:
    service = replace(PAYMENTS, name="Only here")

    def fail(tx: Tx) -> None:
        declare(tx, service=service)
        raise ValueError

    with pytest.raises(ValueError):
        await store.write(fail)
    incident = await store.write(lambda tx: declare(tx, service=service))

    assert await store.read(lambda tx: tx.incident(incident.id)) == incident


async def test_climbing_twice_with_the_same_clock_fires_once(store: Store) -> None:
    await store.write(declare)

    assert len(await store.write(climb)) == 1
    assert await store.write(climb) == []
