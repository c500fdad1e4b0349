"""An engine that pages all that is due, and says after each part how much memory it has.

python -m bench.pages URL PAGES PARTS
"""

import asyncio
import json
import os
import sys

import structlog
import uvloop

from bench.engine import engine
from bench.machine import resident


async def work(url: str, pages: int, parts: int) -> None:
    """One line of JSON after each part."""
    count, done = 0, asyncio.Event()

    async def page(_: str) -> None:
        nonlocal count
        count += 1
        if count % (pages // parts) == 0:
            now, most = resident(os.getpid())
            print(json.dumps({"paged": count, "resident_mb": now, "most_mb": most}), flush=True)
        if count >= pages:
            done.set()

    async with engine(url, page) as it, it.working():
        await done.wait()


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    uvloop.run(work(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
