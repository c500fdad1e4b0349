"""The sandbox's Slack in a process of its own, without rate limits: `python -m bench.slack`.

It prints one line of JSON when it listens, and ends when its standard input does.
"""

import asyncio
import json
import math
import sys

import uvloop

from bot.clock import SystemClock
from bot.sandbox.slack import seed
from bot.sandbox.slack.server import SlackServer
from handlers.manifest import manifest

REQUEST_URL = "https://tocsin.example.com"


async def serve() -> None:
    """Be a Slack until told to stop."""
    world = seed.seed(manifest("http", REQUEST_URL))
    async with SlackServer(world, SystemClock(), limits=math.inf) as slack:
        print(json.dumps({"api": slack.api_url, "app": world.app.id, "team": world.id}), flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    uvloop.run(serve())
