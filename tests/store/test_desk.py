"""The desk on a real database."""

from dataclasses import replace

from bot.clock import ShiftedClock
from bot.domain.alert import AlertState, HeldAlert, Severity
from bot.domain.configuration import Configuration
from bot.domain.ids import ServiceId
from bot.domain.incident import Incident, Status
from bot.domain.route import Matcher, Route
from bot.ports import Store
from bot.service import Desk
from tests.examples import PAYMENTS, ROSTER, alert

OTHER = replace(PAYMENTS, id=ServiceId("other"), name="Other")


async def first_alert(store: Store, incident: Incident | None) -> HeldAlert:
    assert incident is not None
    return (await store.read(lambda tx: tx.alerts(incident.id)))[0]


async def test_a_changed_route_makes_no_second_incident_of_an_alert(store: Store) -> None:
    before = Configuration(
        roster=ROSTER, services={PAYMENTS.id: PAYMENTS, OTHER.id: OTHER}, default_service=PAYMENTS.id
    )
    in_force = [before]
    desk = Desk(store, ShiftedClock(), lambda: in_force[0], lambda: None)
    await desk.ingest("fires", [alert()])

    in_force[0] = replace(before, default_service=OTHER.id)
    [again] = await desk.ingest("fires again", [alert()])
    [cleared] = await desk.ingest("clears", [alert(AlertState.CLEARED)])

    assert again.outcome == "repeated"
    assert cleared.incident is not None
    assert cleared.incident.status is Status.RESOLVED


async def test_an_incident_remembers_how_its_alert_was_read_and_why_it_came_to_its_service(
    store: Store,
) -> None:
    team = Route(
        matchers=(Matcher(label="team", op="=", value="other"),), service=OTHER.id, severity=Severity.SEV1
    )
    both = {PAYMENTS.id: PAYMENTS, OTHER.id: OTHER}
    placed = Configuration(roster=ROSTER, services=both, default_service=PAYMENTS.id, routes=(team,))
    desk = Desk(store, ShiftedClock(), lambda: placed, lambda: None)
    routed = replace(alert(), labels={"team": "other"}, parser="alertmanager (recognised)")

    [first] = await desk.ingest("routed", [routed])
    [second] = await desk.ingest("default", [alert(fingerprint="f2")])
    [third] = await desk.ingest("named", [replace(alert(fingerprint="f3"), severity=None)], OTHER.id)

    told = [await first_alert(store, each.incident) for each in (first, second, third)]
    assert [held.route for held in told] == [
        'route 1 (team="other")',
        "no route matched: the default service",
        "its channel names the service",
    ]
    assert [held.severity_by for held in told] == [
        "set by route 1",
        "the alert's own",
        "the source tells none, so the default counts",
    ]
    assert told[0].parser == "alertmanager (recognised)"
