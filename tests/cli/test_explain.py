"""`tocsin explain`: from the message to each attempt at paging somebody."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.clock import ShiftedClock
from bot.domain.alert import MessageRef
from bot.domain.configuration import Configuration
from bot.ports import Receipt, Store
from bot.service import Desk
from bot.store import open_store
from tests.cli.program import Ended, Program
from tests.examples import PAYMENTS, ROSTER, alert
from tests.store.stories import acknowledge, claim, climb

TODAY = """
people:
  ann: {{name: Ann, slack: U0ANNLEE001, email: ann@example.com}}
  bob: {{name: Bob, slack: U0BOBRAY001, email: bob@example.com}}
ladders:
  payments:
    rounds: 2
    rungs: [{{targets: [{{person: ann}}], wait: 5m}}, {{targets: [{{person: bob}}], wait: {wait}}}]
services:
  payments: {{name: Payments, channel: "#incidents", ladder: payments}}
defaults: {{service: payments, severity: sev2}}
"""
HOSTILE = "API down \x1b[31m[bold]<!channel>[/]"


async def one_night(store: Store) -> None:
    """An alert; its page is in doubt, found by a look-up, and acknowledged before the e-mail is due."""
    clock = ShiftedClock()
    configuration = Configuration(
        roster=ROSTER, services={PAYMENTS.id: PAYMENTS}, default_service=PAYMENTS.id
    )
    desk = Desk(store, clock, lambda: configuration, lambda: None)
    told = replace(
        alert(),
        title=HOSTILE,
        parser="alertmanager (recognised)",
        origin=MessageRef(channel="C1", ts="17.5"),
    )
    (taken,) = await desk.ingest("fires", [told])
    assert taken.incident is not None
    now = clock.now()
    await store.write(lambda tx: climb(tx, now))
    (first,) = await claim(store, at=now)
    again = now + timedelta(seconds=2)
    await store.write(lambda tx: tx.record_retry(first, "reset", unknown=True, again_at=again, now=now))
    (second,) = await claim(store, at=again)
    receipt = Receipt(ref=MessageRef(channel="D1", ts="1.5"), provider_id="E77", looked_up=True)
    await store.write(lambda tx: tx.record_sent(second, receipt, again))
    await store.write(lambda tx: acknowledge(tx, taken.incident.id, again) if taken.incident else None)


@pytest.fixture
async def program(tocsin: Program) -> Program:
    """The program beside a database in which one night stands."""
    store = open_store(f"sqlite:///{tocsin.folder / 'data' / 'tocsin.db'}", auto_migrate=True)
    await store.start()
    await one_night(store)
    await store.stop()
    return tocsin


async def test_the_chain_goes_from_the_message_to_each_attempt(program: Program) -> None:
    told = await program("explain", "INC-1")

    assert told.code == 0
    in_order = [
        "INC-1: API down",
        "message 17.5 in C1",
        "read by alertmanager (recognised)",
        "route: no route matched: the default service",
        "severity sev2: the alert's own",
        "Deduplication key: alertmanager|f1",
        "Ladder payments, climb 1",
        "PAGE Ann by slack (round 1, rung 1): sent",
        "why: named in the ladder, rung 1 of 2 of payments",
        "unknown: reset",
        "a look-up found an earlier attempt",
        "E77, message 1.5 in D1",
        "PAGE Ann by email (round 1, rung 1): cancelled",
        "not wanted any more",
        "acknowledged",
    ]
    places = [told.out.find(words) for words in in_order]
    assert -1 not in places, told.out
    assert places[:10] == sorted(places[:10]), told.out


async def test_untrusted_text_does_nothing_to_the_terminal(program: Program) -> None:
    told = await program("explain", "INC-1")

    assert "\x1b" not in told.out
    assert "[bold]<!channel>[/]" in told.out


async def test_machines_get_one_document(program: Program) -> None:
    told = json.loads((await program("explain", "1", "--json")).out)

    page, mail = told["pages"]
    assert told["incident"] == "INC-1"
    assert (page["person"], page["method"], page["round"], page["rung"]) == ("ann", "slack", 1, 1)
    assert [each["outcome"] for each in page["attempts"]] == ["unknown", "sent"]
    assert (page["provider_id"], mail["state"]) == ("E77", "cancelled")
    assert page["at"].endswith("Z")
    assert told["alerts"][0]["parser"] == "alertmanager (recognised)"


@pytest.mark.parametrize(
    ("wait", "said"), [("10m", "the same in tocsin.yaml today"), ("6m", "it is DIFFERENT today")]
)
async def test_the_ladder_of_then_is_compared_with_the_file_of_today(
    program: Program, wait: str, said: str
) -> None:
    (program.folder / "tocsin.yaml").write_text(TODAY.format(wait=wait))

    assert said in (await program("explain", "INC-1")).out


async def test_without_a_file_the_chain_is_told_and_the_comparison_is_not(program: Program) -> None:
    told = await program("explain", "INC-1")

    assert told.code == 0
    assert "could not be compared" in told.out


@pytest.mark.parametrize(("asked", "code"), [("INC-99", 1), ("nonsense", 2)])
async def test_what_is_no_incident_is_said_with_a_remedy(program: Program, asked: str, code: int) -> None:
    told: Ended = await program("explain", asked)

    assert told.code == code
    assert asked in told.err
