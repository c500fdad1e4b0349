"""What people can and cannot do in the sandbox, from Python and through the control API."""

from collections.abc import Mapping

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack.seed import add_channel, add_person
from bot.sandbox.slack.server import SlackServer
from bot.sandbox.slack.shapes import Json
from bot.sandbox.slack.targets import CannotAct
from bot.sandbox.slack.workspace import Channel, ChannelKind

ALERTS = "C0ALERTS001"


def test_the_seed_has_people_of_every_kind_and_four_channels(slack: SlackServer) -> None:
    kinds = {u.name: u.kind.value for u in slack.world.users.values()}

    assert kinds | {"ann": "member", "dan": "guest", "eve": "stranger", "fay": "deactivated"} == kinds
    assert kinds["tocsin"] == "bot"
    assert [c.name for c in slack.world.channels.values()] == ["general", "alerts", "incidents", "payments"]


def test_typed_text_is_escaped_and_names_become_mentions(slack: SlackServer) -> None:
    def typed(text: str) -> str:
        return slack.person("ann").say("#alerts", text).text

    assert typed("<!channel> & co") == "&lt;!channel&gt; &amp; co"
    assert typed("@bob, @oncall, @here and @nobody.") == (
        "<@U0BOBRAY001>, <!subteam^S0ONCALL001|@oncall>, <!here> and @nobody."
    )
    assert typed("#nowhere #incidents") == "#nowhere <#C0INCIDENT1|incidents>"
    assert typed("see https://x.example/a?b=1&c=2 or ann@example.com") == (
        "see <https://x.example/a?b=1&amp;c=2> or ann@example.com"
    )


def test_nobody_writes_where_they_are_not(slack: SlackServer) -> None:
    slack.world.channels["C0OTHER"] = Channel(id="C0OTHER", name="other")

    with pytest.raises(CannotAct, match="is not in #other"):
        slack.person("ann").say("#other", "x")
    with pytest.raises(CannotAct, match="no channel"):
        slack.person("ann").say("#nowhere", "x")
    with pytest.raises(CannotAct):
        slack.person("fay").say("#alerts", "x")


async def test_a_stranger_has_no_slash_commands_and_threads_have_none(slack: SlackServer) -> None:
    ann, eve = slack.person("ann"), slack.person("eve")
    root = ann.say("#alerts", "root")

    assert (await eve.slash("/incident", "list", channel="#payments")).error == "invalid_command"
    threaded = await ann.slash("/incident", "list", channel="#alerts", thread=root)
    assert threaded.reply is not None
    assert threaded.reply.text == "/incident is not supported in threads. Sorry!"


async def test_a_message_for_others_cannot_be_pressed(slack: SlackServer, client: AsyncWebClient) -> None:
    button = {"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Go"}}
    blocks = [{"type": "actions", "elements": [button]}]
    await client.chat_postMessage(channel="U0ANNLEE001", text="page", blocks=blocks)
    await client.chat_postEphemeral(channel=ALERTS, user="U0ANNLEE001", text="x", blocks=blocks)
    (page,), (whisper,) = slack.dms("ann"), slack.person("ann").ephemerals()

    for message in (page, whisper):
        with pytest.raises(CannotAct, match="cannot see"):
            await slack.person("bob").click(message, "Go")
    with pytest.raises(CannotAct, match="there is: Go"):
        await slack.person("ann").click(page, "Stop")
    await client.chat_update(channel=page.channel, ts=page.ts, text="done")
    with pytest.raises(CannotAct, match="nothing to press"):
        await slack.person("ann").click(page, "Go")


def test_people_and_channels_are_added(slack: SlackServer) -> None:
    add_person(slack.world, "gil", "Gil New", tz="Asia/Tokyo")
    add_channel(slack.world, "secret", "gil", kind=ChannelKind.PRIVATE)
    gil = slack.person("gil")

    gil.join("#general")
    gil.say("#general", "hello")
    gil.say("#secret", "hush")

    assert [m.text for m in slack.messages("#secret")] == ["hush"]
    with pytest.raises(CannotAct, match="no public channel"):
        slack.person("ann").join("#secret")


async def test_a_modal_can_take_those_below_along(slack: SlackServer, client: AsyncWebClient) -> None:
    view = {"type": "modal", "title": {"type": "plain_text", "text": "T"}, "blocks": []}
    for method, more in ((client.views_open, {}), (client.views_push, {"clear_on_close": True})):
        trigger = slack.hub.triggers.grant("U0ANNLEE001", "A0TOCSIN001")
        await method(trigger_id=trigger, view=view | more)

    await slack.person("ann").close()

    assert slack.person("ann").modal is None


async def test_a_fourth_modal_is_one_too_many(slack: SlackServer, client: AsyncWebClient) -> None:
    view = {"type": "modal", "title": {"type": "plain_text", "text": "T"}, "blocks": []}

    def trigger() -> str:
        return slack.hub.triggers.grant("U0ANNLEE001", "A0TOCSIN001")

    await client.views_open(trigger_id=trigger(), view=view)
    await client.views_push(trigger_id=trigger(), view=view)
    await client.views_push(trigger_id=trigger(), view=view)
    with pytest.raises(Exception, match="push_limit_reached"):
        await client.views_push(trigger_id=trigger(), view=view)

    ann = slack.person("ann")
    await ann.close()
    await ann.close(everything=True)
    assert ann.modal is None


async def test_what_was_typed_survives_an_update_of_the_same_fields(
    slack: SlackServer, client: AsyncWebClient
) -> None:
    def view(block: str) -> Json:
        element = {"type": "plain_text_input", "action_id": "a"}
        label = {"type": "plain_text", "text": "Name"}
        return {
            "type": "modal",
            "title": {"type": "plain_text", "text": "T"},
            "submit": {"type": "plain_text", "text": "S"},
            "blocks": [{"type": "input", "block_id": block, "label": label, "element": element}],
        }

    trigger = slack.hub.triggers.grant("U0ANNLEE001", "A0TOCSIN001")
    opened = (await client.views_open(trigger_id=trigger, view=view("one")))["view"]
    slack.person("ann").fill({"Name": "typed"})
    same = (await client.views_update(view_id=opened["id"], view=view("one")))["view"]
    other = (await client.views_update(view_id=opened["id"], view=view("two")))["view"]

    assert same["state"]["values"]["one"]["a"]["value"] == "typed"
    assert other["state"]["values"] == {}


async def call(
    session: aiohttp.ClientSession, slack: SlackServer, path: str, body: Mapping[str, object] | None = None
) -> Json:
    url = f"{slack.base_url}/_sandbox/{path}"
    request = session.get(url) if body is None else session.post(url, json=body)
    async with request as response:
        answer: Json = await response.json()
        return answer


async def test_the_control_api_acts_like_the_python_one(
    slack: SlackServer, session: aiohttp.ClientSession, client: AsyncWebClient
) -> None:
    said = await call(
        session, slack, "act", {"person": "ann", "do": "say", "channel": "#alerts", "text": "hi"}
    )
    post = {"name": "Alertmanager", "do": "post", "channel": "#alerts", "payload": {"text": "alert"}}
    alert = await call(session, slack, "integration", post)
    edit = post | {"do": "edit", "ts": alert["ts"], "payload": {"text": "resolved"}}
    await call(session, slack, "integration", edit)
    place = {"person": "bob", "channel": ALERTS, "ts": said["ts"]}
    reacted = await call(session, slack, "act", place | {"do": "react", "emoji": "eyes"})
    failed = await call(session, slack, "act", {"person": "ann", "do": "slash", "command": "/nothing"})
    refused = await call(session, slack, "act", {"person": "zoe", "do": "dm", "text": "x"})
    shown = await call(session, slack, "messages?channel=%23alerts")
    person = await call(session, slack, "person?name=ann")

    assert [m["text"] for m in shown["messages"]] == ["hi", "resolved"]
    assert shown["messages"][1]["edits"] == 1
    assert reacted == {"added": True}
    assert failed["error"] == "invalid_command"
    assert refused == {"error": "there is no person zoe"}
    assert "not a valid command" in person["ephemerals"][0]["text"]


async def test_failures_are_switched_from_outside(
    slack: SlackServer, session: aiohttp.ClientSession, client: AsyncWebClient
) -> None:
    fault = {"kind": "error", "method": "chat.*", "channel": "#alerts", "error": "fatal_error"}
    added = await call(session, slack, "faults", fault)
    with pytest.raises(Exception, match="fatal_error"):
        await client.chat_postMessage(channel=ALERTS, text="x")
    listed = await call(session, slack, "faults")
    async with session.delete(f"{slack.base_url}/_sandbox/faults?id={added['id']}") as response:
        assert response.status == 200
    assert (await client.chat_postMessage(channel=ALERTS, text="x"))["ok"]

    unknown = await call(session, slack, "faults", {"kind": "error", "colour": "red"})
    state = await call(session, slack, "app", {"token_state": "token_revoked"})

    assert listed["faults"][0]["error"] == "fatal_error"
    assert unknown == {"error": "unknown: colour"}
    assert state["token_state"] == "token_revoked"
    with pytest.raises(Exception, match="token_revoked"):
        await client.auth_test()


async def test_the_journal_and_the_clock_are_reached_from_outside(
    slack: SlackServer, session: aiohttp.ClientSession
) -> None:
    before = slack.hub.clock.now()
    await call(session, slack, "clock", {"seconds": 3600})
    first = await call(session, slack, "journal?since=0")
    slack.person("ann").say("#alerts", "x")
    second = await call(session, slack, f"journal?since={first['next']}&wait=5")

    assert (slack.hub.clock.now() - before).total_seconds() >= 3600
    assert [e["name"] for e in second["entries"]][:2] == ["say", "message"]


async def test_a_foreign_page_cannot_use_the_control_api(
    slack: SlackServer, session: aiohttp.ClientSession
) -> None:
    url = f"{slack.base_url}/_sandbox/workspace"
    async with session.get(url, headers={"Origin": "https://evil.example"}) as foreign:
        assert foreign.status == 403
    async with session.get(url, headers={"Host": "evil.example"}) as rebound:
        assert rebound.status == 403
    async with session.get(url, headers={"Origin": slack.base_url}) as own:
        assert own.status == 200
