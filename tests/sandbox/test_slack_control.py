"""The control API with an app behind it: what a page of the workspace does, step by step."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_bolt.app.async_app import AsyncApp

from bot.sandbox.slack.faults import Fault, FaultKind
from bot.sandbox.slack.server import SlackServer
from bot.sandbox.slack.shapes import Json
from tests.sandbox.slack_apps import bolt, over_socket

MODAL: Json = {
    "type": "modal",
    "callback_id": "note",
    "title": {"type": "plain_text", "text": "Note"},
    "submit": {"type": "plain_text", "text": "Save"},
    "blocks": [
        {
            "type": "input",
            "block_id": "note",
            "label": {"type": "plain_text", "text": "Note"},
            "element": {"type": "plain_text_input", "action_id": "text"},
        }
    ],
}


@pytest.fixture
async def notes(slack: SlackServer, session: aiohttp.ClientSession) -> AsyncIterator[list[str]]:
    app: AsyncApp = bolt(slack, session)
    saved: list[str] = []

    @app.event("message")
    async def on_message() -> None:
        return

    @app.command("/incident")
    async def on_command(ack: Any, respond: Any, body: Json) -> None:
        saved.append(body["text"])
        await ack()
        await respond("for all", response_type="in_channel")

    @app.action("note")
    async def on_action(ack: Any, body: Json, client: Any) -> None:
        await client.views_open(trigger_id=body["trigger_id"], view=MODAL)
        await ack()

    @app.view("note")
    async def on_view(ack: Any, view: Json) -> None:
        saved.append(view["state"]["values"]["note"]["text"]["value"])
        await ack()

    async with over_socket(app, slack):
        yield saved


async def act(slack: SlackServer, session: aiohttp.ClientSession, **body: object) -> Json:
    async with session.post(f"{slack.base_url}/_sandbox/act", json=body) as response:
        answer: Json = await response.json()
        return answer


async def test_a_page_presses_a_button_and_submits_a_modal(
    slack: SlackServer, session: aiohttp.ClientSession, notes: list[str], client: Any
) -> None:
    button = {"type": "button", "action_id": "note", "text": {"type": "plain_text", "text": "Note"}}
    blocks = [{"type": "actions", "elements": [button]}]
    card = await client.chat_postMessage(channel="#alerts", text="card", blocks=blocks)
    place = {"channel": card["channel"], "ts": card["ts"], "name": "Note"}

    pressed = await act(slack, session, person="ann", do="click", **place)
    filled = await act(slack, session, person="ann", do="fill", values={"Note": "draft"})
    empty = await act(slack, session, person="ann", do="submit", values={"Note": ""})
    done = await act(slack, session, person="ann", do="submit", values={"Note": "final"})
    await act(slack, session, person="ann", do="click", **place)
    closed = await act(slack, session, person="ann", do="close")
    lost = await act(slack, session, person="ann", do="click", channel="#alerts", ts="1.0", name="Note")

    assert pressed["modal"]["title"]["text"] == "Note"
    assert filled["modal"]["state"]["values"]["note"]["text"]["value"] == "draft"
    assert empty["errors"] == {"note": "Please complete this required field."}
    assert (done["error"], done["errors"], done["modal"]) == ("", {}, None)
    assert closed == {"modal": None}
    assert lost == {"error": "the message is gone"}
    assert notes == ["final"]


async def test_a_page_runs_a_command_twice_when_slack_repeats_itself(
    slack: SlackServer, session: aiohttp.ClientSession, notes: list[str]
) -> None:
    slack.faults.add(Fault(kind=FaultKind.DUPLICATE, method="slash_commands", times=1))

    answer = await act(
        slack, session, person="ann", do="slash", command="/incident", text="list", channel="#alerts"
    )
    await slack.settled()

    assert (answer["error"], answer["reply"]) == ("", None)
    assert notes == ["list", "list"]
    assert [m.text for m in slack.messages("#alerts")] == ["for all", "for all"]


async def test_a_page_writes_changes_and_deletes(
    slack: SlackServer, session: aiohttp.ClientSession, notes: list[str]
) -> None:
    said = await act(slack, session, person="ann", do="dm", text="one")
    place = {"channel": said["channel"], "ts": said["ts"]}
    reply = await act(slack, session, person="ann", do="dm", text="two", thread=said["ts"])
    changed = await act(slack, session, person="ann", do="edit", text="uno", **place)
    others = await act(slack, session, person="bob", do="delete", **place)
    await act(slack, session, person="ann", do="delete", **place)
    home = await act(slack, session, person="ann", do="open_home")
    nonsense = await act(slack, session, person="ann", do="dance")

    assert reply["thread_ts"] == said["ts"]
    assert (changed["text"], changed["edits"]) == ("uno", 1)
    assert others == {"error": "Bob Ray cannot see this message"}
    assert [m.text for m in slack.dms("ann")] == ["two"]
    assert home == {"home": None}
    assert nonsense == {"error": "nobody can dance"}
