"""Of a crowd of events a few are under way; people do not wait behind it, and nothing is left out."""

import asyncio
from typing import Any

import pytest
from slack_bolt.async_app import AsyncAck
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest

from bot.clock import SystemClock
from handlers.crowded_app import MOST, CrowdedApp

MANY = 3 * MOST


async def _authorize(**_: Any) -> AuthorizeResult:
    return AuthorizeResult(
        enterprise_id=None, team_id="T1", bot_token="xoxb-1", bot_id="B1", bot_user_id="U1"
    )


def event(number: int, **parts: str) -> AsyncBoltRequest:
    inner = {"type": "message", "channel": "C1", "user": "U2", "text": str(number), "ts": f"{number}.000100"}
    inner |= parts or {"bot_id": "B2"}
    body = {"type": "event_callback", "team_id": "T1", "event_id": f"Ev{number}", "event": inner}
    return AsyncBoltRequest(mode="socket_mode", body=body)


def command() -> AsyncBoltRequest:
    return AsyncBoltRequest(
        mode="socket_mode", body={"command": "/incident", "team_id": "T1", "user_id": "U2"}
    )


@pytest.mark.row("F83")
async def test_few_events_are_under_way_at_once_and_all_have_their_turn() -> None:
    app = CrowdedApp(authorize=_authorize, request_verification_enabled=False, process_before_response=True)
    begun, most, free = 0, 0, asyncio.Event()
    under_way = 0
    people: list[str] = []

    async def heed(event: dict[str, Any]) -> None:
        people.append(event["text"])

    async def hear(event: dict[str, Any]) -> None:
        nonlocal begun, most, under_way
        if "bot_id" not in event:
            await heed(event)
            return
        begun, under_way = begun + 1, under_way + 1
        most = max(most, under_way)
        await free.wait()
        under_way -= 1

    async def obey(ack: AsyncAck) -> None:
        await ack("here")

    app.event("message")(hear)
    app.event("app_mention")(heed)
    app.command("/incident")(obey)
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        crowd = [group.create_task(app.async_dispatch(event(number))) for number in range(MANY)]
        while begun < MOST:
            await SystemClock().sleep(0)
        answer = await app.async_dispatch(command())  # while the crowd stands
        assert answer.status == 200
        assert answer.body == "here"
        await app.async_dispatch(event(1001, type="app_mention"))
        await app.async_dispatch(event(1002, channel_type="im"))
        assert people == ["1001", "1002"]
        assert (begun, most) == (MOST, MOST)
        free.set()

    assert [each.result().status for each in crowd] == [200] * MANY
    assert begun == MANY
    assert most == MOST
