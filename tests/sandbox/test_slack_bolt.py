"""The sandbox's Slack as a slack_bolt app meets it, over Socket Mode and over signed HTTP."""

import re
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Any

import aiohttp
import pytest
from slack_bolt.app.async_app import AsyncApp

from bot.sandbox.slack.server import SlackServer
from bot.sandbox.slack.shapes import Json
from bot.sandbox.slack.workspace import Channel
from tests.sandbox.slack_apps import bolt, over_http, over_socket

MODAL: Json = {
    "type": "modal",
    "callback_id": "declare",
    "title": {"type": "plain_text", "text": "Declare"},
    "submit": {"type": "plain_text", "text": "Declare"},
    "notify_on_close": True,
    "blocks": [
        {
            "type": "input",
            "block_id": "title",
            "label": {"type": "plain_text", "text": "What is wrong?"},
            "element": {"type": "plain_text_input", "action_id": "value"},
        },
        {
            "type": "input",
            "block_id": "severity",
            "optional": True,
            "label": {"type": "plain_text", "text": "Severity"},
            "element": {
                "type": "static_select",
                "action_id": "value",
                "options": [
                    {"text": {"type": "plain_text", "text": "SEV1"}, "value": "sev1"},
                    {"text": {"type": "plain_text", "text": "SEV2"}, "value": "sev2"},
                ],
            },
        },
    ],
}


class Seen:
    """What the app was told, and what it shall answer."""

    def __init__(self) -> None:
        self.events: list[Json] = []
        self.bodies: list[Json] = []
        self.ack: Json = {}


def build(slack: SlackServer, session: aiohttp.ClientSession, seen: Seen) -> AsyncApp:
    app = bolt(slack, session)

    @app.event(re.compile(".*"))
    async def on_event(event: Json) -> None:
        seen.events.append(event)

    @app.command("/incident")
    async def on_command(ack: Any, body: Json) -> None:
        seen.bodies.append(body)
        await ack(**seen.ack)

    @app.action(re.compile(".*"))
    async def on_action(ack: Any, body: Json, client: Any) -> None:
        seen.bodies.append(body)
        if body["actions"][0].get("value") == "open":
            await client.views_open(trigger_id=body["trigger_id"], view=MODAL)
        await ack()

    @app.shortcut(re.compile(".*"))
    async def on_shortcut(ack: Any, body: Json, client: Any) -> None:
        seen.bodies.append(body)
        await client.views_open(trigger_id=body["trigger_id"], view=MODAL)
        await ack()

    @app.view_submission("declare")
    async def on_submission(ack: Any, body: Json) -> None:
        seen.bodies.append(body)
        await ack(**seen.ack)

    @app.view_closed("declare")
    async def on_closed(ack: Any, body: Json) -> None:
        seen.bodies.append(body)
        await ack()

    return app


@pytest.fixture
def seen() -> Seen:
    return Seen()


@pytest.fixture(params=["socket", "http"])
async def app(
    request: pytest.FixtureRequest, slack: SlackServer, session: aiohttp.ClientSession, seen: Seen
) -> AsyncIterator[AsyncApp]:
    built = build(slack, session, seen)
    context: AbstractAsyncContextManager[object]
    context = over_socket(built, slack) if request.param == "socket" else over_http(built, slack)
    async with context:
        yield built


async def test_a_message_of_a_person_is_an_event_with_rich_text(
    app: AsyncApp, slack: SlackServer, seen: Seen
) -> None:
    message = slack.person("ann").say("#alerts", "see #incidents & tell @bob")
    await slack.settled()

    (event,) = seen.events
    assert event["text"] == "see <#C0INCIDENT1|incidents> &amp; tell <@U0BOBRAY001>"
    assert (event["user"], event["ts"], event["channel_type"]) == ("U0ANNLEE001", message.ts, "channel")
    assert event["client_msg_id"]
    kinds = [e["type"] for e in event["blocks"][0]["elements"][0]["elements"]]
    assert kinds == ["text", "channel", "text", "user"]
    (delivery,) = slack.journal.deliveries("events_api")
    assert delivery.outcome == "ok"


async def test_a_mention_is_a_second_event(app: AsyncApp, slack: SlackServer, seen: Seen) -> None:
    slack.person("ann").say("#alerts", "@tocsin help")
    await slack.settled()

    assert sorted(e["type"] for e in seen.events) == ["app_mention", "message"]
    assert {e["text"] for e in seen.events} == {"<@U0TOCSIN001> help"}


async def test_a_channel_without_the_bot_and_an_event_without_subscription_stay_silent(
    app: AsyncApp, slack: SlackServer, seen: Seen
) -> None:
    ann = slack.person("ann")
    slack.world.channels["C0OTHER"] = Channel(id="C0OTHER", name="other", members={ann.user.id})
    events = slack.world.app.manifest["settings"]["event_subscriptions"]["bot_events"]

    ann.say("#other", "x")
    events.remove("message.channels")
    ann.say("#alerts", "x")
    await slack.settled()

    assert seen.events == []


async def test_a_classic_and_a_modern_integration_look_different(
    app: AsyncApp, slack: SlackServer, seen: Seen
) -> None:
    payload = {"attachments": [{"title": "[FIRING:1] API down", "color": "danger"}]}
    alert = slack.integration("Alertmanager").post("#alerts", payload)
    slack.integration("Grafana").post("#alerts", {"text": "hello"})
    slack.integration("Alertmanager").edit(alert, {"attachments": [{"title": "[RESOLVED]", "color": "good"}]})
    await slack.settled()

    by_kind = {e.get("subtype", ""): e for e in seen.events}
    classic, modern, changed = by_kind["bot_message"], by_kind[""], by_kind["message_changed"]
    assert (classic["bot_id"], classic["text"], "user" in classic) == ("B0ALERTMGR1", "", False)
    assert classic["attachments"][0] | {"fallback": ""} == {
        "title": "[FIRING:1] API down",
        "color": "a30200",
        "id": 1,
        "fallback": "",
    }
    assert (modern["user"], modern["app_id"]) == ("U0GRAFANA01", "A0GRAFANA01")
    assert modern["bot_profile"]["name"] == "Grafana"
    assert changed["hidden"]
    assert changed["message"]["ts"] == alert.ts
    assert changed["message"]["attachments"][0]["color"] == "2eb886"
    assert changed["previous_message"]["attachments"][0]["color"] == "a30200"


async def test_a_slash_command_is_escaped_and_its_reply_is_seen_by_one(
    app: AsyncApp, slack: SlackServer, seen: Seen
) -> None:
    seen.ack = {"text": "only you see this"}

    outcome = await slack.person("ann").slash("/incident", "page @bob <now>", channel="#incidents")

    (body,) = seen.bodies
    assert body["text"] == "page <@U0BOBRAY001|bob> &lt;now&gt;"
    assert (body["channel_name"], body["user_id"], body["team_id"]) == (
        "incidents",
        "U0ANNLEE001",
        "T0EXAMPLE01",
    )
    assert outcome.reply is not None
    assert outcome.reply.text == "only you see this"
    assert slack.messages("#incidents") == []
    assert [m.text for m in slack.person("ann").ephemerals("#incidents")] == ["only you see this"]
    assert slack.person("bob").ephemerals() == []


async def test_a_slash_reply_can_be_for_the_channel(app: AsyncApp, slack: SlackServer, seen: Seen) -> None:
    seen.ack = {"text": "for all", "response_type": "in_channel"}

    await slack.person("ann").slash("/incident", "list", channel="#incidents")

    assert [m.text for m in slack.messages("#incidents")] == ["for all"]


async def test_an_unlisted_command_is_refused_in_slacks_words(app: AsyncApp, slack: SlackServer) -> None:
    outcome = await slack.person("ann").slash("/nothing", "x")

    assert outcome.error == "invalid_command"
    assert outcome.reply is not None
    assert "/nothing is not a valid command" in outcome.reply.text


async def test_a_pressed_button_opens_a_modal_whose_values_are_submitted(
    app: AsyncApp, slack: SlackServer, seen: Seen
) -> None:
    ann = slack.person("ann")
    button = {
        "type": "button",
        "action_id": "go",
        "text": {"type": "plain_text", "text": "Open"},
        "value": "open",
    }
    await app.client.chat_postMessage(
        channel="C0ALERTS001",
        text="card",
        attachments=[{"color": "#a30200", "blocks": [{"type": "actions", "elements": [button]}]}],
    )
    (card,) = slack.messages("#alerts")

    outcome = await ann.click(card, "Open")
    empty = await ann.submit({})
    seen.ack = {"response_action": "errors", "errors": {"title": "Too short"}}
    refused = await ann.submit({"What is wrong?": "API", "Severity": "SEV2"})
    seen.ack = {}
    closed = await ann.submit()

    press, first, second = seen.bodies
    assert outcome.view is not None
    assert press["container"]["type"] == "message_attachment"
    assert press["message"]["ts"] == card.ts
    assert press["actions"][0]["action_id"] == "go"
    assert empty.errors == {"title": "Please complete this required field."}
    assert refused.errors == {"title": "Too short"}
    assert refused.view is not None
    assert closed.view is None
    assert first["view"]["state"] == second["view"]["state"]
    values = first["view"]["state"]["values"]
    assert values["title"]["value"] == {"type": "plain_text_input", "value": "API"}
    assert values["severity"]["value"]["selected_option"]["value"] == "sev2"


async def test_a_modal_answers_with_update_push_and_clear(
    app: AsyncApp, slack: SlackServer, seen: Seen
) -> None:
    ann = slack.person("ann")
    await ann.shortcut("Declare an incident")
    first = ann.modal
    assert first is not None

    seen.ack = {"response_action": "push", "view": MODAL}
    pushed = (await ann.submit({"title": "x"})).view
    seen.ack = {"response_action": "update", "view": MODAL | {"title": {"type": "plain_text", "text": "Two"}}}
    updated = (await ann.submit({"title": "y"})).view
    seen.ack = {"response_action": "clear"}
    cleared = (await ann.submit({"title": "z"})).view

    assert pushed is not None
    assert (pushed.previous, pushed.root) == (first.id, first.id)
    assert updated is not None
    assert (updated.id, updated.title) == (pushed.id, "Two")
    assert cleared is None
    assert ann.modal is None


async def test_a_closed_modal_is_told(app: AsyncApp, slack: SlackServer, seen: Seen) -> None:
    ann = slack.person("ann")
    message = ann.say("#alerts", "it smells")
    await ann.message_shortcut("Create incident", message)

    await ann.close()

    shortcut, closed = seen.bodies
    assert (shortcut["type"], shortcut["message"]["ts"]) == ("message_action", message.ts)
    assert (closed["type"], closed["is_cleared"]) == ("view_closed", False)
    assert ann.modal is None


async def test_errors_for_what_is_no_field_are_trouble_for_the_person(
    app: AsyncApp, slack: SlackServer, seen: Seen
) -> None:
    ann = slack.person("ann")
    await ann.shortcut("incident_declare")
    seen.ack = {"response_action": "errors", "errors": {"nowhere": "no"}}

    outcome = await ann.submit({"title": "x"})

    assert outcome.error == "We had some trouble connecting. Try again?"
    assert outcome.view is not None


async def test_the_apps_own_messages_are_events_and_threads_too(
    app: AsyncApp, slack: SlackServer, seen: Seen
) -> None:
    metadata = {"event_type": "tocsin_card", "event_payload": {"incident": "INC-1"}}
    card = await app.client.chat_postMessage(channel="#payments", text="card", metadata=metadata)
    slack.person("eve").say("#payments", "reply", thread=card["ts"])
    await slack.settled()

    first, second = (d.payload for d in slack.journal.deliveries("events_api"))
    assert first["event"]["bot_id"] == "B0TOCSIN001"
    assert first["event"]["metadata"] == metadata
    assert first["is_ext_shared_channel"]
    assert second["event"]["thread_ts"] == card["ts"]
    assert second["event"]["team"] == "T0ELSEWHERE"
    assert [e["text"] for e in seen.events] == ["reply"]


async def test_a_direct_message_and_a_reaction_are_events(
    app: AsyncApp, slack: SlackServer, seen: Seen
) -> None:
    ann = slack.person("ann")
    message = ann.dm("help")
    ann.react(message, "eyes")
    ann.edit(message, "help me")
    ann.delete(message)
    await slack.settled()

    kinds = sorted((e["type"], e.get("subtype", ""), e.get("channel_type", "")) for e in seen.events)
    assert kinds == [
        ("message", "", "im"),
        ("message", "message_changed", "im"),
        ("message", "message_deleted", "im"),
        ("reaction_added", "", ""),
    ]


async def test_an_external_menu_is_asked_for_its_options(
    app: AsyncApp, slack: SlackServer, seen: Seen
) -> None:
    @app.options("people")
    async def on_options(ack: Any, body: Json) -> None:
        seen.bodies.append(body)
        await ack(options=[{"text": {"type": "plain_text", "text": "Ann"}, "value": "ann"}])

    menu = {"type": "external_select", "action_id": "people", "min_query_length": 1}
    blocks = [{"type": "actions", "elements": [menu]}]
    await app.client.chat_postMessage(channel="#alerts", text="x", blocks=blocks)
    (message,) = slack.messages("#alerts")

    outcome = await slack.person("ann").suggest(message, "people", "an")
    await slack.person("ann").choose(message, "people", outcome.options[0])

    asked, chosen = seen.bodies
    assert (asked["type"], asked["value"]) == ("block_suggestion", "an")
    assert chosen["actions"][0]["selected_option"]["value"] == "ann"


async def test_opening_the_home_tab_is_an_event(app: AsyncApp, slack: SlackServer, seen: Seen) -> None:
    slack.person("ann").open_home()
    await slack.settled()

    (event,) = seen.events
    assert (event["type"], event["tab"], event["user"]) == ("app_home_opened", "home", "U0ANNLEE001")
    assert event["channel"].startswith("D")


async def test_a_button_of_the_home_tab_has_no_channel(app: AsyncApp, slack: SlackServer, seen: Seen) -> None:
    button = {"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Go"}}
    view = {"type": "home", "blocks": [{"type": "actions", "elements": [button]}]}
    await app.client.views_publish(user_id="U0ANNLEE001", view=view)
    home = slack.home("ann")
    assert home is not None

    await slack.person("ann").click(home, "Go")

    (body,) = seen.bodies
    assert body["container"] == {"type": "view", "view_id": home.id}
    assert "channel" not in body
    assert "response_url" not in body


async def test_an_app_that_does_not_answer_is_an_error_for_the_person(slack: SlackServer) -> None:
    outcome = await slack.person("ann").slash("/incident", "list")

    assert outcome.error == "dispatch_failed"
    assert outcome.reply is not None
    assert outcome.reply.text == '/incident failed with the error "dispatch_failed"'


async def test_the_request_url_is_verified_with_a_challenge(
    slack: SlackServer, session: aiohttp.ClientSession, seen: Seen
) -> None:
    async with over_http(build(slack, session, seen), slack) as requests:
        assert await requests.verify(limit=2)
