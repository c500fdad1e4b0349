"""What Slack would refuse: asked before the first night, by `tocsin check --online`."""

from collections.abc import Iterable, Mapping
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.ports import Finding

SECONDS = 10.0
_PAGE = 1000
_MOST_PAGES = 20


async def findings(
    token: str, base_url: str, scopes: Iterable[str], channels: Mapping[str, str]
) -> list[Finding]:
    """What is missing: a valid token, scopes, channels, or the bot's membership in them.

    `channels` maps the place in the configuration to an id or `#name`.
    """
    web = AsyncWebClient(
        token=token,
        base_url=base_url if base_url.endswith("/") else base_url + "/",
        timeout=int(SECONDS),
        retry_handlers=[],
    )
    try:
        answer = await web.auth_test()
        granted = {scope.strip() for scope in str(answer.headers.get("x-oauth-scopes", "")).split(",")}
        found = [_missing_scope(scope) for scope in sorted(set(scopes) - granted)]
        return found + await _channels(web, channels)
    except SlackApiError as error:
        code = (error.response.get("error") if isinstance(error.response.data, dict) else None) or "no answer"
        return [_refused(str(code))]
    except (TimeoutError, aiohttp.ClientError, OSError) as error:
        reason = type(error).__name__
        return [
            Finding(
                path="slack",
                message=f"Slack can't be reached at {base_url} ({reason})",
                remedy="Check the network, the proxy, and `TOCSIN_SLACK__API_URL`.",
            )
        ]


async def _channels(web: AsyncWebClient, wanted: Mapping[str, str]) -> list[Finding]:
    if not wanted:
        return []
    known = await _all_channels(web)
    by_name = {f"#{channel['name']}": channel for channel in known.values() if channel.get("name")}
    found = []
    for path, name in wanted.items():
        channel = known.get(name) or by_name.get(name if name.startswith("#") else f"#{name}")
        if channel is None:
            found.append(
                Finding(
                    path=path,
                    message=f"the bot sees no channel {name}",
                    remedy="Correct the name. A private channel is seen only after `/invite @tocsin` in it.",
                )
            )
        elif channel.get("is_archived"):
            found.append(Finding(path=path, message=f"{name} is archived", remedy="Choose another channel."))
        elif not channel.get("is_member"):
            found.append(
                Finding(
                    path=path,
                    message=f"the bot is not in {name}",
                    remedy=f"Type `/invite @tocsin` in {name}.",
                )
            )
    return found


async def _all_channels(web: AsyncWebClient) -> dict[str, Mapping[str, Any]]:
    known: dict[str, Mapping[str, Any]] = {}
    cursor = ""
    for _ in range(_MOST_PAGES):
        page = await web.conversations_list(
            types="public_channel,private_channel", limit=_PAGE, cursor=cursor or None
        )
        known |= {str(channel["id"]): channel for channel in page.get("channels") or ()}
        cursor = str((page.get("response_metadata") or {}).get("next_cursor") or "")
        if not cursor:
            break
    return known


def _missing_scope(scope: str) -> Finding:
    return Finding(
        path="slack.scopes",
        message=f"the app was not granted the scope {scope}",
        remedy="Update the app from `tocsin manifest` and install it into the workspace again.",
    )


def _refused(code: str) -> Finding:
    remedy = {
        "invalid_auth": "Set `TOCSIN_SLACK__BOT_TOKEN` to the token under OAuth & Permissions.",
        "token_revoked": "Install the app again and set `TOCSIN_SLACK__BOT_TOKEN` to the new token.",
        "account_inactive": "Install the app again and set `TOCSIN_SLACK__BOT_TOKEN` to the new token.",
        "missing_scope": "Update the app from `tocsin manifest` and install it into the workspace again.",
    }.get(code, "Look up the code in Slack's documentation of auth.test.")
    return Finding(path="slack.bot_token", message=f"Slack refused: {code}", remedy=remedy)
