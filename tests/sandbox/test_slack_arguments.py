"""Arguments of the Web API that are wrong in themselves."""

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack.shapes import Json

ALERTS, ANN = "C0ALERTS001", "U0ANNLEE001"


async def error_of(client: AsyncWebClient, method: str, **args: object) -> str:
    with pytest.raises(SlackApiError) as caught:
        await client.api_call(method, json=dict(args))
    return str(caught.value.response.get("error"))


@pytest.mark.parametrize(
    ("method", "args", "expected"),
    [
        ("conversations.history", {"channel": ALERTS, "cursor": "%%%"}, "invalid_cursor"),
        ("conversations.history", {"channel": ALERTS, "oldest": "yesterday"}, "invalid_ts_oldest"),
        ("conversations.history", {"channel": ALERTS, "limit": 5000}, "invalid_limit"),
        ("conversations.history", {"channel": ALERTS, "limit": "many"}, "invalid_arguments"),
        ("conversations.replies", {"channel": ALERTS, "ts": "1.000000"}, "thread_not_found"),
        ("conversations.list", {"types": "everything"}, "invalid_types"),
        ("conversations.open", {}, "users_list_not_supplied"),
        ("chat.postMessage", {"text": "x"}, "invalid_arguments"),
        (
            "chat.postMessage",
            {"channel": ALERTS, "attachments": [{"blocks": [{"type": "x"}]}]},
            "invalid_attachments",
        ),
        ("chat.postMessage", {"channel": ALERTS, "attachments": "x"}, "invalid_attachments"),
        ("views.update", {"view": {"type": "modal"}}, "invalid_arguments"),
        ("views.update", {"view": {"type": "modal"}, "view_id": "V0"}, "not_found"),
        ("views.publish", {"user_id": ANN, "view": {"type": "modal"}}, "invalid_arguments"),
    ],
)
async def test_arguments_are_checked(client: AsyncWebClient, method: str, args: Json, expected: str) -> None:
    assert await error_of(client, method, **args) == expected


async def test_blocks_have_a_budget_of_text(client: AsyncWebClient) -> None:
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 2700}}] * 5

    assert await error_of(client, "chat.postMessage", channel=ALERTS, blocks=blocks) == "msg_blocks_too_long"
