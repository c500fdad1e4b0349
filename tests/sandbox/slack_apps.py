"""Real clients of the sandbox's Slack: slack_bolt apps over Socket Mode and over signed HTTP."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.async_app import AsyncBoltRequest
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack.requests import Requests
from bot.sandbox.slack.seed import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET
from bot.sandbox.slack.server import SlackServer


def bolt(slack: SlackServer, session: aiohttp.ClientSession) -> AsyncApp:
    client = AsyncWebClient(token=BOT_TOKEN, base_url=slack.api_url, session=session, retry_handlers=[])
    return AsyncApp(
        client=client,
        signing_secret=SIGNING_SECRET,
        process_before_response=True,
        attaching_conversation_kwargs_enabled=False,
    )


@asynccontextmanager
async def over_socket(app: AsyncApp, slack: SlackServer) -> AsyncIterator[AsyncSocketModeHandler]:
    handler = AsyncSocketModeHandler(app, APP_TOKEN, web_client=app.client)
    already = slack.hub.sockets.count
    await handler.connect_async()  # type: ignore[no-untyped-call]  # slack_bolt has no types here
    await slack.until(lambda: slack.hub.sockets.count > already)
    try:
        yield handler
    finally:
        for task in (
            handler.client.current_session_monitor,
            handler.client.message_receiver,
            handler.client.message_processor,
        ):
            if task is not None:
                task.cancel()
        await handler.close_async()  # type: ignore[no-untyped-call]  # slack_bolt has no types here


@asynccontextmanager
async def over_http(app: AsyncApp, slack: SlackServer) -> AsyncIterator[Requests]:
    async def serve(request: web.Request) -> web.Response:
        headers: dict[str, str | Sequence[str]] = {key: [value] for key, value in request.headers.items()}
        body = (await request.read()).decode()
        answer = await app.async_dispatch(AsyncBoltRequest(body=body, headers=headers))
        kept = {k: v[0] for k, v in answer.headers.items() if k.lower() != "content-length"}
        return web.Response(status=answer.status, body=answer.body.encode(), headers=kept)

    async with listening(serve) as url:
        yield slack.deliver_to(url)


@asynccontextmanager
async def listening(serve: web.RequestHandler | object) -> AsyncIterator[str]:
    application = web.Application()
    application.router.add_route("*", "/slack/events", serve)  # type: ignore[arg-type]  # any aiohttp handler
    runner = web.AppRunner(application, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    finally:
        await runner.cleanup()
