"""Groups that hide their alerts: another is told in the thread, a worse one pages, one end ends all."""

from dataclasses import replace

import pytest

from bot.domain.alert import Alert, AlertState, Severity
from bot.domain.commands import Acknowledge, Resolve
from bot.domain.incident import Incident, Status, Via
from bot.domain.timeline import EntryKind
from bot.intake import Brought
from bot.ports import Store
from bot.service import ById
from handlers.alerts import parse
from tests.examples import actor
from tests.store.test_quiet import MINUTE, Night
from tests.unit.alerts.makers import said

DISK = "[FIRING:1] prod (DiskFull db-1 warning)"
GRAFANA = {"footer": "Grafana v12.1.0", "title_link": "https://grafana.example.com/alerting/list"}
ALERTMANAGER = {"title_link": "https://am.example.com/#/alerts?receiver=ops"}
MINUTES = iter(range(10_000))


def message(title: str, source: dict[str, str]) -> Alert:
    """As it is posted a minute after the last."""
    shown = {"title": title, "fallback": title} | source
    (found,) = parse(said(text="", ts=f"{1767225600 + 60 * next(MINUTES)}.000100", attachments=[shown]))
    return found


async def only(night: Night) -> Incident:
    (found,) = await night.desk.open_incidents()
    return found


async def acknowledged(night: Night) -> None:
    wish = Acknowledge(by=actor("ann"), via=Via.CARD)
    await night.desk.handle("ack", ById(id=(await only(night)).id), wish)


async def told(night: Night, incident: Incident) -> list[str]:
    entries = await night.store.read(lambda tx: tx.timeline(incident.id))
    return [entry.facts["title"] for entry in entries if entry.kind is EntryKind.ALERT]


@pytest.mark.parametrize("source", [ALERTMANAGER, GRAFANA])
async def test_another_alert_of_an_acknowledged_group_is_told_in_the_thread(
    store: Store, source: dict[str, str]
) -> None:
    night = Night(store)
    titles = (DISK, "[FIRING:2] prod", "[FIRING:2] prod", "[FIRING:1] prod (PaymentsDown web-1 warning)")
    assert await night.told(message(titles[0], source)) == ["opened"]
    await acknowledged(night)

    outcomes = [(await night.told(message(title, source)))[0] for title in titles[1:]]

    assert outcomes == ["added", "repeated", "added"]
    incident = await only(night)
    assert (incident.status, incident.alerts.firing) == (Status.ACKNOWLEDGED, 1)
    assert await told(night, incident) == ["prod", "prod (PaymentsDown web-1 warning)"]
    assert await night.told(message("[RESOLVED] prod (PaymentsDown web-1 warning)", source)) == ["cleared"]
    assert await night.open() == []


async def test_a_worse_alert_of_an_acknowledged_group_pages(store: Store) -> None:
    night = Night(store)
    await night.told(message(DISK, ALERTMANAGER))
    await acknowledged(night)

    worse = message("[FIRING:1] prod (PaymentsDown web-1 critical)", ALERTMANAGER)

    assert await night.told(worse) == ["added"]
    incident = await only(night)
    assert (incident.status, incident.severity) == (Status.TRIGGERED, Severity.SEV1)


async def test_another_alert_of_a_group_whose_incident_somebody_resolved_opens_it_again(store: Store) -> None:
    night = Night(store)
    await night.told(message(DISK, ALERTMANAGER))
    resolve = Resolve(by=actor("ann"), via=Via.CARD)
    await night.desk.handle("end", ById(id=(await only(night)).id), resolve)
    night.clock.advance(MINUTE)

    assert await night.told(message("[FIRING:2] prod", ALERTMANAGER)) == ["reopened"]


@pytest.mark.parametrize("resolved", [True, False])
async def test_another_alert_that_an_edit_of_the_message_tells_is_told_as_well(
    store: Store, resolved: bool
) -> None:
    night = Night(store)
    first = message(DISK, ALERTMANAGER)
    await night.desk.intake.take_all([Brought(request="posted", alerts=[first])])
    if resolved:
        resolve = Resolve(by=actor("ann"), via=Via.CARD)
        await night.desk.handle("end", ById(id=(await only(night)).id), resolve)
    edited = replace(message("[FIRING:2] prod", ALERTMANAGER), origin=first.origin)

    ((taken,),) = await night.desk.intake.take_all([Brought(request="edit", alerts=[edited], edited=True)])

    assert taken.outcome == ("reopened" if resolved else "added")


async def test_a_group_that_was_over_begins_anew(store: Store) -> None:
    night = Night(store)
    for title in (DISK, "[FIRING:2] prod", "[RESOLVED] prod"):
        await night.told(message(title, ALERTMANAGER))

    again = message(DISK, ALERTMANAGER)

    assert again.state is AlertState.FIRING
    assert await night.told(again) == ["reopened"]
    assert await night.told(message(DISK, ALERTMANAGER)) == ["repeated"]
    assert await night.told(message("[FIRING:2] prod", ALERTMANAGER)) == ["added"]


async def test_values_in_a_title_are_no_other_alert(store: Store) -> None:
    night = Night(store)
    await night.told(message("[FIRING:1] prod (CpuHot web-1 93.5%)", ALERTMANAGER))

    assert await night.told(message("[FIRING:1] prod (CpuHot web-1 94.1%)", ALERTMANAGER)) == ["repeated"]
