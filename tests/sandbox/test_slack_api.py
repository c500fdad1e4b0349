"""The Web API, seen by slack_sdk."""

from datetime import timedelta

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import ShiftedClock
from bot.sandbox.slack.seed import APP_TOKEN, BOT_TOKEN, SCOPES
from bot.sandbox.slack.server import SlackServer
from bot.sandbox.slack.shapes import Json
from bot.sandbox.slack.workspace import Channel, ChannelKind, TokenState

ALERTS, INCIDENTS = "C0ALERTS001", "C0INCIDENT1"
ANN, FAY = "U0ANNLEE001", "U0FAYGONE01"


async def error_of(client: AsyncWebClient, method: str, **args: object) -> str:
    with pytest.raises(SlackApiError) as caught:
        await client.api_call(method, json=dict(args))
    return str(caught.value.response.get("error"))


async def test_auth_test_names_the_bot_and_the_granted_scopes(client: AsyncWebClient) -> None:
    answer = await client.auth_test()

    assert (answer["user"], answer["bot_id"], answer["team"]) == ("tocsin", "B0TOCSIN001", "Example Co")
    assert set(answer.headers["x-oauth-scopes"].split(",")) == set(SCOPES)


async def test_a_posted_message_is_found_by_history_with_its_metadata(client: AsyncWebClient) -> None:
    metadata = {"event_type": "tocsin_outbox", "event_payload": {"outbox_id": "01J"}}
    first = await client.chat_postMessage(channel=ALERTS, text="one", metadata=metadata)
    second = await client.chat_postMessage(channel=ALERTS, text="two")

    with_metadata = await client.conversations_history(channel=ALERTS, include_all_metadata=True)
    without = await client.conversations_history(channel=ALERTS)
    since = await client.conversations_history(channel=ALERTS, oldest=first["ts"])
    inclusive = await client.conversations_history(channel=ALERTS, oldest=first["ts"], inclusive=True)

    assert first["ts"] < second["ts"]
    assert [m["text"] for m in with_metadata["messages"]] == ["two", "one"]
    assert with_metadata["messages"][1]["metadata"] == metadata
    assert "metadata" not in without["messages"][1]
    assert [m["text"] for m in since["messages"]] == ["two"]
    assert len(inclusive["messages"]) == 2


async def test_history_comes_in_pages(client: AsyncWebClient) -> None:
    for number in range(5):
        await client.chat_postMessage(channel=ALERTS, text=str(number))

    seen: list[str] = []
    async for page in await client.conversations_history(channel=ALERTS, limit=2):
        seen += [m["text"] for m in page["messages"]]

    assert seen == ["4", "3", "2", "1", "0"]


async def test_a_thread_is_read_with_its_root_and_stays_out_of_the_channel(client: AsyncWebClient) -> None:
    root = await client.chat_postMessage(channel=ALERTS, text="root")
    await client.chat_postMessage(channel=ALERTS, text="reply", thread_ts=root["ts"])
    await client.chat_postMessage(channel=ALERTS, text="loud", thread_ts=root["ts"], reply_broadcast=True)

    thread = await client.conversations_replies(channel=ALERTS, ts=root["ts"])
    channel = await client.conversations_history(channel=ALERTS)

    assert [m["text"] for m in thread["messages"]] == ["root", "reply", "loud"]
    assert thread["messages"][0]["reply_count"] == 2
    assert [m["text"] for m in channel["messages"]] == ["loud", "root"]


async def test_a_message_to_a_user_lands_in_their_direct_conversation(
    client: AsyncWebClient, slack: SlackServer
) -> None:
    posted = await client.chat_postMessage(channel=ANN, text="page")
    opened = await client.conversations_open(users=ANN)

    assert posted["channel"].startswith("D")
    assert opened["channel"]["id"] == posted["channel"]
    assert [m.text for m in slack.dms("ann")] == ["page"]


async def test_an_update_replaces_the_blocks_and_keeps_the_history(
    client: AsyncWebClient, slack: SlackServer
) -> None:
    blocks = [{"type": "divider"}]
    posted = await client.chat_postMessage(
        channel=ALERTS, text="red", blocks=blocks, attachments=[{"color": "danger", "text": "x"}]
    )

    await client.chat_update(channel=ALERTS, ts=posted["ts"], text="green", attachments=[])

    (message,) = slack.messages("#alerts")
    assert message.text == "green"
    assert "blocks" not in message.body
    assert "attachments" not in message.body
    assert message.revisions[0]["text"] == "red"
    assert message.revisions[0]["attachments"][0]["color"] == "a30200"


@pytest.mark.parametrize(
    ("method", "args", "expected"),
    [
        ("chat.postMessage", {"channel": "C0NOWHERE", "text": "x"}, "channel_not_found"),
        ("chat.postMessage", {"channel": ALERTS, "text": "  "}, "no_text"),
        ("chat.postMessage", {"channel": ALERTS, "text": "x", "thread_ts": "1.2"}, "thread_not_found"),
        ("chat.postMessage", {"channel": "U0TOCSIN001", "text": "x"}, "cannot_dm_bot"),
        ("chat.postMessage", {"channel": FAY, "text": "x"}, "user_disabled"),
        ("chat.postMessage", {"channel": ALERTS, "blocks": {"type": "divider"}}, "invalid_blocks_format"),
        ("chat.postMessage", {"channel": ALERTS, "text": "x", "metadata": []}, "invalid_metadata_format"),
        (
            "chat.postMessage",
            {"channel": ALERTS, "text": "x", "metadata": {"a": 1}},
            "invalid_metadata_schema",
        ),
        (
            "chat.postMessage",
            {
                "channel": ALERTS,
                "text": "x",
                "metadata": {"event_type": "t", "event_payload": {"a": "x" * 9000}},
            },
            "metadata_too_large",
        ),
        ("chat.postMessage", {"channel": ALERTS, "attachments": [{}] * 101}, "too_many_attachments"),
        (
            "chat.postMessage",
            {"channel": ALERTS, "text": "x", "markdown_text": "y"},
            "markdown_text_conflict",
        ),
        ("chat.update", {"channel": ALERTS, "ts": "1.000000", "text": "x"}, "message_not_found"),
        ("chat.postEphemeral", {"channel": ALERTS, "user": FAY, "text": "x"}, "user_not_in_channel"),
        ("conversations.open", {"users": "U0TOCSIN001"}, "cannot_dm_bot"),
        ("conversations.open", {"users": "U0NOBODY"}, "user_not_found"),
        ("users.info", {"user": "U0NOBODY"}, "user_not_found"),
        ("users.lookupByEmail", {"email": "fay@example.com"}, "users_not_found"),
        ("views.open", {"view": {"type": "modal"}, "trigger_id": "x"}, "invalid_arguments"),
        ("no.such.method", {}, "unknown_method"),
    ],
)
async def test_what_slack_refuses_is_refused(
    client: AsyncWebClient, method: str, args: Json, expected: str
) -> None:
    assert await error_of(client, method, **args) == expected


async def test_a_long_update_is_refused_and_a_long_message_is_cut(
    client: AsyncWebClient, slack: SlackServer
) -> None:
    posted = await client.chat_postMessage(channel=ALERTS, text="x" * 40_001)

    refused = await error_of(client, "chat.update", channel=ALERTS, ts=posted["ts"], text="x" * 4_001)

    assert refused == "msg_too_long"
    assert len(slack.messages("#alerts")[0].text) == 40_000


async def test_an_invalid_block_is_pointed_at(client: AsyncWebClient) -> None:
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}]

    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel=ALERTS, text="x", blocks=blocks)

    assert caught.value.response["error"] == "invalid_blocks"
    assert caught.value.response["response_metadata"]["messages"] == [
        "[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]"
    ]


async def test_channels_that_are_archived_private_or_foreign_refuse(
    client: AsyncWebClient, slack: SlackServer
) -> None:
    slack.world.channels["C0OLD"] = Channel(id="C0OLD", name="old", archived=True)
    slack.world.channels["C0SECRET"] = Channel(id="C0SECRET", name="secret", kind=ChannelKind.PRIVATE)
    slack.world.channels["C0NEW"] = Channel(id="C0NEW", name="new")
    slack.world.app.scopes.discard("chat:write.public")

    assert await error_of(client, "chat.postMessage", channel="C0OLD", text="x") == "is_archived"
    assert await error_of(client, "chat.postMessage", channel="C0SECRET", text="x") == "channel_not_found"
    assert await error_of(client, "chat.postMessage", channel="C0NEW", text="x") == "not_in_channel"
    await client.conversations_join(channel="C0NEW")
    assert (await client.chat_postMessage(channel="C0NEW", text="x"))["ok"]


async def test_only_its_own_messages_can_be_changed(client: AsyncWebClient, slack: SlackServer) -> None:
    grafana = AsyncWebClient(token="xoxb-sandbox-grafana", base_url=slack.api_url)
    theirs = await grafana.chat_postMessage(channel=ALERTS, text="x")

    assert (
        await error_of(client, "chat.update", channel=ALERTS, ts=theirs["ts"], text="y")
        == "cant_update_message"
    )
    assert await error_of(client, "chat.delete", channel=ALERTS, ts=theirs["ts"]) == "cant_delete_message"


async def test_tokens_are_checked(slack: SlackServer, session: aiohttp.ClientSession) -> None:
    def holder(token: str) -> AsyncWebClient:
        return AsyncWebClient(token=token, base_url=slack.api_url, session=session)

    args = {"channel": ALERTS, "text": "x"}
    assert await error_of(holder(""), "chat.postMessage", **args) == "not_authed"
    assert await error_of(holder("xoxb-other"), "chat.postMessage", **args) == "invalid_auth"
    assert await error_of(holder(APP_TOKEN), "chat.postMessage", **args) == "not_allowed_token_type"
    assert await error_of(holder(BOT_TOKEN), "apps.connections.open") == "not_allowed_token_type"

    slack.world.app.token_state = TokenState.REVOKED
    assert await error_of(holder(BOT_TOKEN), "chat.postMessage", **args) == "token_revoked"
    slack.world.app.token_state = TokenState.INACTIVE
    assert await error_of(holder(BOT_TOKEN), "auth.test") == "account_inactive"


async def test_a_missing_scope_is_named(client: AsyncWebClient, slack: SlackServer) -> None:
    slack.world.app.scopes.discard("users:read.email")

    with pytest.raises(SlackApiError) as caught:
        await client.users_lookupByEmail(email="ann@example.com")

    assert caught.value.response["error"] == "missing_scope"
    assert caught.value.response["needed"] == "users:read.email"
    assert "chat:write" in caught.value.response["provided"]


async def test_a_channel_takes_a_burst_and_then_one_message_a_second(
    client: AsyncWebClient, clock: ShiftedClock
) -> None:
    for _ in range(10):
        await client.chat_postMessage(channel=ALERTS, text="x")

    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel=ALERTS, text="x")
    assert caught.value.response.status_code == 429
    assert caught.value.response.headers["Retry-After"] == "1"
    assert (await client.chat_postMessage(channel=INCIDENTS, text="x"))["ok"]

    clock.advance(timedelta(seconds=1))
    assert (await client.chat_postMessage(channel=ALERTS, text="x"))["ok"]


async def test_a_method_has_its_tier(client: AsyncWebClient, clock: ShiftedClock) -> None:
    for _ in range(20):
        await client.usergroups_list()

    assert await error_of(client, "usergroups.list") == "ratelimited"
    clock.advance(timedelta(minutes=1))
    assert (await client.usergroups_list(include_users=True))["usergroups"][0]["handle"] == "oncall"


async def test_people_are_described_with_zone_mail_and_kind(client: AsyncWebClient) -> None:
    ann = (await client.users_lookupByEmail(email="ann@example.com"))["user"]
    everyone = {u["name"]: u for u in (await client.users_list())["members"]}

    assert (ann["id"], ann["tz"], ann["profile"]["email"]) == (ANN, "Europe/London", "ann@example.com")
    assert everyone["dan"]["is_restricted"]
    assert everyone["eve"]["is_stranger"]
    assert everyone["fay"]["deleted"]
    assert everyone["tocsin"]["is_bot"]


async def test_channels_are_listed_described_and_counted(client: AsyncWebClient) -> None:
    names = {c["name"] for c in (await client.conversations_list())["channels"]}
    info = (await client.conversations_info(channel=ALERTS))["channel"]
    members = (await client.conversations_members(channel=ALERTS))["members"]

    assert names == {"general", "alerts", "incidents", "payments"}
    assert info["is_member"]
    assert ANN in members


async def test_a_permalink_leads_into_the_thread(client: AsyncWebClient) -> None:
    root = await client.chat_postMessage(channel=ALERTS, text="root")
    reply = await client.chat_postMessage(channel=ALERTS, text="reply", thread_ts=root["ts"])

    link = (await client.chat_getPermalink(channel=ALERTS, message_ts=reply["ts"]))["permalink"]

    stamp = reply["ts"].replace(".", "")
    assert (
        link == f"https://example-co.slack.com/archives/{ALERTS}/p{stamp}?thread_ts={root['ts']}&cid={ALERTS}"
    )


async def test_a_reaction_counts_once(client: AsyncWebClient) -> None:
    posted = await client.chat_postMessage(channel=ALERTS, text="x")

    await client.reactions_add(channel=ALERTS, timestamp=posted["ts"], name="eyes")

    again = await error_of(client, "reactions.add", channel=ALERTS, timestamp=posted["ts"], name="eyes")
    assert again == "already_reacted"


async def test_the_home_tab_is_published_and_guarded_by_its_hash(
    client: AsyncWebClient, slack: SlackServer
) -> None:
    view = {"type": "home", "blocks": [{"type": "divider"}]}
    first = await client.views_publish(user_id=ANN, view=view)
    await client.views_publish(user_id=ANN, view=view, hash=first["view"]["hash"])

    stale = await error_of(client, "views.publish", user_id=ANN, view=view, hash=first["view"]["hash"])

    home = slack.home("ann")
    assert stale == "hash_conflict"
    assert home is not None
    assert home.body["blocks"][0]["type"] == "divider"


async def test_calls_are_in_the_journal_with_arguments_answers_and_no_token(
    client: AsyncWebClient, slack: SlackServer
) -> None:
    await client.chat_postMessage(channel=ALERTS, text="x")
    await error_of(client, "chat.postMessage", channel="C0NOWHERE", text="y", token=BOT_TOKEN)

    good, bad = slack.journal.calls("chat.postMessage")
    assert (good.outcome, good.channel, good.payload["text"]) == ("ok", ALERTS, "x")
    assert good.answer is not None
    assert bad.outcome == "channel_not_found"
    assert BOT_TOKEN not in str(bad)


@pytest.mark.parametrize(("body", "expected"), [(b"{nonsense", "invalid_json"), (b"[1]", "json_not_object")])
async def test_a_body_that_is_no_object_is_refused(
    slack: SlackServer, session: aiohttp.ClientSession, body: bytes, expected: str
) -> None:
    headers = {"Authorization": f"Bearer {BOT_TOKEN}", "Content-Type": "application/json"}
    async with session.post(slack.api_url + "chat.postMessage", data=body, headers=headers) as response:
        answer = await response.json()

    assert answer == {"ok": False, "error": expected}


async def test_a_form_carries_its_blocks_as_json(slack: SlackServer, session: aiohttp.ClientSession) -> None:
    form = {"channel": "#alerts", "blocks": '[{"type": "divider"}]', "token": BOT_TOKEN}
    async with session.post(slack.api_url + "chat.postMessage", data=form) as response:
        answer = await response.json()

    assert answer["message"]["blocks"][0]["type"] == "divider"


async def test_the_server_comes_back_on_its_port_with_what_it_knew(
    slack: SlackServer, client: AsyncWebClient
) -> None:
    await client.chat_postMessage(channel=ALERTS, text="before")
    await slack.stop()
    with pytest.raises(aiohttp.ClientConnectionError):
        await client.auth_test()

    await slack.start()

    assert (await client.conversations_history(channel=ALERTS))["messages"][0]["text"] == "before"


async def test_an_own_message_is_deleted(client: AsyncWebClient, slack: SlackServer) -> None:
    posted = await client.chat_postMessage(channel=ALERTS, text="x")

    await client.chat_delete(channel=ALERTS, ts=posted["ts"])

    assert slack.messages("#alerts") == []
    assert (
        await error_of(client, "chat.getPermalink", channel=ALERTS, message_ts=posted["ts"])
        == "message_not_found"
    )


async def test_the_workspace_its_bots_and_its_groups_are_described(client: AsyncWebClient) -> None:
    team = (await client.team_info())["team"]
    bot = (await client.bots_info(bot="B0GRAFANA01"))["bot"]
    users = (await client.usergroups_users_list(usergroup="S0ONCALL001"))["users"]

    assert (team["name"], team["domain"]) == ("Example Co", "example-co")
    assert (bot["name"], bot["app_id"]) == ("Grafana", "A0GRAFANA01")
    assert users == ["U0ANNLEE001", "U0BOBRAY001"]
    assert await error_of(client, "bots.info", bot="B0") == "bot_not_found"
    assert await error_of(client, "usergroups.users.list", usergroup="S0") == "no_such_subteam"
