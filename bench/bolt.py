"""The bare Bolt app that only acknowledges: `python -m bench.bolt shipped|before_response|aiohttp API`.

`shipped` is Bolt as its documentation begins with; `before_response` runs listeners before the answer, and
without the middleware that a slash command does not need; `aiohttp` answers without Bolt: the ceiling.
"""

import asyncio
import json
import sys

import uvloop
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack.seed import BOT_TOKEN, SIGNING_SECRET

ACKNOWLEDGED = "ok"


async def acknowledge(ack: AsyncAck) -> None:
    await ack(ACKNOWLEDGED)


def app(kind: str, api: str) -> AsyncApp:
    """The app; the token is looked up once."""
    client = AsyncWebClient(token=BOT_TOKEN, base_url=f"{api}/")
    if kind == "shipped":
        made = AsyncApp(client=client, signing_secret=SIGNING_SECRET)
    else:
        made = AsyncApp(
            client=client,
            signing_secret=SIGNING_SECRET,
            process_before_response=True,
            ignoring_self_events_enabled=False,
            ssl_check_enabled=False,
            attaching_function_token_enabled=False,
            attaching_conversation_kwargs_enabled=False,
        )
    made.command("/incident")(acknowledge)
    return made


async def serve(kind: str, api: str) -> None:
    """Listen on a free port, say which, and go on until standard input ends."""
    bolt = app(kind, api) if kind != "aiohttp" else None

    async def answer(request: web.Request) -> web.Response:
        if bolt is None:
            await request.read()
            return web.Response(text=ACKNOWLEDGED)
        return await to_aiohttp_response(await bolt.async_dispatch(await to_bolt_request(request)))

    application = web.Application()
    application.add_routes([web.post("/slack/events", answer)])
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(json.dumps({"url": f"http://127.0.0.1:{runner.addresses[0][1]}"}), flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()


if __name__ == "__main__":
    uvloop.run(serve(sys.argv[1], sys.argv[2]))
