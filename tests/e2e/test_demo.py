"""What can be played in the demonstration: overrides, swaps, hand-overs, quorums, a file of one's own."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from bot.config.load import load
from bot.config.problem import InvalidConfiguration
from bot.demo import alerts
from bot.demo.cast import harmless
from bot.demo.stage import Stage, stage
from bot.sandbox.slack.workspace import Message

OWN = """
people:
  zoe: {name: Zoe Quin, slack: U0ZOEQUIN01, email: zoe@corp.example, zone: Europe/Paris, methods: [slack]}
schedules:
  rota:
    zone: Europe/Paris
    channel: "#rota"
    group: S0ROTA00001
    leads: [U0LEADER001]
    layers: [{people: [zoe], start: 2026-01-05, handoff: "09:00", shift: 7d}]
webhooks: {pager: {url: "https://pager.corp.example/tocsin"}}
ladders:
  first: {rungs: [{targets: [{schedule: rota}, {webhook: pager}, {channel: C0WARROOM01}], wait: 5m}]}
services:
  shop:
    name: Shop
    channel: "#shop-incidents"
    ladder: first
    ticket: {project: SHOP, type: Outage}
channels: [{channel: "#shop-alerts"}]
defaults: {service: shop, severity: sev1}
"""


@pytest.fixture
async def on(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    """In an environment that speaks of a database in earnest."""
    monkeypatch.setenv("TOCSIN_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/earnest")
    async with stage(wait="2s") as play:
        yield play


async def oncall(on: Stage, text: str, by: str = "ann") -> str:
    outcome = await on.slack.person(by).slash("/oncall", text, channel="#general")
    return outcome.reply.words if outcome.reply else outcome.error


def told(on: Stage, person: str, words: str) -> Message | None:
    return next((message for message in on.slack.dms(person) if words in message.words), None)


async def test_shifts_are_given_taken_and_swapped(on: Stage) -> None:
    assert "Ann Lee" in await oncall(on, "who primary")

    await oncall(on, "override primary @cleo for 2h dentist")
    assert "Cleo Diaz" in await oncall(on, "who primary")
    await oncall(on, "take primary for 1h", by="bob")
    assert "Bob Ray" in await oncall(on, "who primary")
    refused = await oncall(on, "override primary @ann for 2h", by="cleo")
    assert "Ann Lee" in refused, "who may is named"
    await oncall(on, "swap primary @bob")
    await on.slack.person("ann").submit({"why": "Concert"})
    assert await on.saw(lambda: told(on, "bob", "asks you to swap"), 10)
    question = told(on, "bob", "asks you to swap")
    assert question is not None
    await on.slack.person("bob").click(question, "Agree")
    assert await on.saw(lambda: told(on, "ann", "swapped"), 10)


async def test_an_incident_is_handed_over_and_one_needs_two_people(on: Stage) -> None:
    ann, bob = on.slack.person("ann"), on.slack.person("bob")
    await ann.slash("/incident", "declare Invoices are wrong sev2 --service billing", channel="#general")
    assert await on.saw(lambda: told(on, "ann", "PAGE"), 10)

    await ann.slash("/incident", "ack INC-1", channel="#general")
    assert await on.saw(lambda: told(on, "bob", "PAGE"), 10), "one is not enough"
    await bob.slash("/incident", "ack INC-1", channel="#general")
    assert await on.saw(lambda: "Acknowledged" in on.slack.messages("#incidents")[0].words, 10)
    await ann.slash("/incident", "handover INC-1 @cleo", channel="#general")
    assert await on.saw(lambda: told(on, "cleo", "INC-1"), 10)


async def test_a_file_of_ones_own_is_played_with_its_people_and_nobody_outside_is_told(
    tmp_path: Path,
) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(OWN)
    (pager,) = harmless(load(path).configuration).webhooks.values()
    assert (pager.name, pager.url) == ("pager", "https://0.demonstration.invalid/")

    async with stage(config=path) as on:
        zoe = on.slack.world.users["U0ZOEQUIN01"]
        assert (zoe.name, zoe.real_name, zoe.tz) == ("zoe", "Zoe Quin", "Europe/Paris")
        assert "U0LEADER001" in on.slack.world.users

        assert on.alerts == "#shop-alerts"
        on.slack.integration("Alertmanager").post(on.alerts, alerts.firing())

        assert await on.saw(lambda: told(on, "zoe", "INC-1"), 15)
        assert await on.saw(lambda: on.slack.messages("#shop-incidents"), 15)
        assert await on.saw(lambda: on.jira.issues("SHOP"), 15)
        assert await on.saw(lambda: on.slack.messages("C0WARROOM01"), 15)
        (group,) = (each for each in on.slack.world.groups.values() if each.id == "S0ROTA00001")
        assert group.users == ("U0ZOEQUIN01",)


async def test_a_file_with_a_mistake_is_not_played(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(OWN.replace("schedule: rota", "schedule: rotta"))

    with pytest.raises(InvalidConfiguration, match="rotta"):
        async with stage(config=path):
            pass


async def test_what_is_posted_with_the_token_that_is_shown_becomes_an_incident(on: Stage) -> None:
    shown = {"Authorization": f"Bearer {on.tokens['generic']}"}
    limit = aiohttp.ClientTimeout(total=20)
    async with aiohttp.ClientSession(timeout=limit) as session:
        said = {"title": "Disk full on db-1", "severity": "sev2"}
        async with session.post(f"{on.url}/alerts/generic", headers=shown, json=said) as answer:
            told = await answer.json()

    assert told["alerts"][0]["outcome"] == "opened"
    assert await on.saw(
        lambda: any("Disk full on db-1" in each.words for each in on.slack.dms("U0ANNLEE001")), 10
    )
