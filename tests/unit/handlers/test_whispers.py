"""Whispers: whatever Slack answers, the one who speaks goes on speaking."""

import asyncio

from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

from bot.render.message import message
from handlers.whispers import Ear, Whispers
from tests.error_log import watched_errors


async def test_an_answer_that_is_no_object_ends_nobody() -> None:
    said: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        said.append(str((await request.json())["text"]))
        return web.json_response(["surprise"])

    application = web.Application()
    application.router.add_post("/chat.postMessage", answer)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    whispers, stop = (
        Whispers(AsyncWebClient(token="xoxb-1", base_url=f"http://{host}:{port}/")),
        asyncio.Event(),
    )

    with watched_errors():
        for number in range(10):
            whispers.tell(Ear(user="U1"), message(f"number {number}"))
        stop.set()
        await whispers.run(stop)

    assert len(said) == 10
    await runner.cleanup()
