"""What people and integrations do in Slack, and what the desk makes of it, over both transports."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.domain.alert import Severity
from bot.domain.incident import Status
from bot.domain.timeline import EntryKind
from bot.sandbox.slack.faults import Fault, FaultKind
from bot.service import ByNumber
from tests.e2e.ways_in import WaysIn, ways_in

FIRING = {
    "attachments": [
        {
            "color": "danger",
            "title": "[FIRING:1] InstanceDown (node-1)",
            "title_link": "https://alertmanager.example.com/#/alerts",
            "fallback": "[FIRING:1] InstanceDown (node-1)",
            "text": "node-1 is down",
        }
    ]
}


@pytest.fixture(params=["http", "socket"])
async def bot(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[WaysIn]:
    async with ways_in(tmp_path, request.param) as made:
        yield made


async def test_an_incident_is_declared_acknowledged_and_resolved_by_commands(bot: WaysIn) -> None:
    declared = await bot.said("declare DB is slow sev2 --service search")
    acked = await bot.said("ack INC-1", by="bob")
    resolved = await bot.said("resolve INC-1 rolled back")

    incident = await bot.incident(1)
    assert "INC-1" in declared
    assert "You have INC-1" in acked
    assert "resolved" in resolved
    assert (incident.title, incident.severity, incident.service.id) == ("DB is slow", Severity.SEV2, "search")
    assert incident.status is Status.RESOLVED
    assert incident.resolution
    assert incident.resolution.summary == "rolled back"


async def test_a_ladder_is_shown_climbed_to_a_step_restarted_and_left_for_another(bot: WaysIn) -> None:
    await bot.said("declare DB is slow sev2 --service search")

    shown = await bot.said("ladder INC-1")
    chosen = await bot.said("escalate INC-1 to 2")
    there = (await bot.incident(1)).escalation
    beyond = await bot.said("escalate INC-1 to 9")
    astray = await bot.said("move INC-1 to nowhere")
    moved = await bot.said("move INC-1 to checkout")
    restarted = await bot.said("ladder INC-1 restart")
    nothing = await bot.said("stop INC-1")

    incident = await bot.incident(1)
    assert "on call for primary" in shown
    assert "rung 2 is paged now" in chosen
    assert there
    assert there.step.rung == 2
    assert "`/incident ladder INC-1` shows them" in beyond
    assert "There is no service “nowhere”, so nothing was moved." in astray
    assert "belongs to Checkout now" in moved
    assert incident.service.id == "checkout"
    assert "has the ladder that the configuration has now" in restarted
    assert "nobody else has it yet" in nothing
    _, entries = await bot.desk.timeline(ByNumber(number=1))
    kinds = [entry.kind for entry in entries]
    assert kinds[-2:] == [EntryKind.MOVED, EntryKind.RESTARTED]


async def test_without_a_reference_several_open_incidents_are_offered_and_one_is_picked(bot: WaysIn) -> None:
    await bot.said("declare one")
    await bot.said("declare two")

    offered = await bot.slash("ack")
    assert offered.reply
    await bot.person("ann").choose(offered.reply, "inc.pick", "INC-2 SEV3 two")

    await bot.whispers("ann", 4)
    assert (await bot.incident(1)).status is Status.TRIGGERED
    assert (await bot.incident(2)).status is Status.ACKNOWLEDGED


async def test_what_was_typed_comes_back_when_it_is_not_understood(bot: WaysIn) -> None:
    answer = await bot.said("resovle INC-1 rolled back 1.2.3")

    assert "Did you mean" in answer
    assert "/incident resovle INC-1 rolled back 1.2.3" in answer


@pytest.mark.row("A03")
async def test_the_same_command_delivered_twice_declares_one_incident(bot: WaysIn) -> None:
    bot.slack.faults.add(Fault(kind=FaultKind.DUPLICATE, times=1))

    await bot.slash("declare twice?")
    await bot.slack.settled()

    assert len(await bot.open()) == 1


async def test_a_form_declares_with_everything_that_was_filled_in(bot: WaysIn) -> None:
    opened = await bot.slash("")
    assert opened.view
    assert opened.reply is None

    await bot.person("ann").submit(
        {"title": "DB is slow", "severity": "sev1", "service": "search", "description": "since noon"}
    )

    incident = await bot.incident(1)
    assert (incident.title, incident.severity, incident.service.id) == ("DB is slow", Severity.SEV1, "search")
    assert incident.description == "since noon"
    await bot.slack.until(lambda: bot.slack.dms("ann"))
    assert "Declared SEV1 INC-1" in bot.slack.dms("ann")[-1].words


async def test_a_refused_form_stays_open_and_says_why(bot: WaysIn) -> None:
    await bot.said("declare one")
    await bot.slash("sev INC-1")
    await bot.slash("resolve INC-1 done", by="bob")

    outcome = await bot.person("ann").submit({"severity": "sev1"})

    assert "already resolved" in str(outcome.errors)
    assert outcome.view


@pytest.mark.row("A17")
@pytest.mark.parametrize("who", ["dan"])
async def test_guests_and_strangers_change_nothing(bot: WaysIn, who: str) -> None:
    await bot.said("declare one")

    answer = await bot.said("ack INC-1", by=who)

    assert "Guests" in answer
    assert (await bot.incident(1)).status is Status.TRIGGERED


@pytest.mark.row("A17")
async def test_a_stranger_who_presses_acknowledge_is_denied(bot: WaysIn) -> None:
    await bot.said("declare one")
    card = await bot.posted_card(1)
    bot.slack.world.channels["C0INCIDENT1"].members.add("U0EVESTRNG1")

    await bot.person("eve").click(card, "Acknowledge")

    assert "people of other workspaces" in (await bot.whispers("eve", 1))[0]
    assert (await bot.incident(1)).status is Status.TRIGGERED


@pytest.mark.row("A16")
async def test_who_needs_a_responders_rights_is_told_and_many_tries_are_logged(
    bot: WaysIn, capsys: pytest.CaptureFixture[str]
) -> None:
    await bot.said("declare one")

    for _ in range(3):
        answer = await bot.said("resolve INC-1 because", by="cleo")

    assert "needs a responder" in answer
    assert "/incident resolve INC-1 because" in answer
    assert (await bot.incident(1)).status is Status.TRIGGERED
    assert "denied again and again" in capsys.readouterr().out
    _, entries = await bot.desk.timeline(ByNumber(number=1))
    told = [entry.by.name for entry in entries if entry.kind is EntryKind.DENIED]
    assert told == ["Cleo Diaz"]
    denied = bot.metrics.registry.get_sample_value(
        "tocsin_wishes_total", {"verb": "resolve", "outcome": "denied"}
    )
    assert denied == 3


async def test_the_card_is_acknowledged_with_one_press_and_the_second_one_is_welcome(bot: WaysIn) -> None:
    await bot.said("declare one")
    card = await bot.posted_card(1)

    await bot.person("ann").click(card, "Acknowledge")
    await bot.person("bob").click(card, "Acknowledge")

    told = await bot.whispers("bob", 1)
    assert "already acknowledged by Ann Lee" in told[0]
    names = [item.by.name for item in (await bot.incident(1)).acknowledgements]
    assert names == ["Ann Lee", "Bob Ray"]


@pytest.mark.row("A20")
async def test_a_stale_button_says_what_has_become_of_it(bot: WaysIn) -> None:
    await bot.said("declare one")
    card = await bot.posted_card(1)
    await bot.said("resolve INC-1 done", by="bob")

    await bot.person("ann").click(card, "Acknowledge")

    told = await bot.whispers("ann", 2)
    assert "already resolved by Bob Ray" in told[-1]


@pytest.mark.row("A19")
async def test_a_button_of_one_incident_does_not_work_on_the_message_of_another(bot: WaysIn) -> None:
    await bot.said("declare one")
    await bot.said("declare two")
    one, two = await bot.posted_card(1), await bot.posted_card(2)
    swapped = bot.slack.world.revise(one, one.body | {"blocks": two.body["blocks"]}, one.metadata)

    await bot.person("bob").click(swapped, "Acknowledge")

    assert "doesn't belong" in (await bot.whispers("bob", 1))[0]
    assert {each.status for each in await bot.open()} == {Status.TRIGGERED}


@pytest.mark.row("A19")
async def test_a_button_whose_value_was_changed_is_denied(bot: WaysIn) -> None:
    await bot.said("declare one")
    card = await bot.posted_card(1)
    blocks = [dict(block) for block in card.body["blocks"]]
    for block in blocks:
        block["elements"] = [
            element | ({"value": element["value"].replace("v1.", "v1.x")} if "value" in element else {})
            for element in block.get("elements", [])
        ]
    forged = bot.slack.world.revise(card, card.body | {"blocks": blocks}, card.metadata)

    await bot.person("bob").click(forged, "Acknowledge")

    assert "can't be used" in (await bot.whispers("bob", 1))[0]
    assert (await bot.incident(1)).status is Status.TRIGGERED


async def test_the_menu_of_a_card_opens_forms_and_escalates(bot: WaysIn) -> None:
    await bot.said("declare one")
    card = await bot.posted_card(1)
    ann = bot.person("ann")

    await ann.choose(card, "inc.more", "Add note")
    await ann.submit({"note": "looking at it"})
    await ann.choose(card, "inc.more", "Snooze")
    await ann.submit({"span": "60"})

    incident = await bot.incident(1)
    assert incident.snoozed
    _, entries = await bot.desk.timeline(ByNumber(number=1))
    assert "looking at it" in [entry.facts.get("text") for entry in entries]


async def test_a_mention_in_the_thread_of_a_card_means_its_incident(bot: WaysIn) -> None:
    await bot.said("declare one")
    await bot.said("declare two")
    card = await bot.posted_card(1)

    bot.person("bob").say("#incidents", "@tocsin ack", thread=card)
    await bot.slack.settled()

    assert "You have INC-1" in (await bot.whispers("bob", 1))[-1]
    assert (await bot.incident(1)).status is Status.ACKNOWLEDGED
    assert (await bot.incident(2)).status is Status.TRIGGERED


async def test_a_direct_message_is_a_command_too(bot: WaysIn) -> None:
    bot.person("ann").dm("declare DB is slow sev1")
    await bot.slack.until(lambda: len(bot.slack.dms("ann")) == 2)

    assert "Declared SEV1 INC-1" in bot.slack.dms("ann")[-1].words


async def test_several_people_are_woken_only_after_a_second_look(bot: WaysIn) -> None:
    await bot.said("declare one")

    opened = await bot.slash("page @ann @bob all hands")
    _, before = await bot.desk.timeline(ByNumber(number=1))
    await bot.person("ann").submit({})

    assert opened.view
    assert "paged by hand" not in [entry.kind for entry in before]
    _, after = await bot.desk.timeline(ByNumber(number=1))
    assert [entry.facts["people"] for entry in after if entry.kind == "paged by hand"] == ["Ann Lee, Bob Ray"]


async def test_one_person_is_paged_at_once_and_a_group_is_explained(bot: WaysIn) -> None:
    await bot.said("declare one")

    assert "Paging Cleo Diaz" in await bot.said("page @cleo please look")
    assert "Paging Ann Lee" in await bot.said("page primary")
    assert "User groups" in await bot.said("page @oncall")


async def test_who_is_on_call_and_when(bot: WaysIn) -> None:
    assert "Ann Lee" in await bot.said("", command="/oncall")
    assert "Ann Lee" in await bot.said("who primary at 09:00", command="/oncall")
    assert "primary" in await bot.said("me", command="/oncall")
    assert "no shifts" in await bot.said("me", command="/oncall", by="bob")


async def test_a_shortcut_on_a_message_fills_the_form_from_its_attachments(bot: WaysIn) -> None:
    message = bot.slack.integration("Alertmanager").post("#general", FIRING)

    await bot.person("ann").message_shortcut("Create incident", message)
    await bot.person("ann").submit({})

    (incident,) = await bot.open()
    assert "InstanceDown" in incident.title
    assert (
        incident.links[0].url
        == f"https://example-co.slack.com/archives/C0GENERAL01/p{message.ts.replace('.', '')}"
    )


async def test_the_global_shortcut_opens_the_form(bot: WaysIn) -> None:
    outcome = await bot.person("ann").shortcut("Declare an incident")

    assert outcome.view
    assert outcome.view.title == "Declare incident"


async def test_looking_at_home_asks_for_it_to_be_published(bot: WaysIn) -> None:
    bot.person("ann").open_home()
    await bot.slack.settled()

    viewers = await bot.store.read(lambda tx: tx.home_viewers(bot.clock.now().replace(year=2020)))
    assert viewers == ["U0ANNLEE001"]


async def test_a_long_list_is_turned_page_by_page_in_place(bot: WaysIn) -> None:
    for number in range(11):
        await bot.said(f"declare number {number} sev1")
    shown = await bot.slash("list sev1")
    assert shown.reply
    before = len(bot.person("ann").ephemerals())

    await bot.person("ann").click(shown.reply, "Next")
    await bot.slack.until(lambda: "page 2 of 2" in bot.person("ann").ephemerals()[-1].words)

    assert len(bot.person("ann").ephemerals()) == before
    assert "No open incidents" in await bot.said("list mine")
