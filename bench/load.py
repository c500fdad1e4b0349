"""The load generator, in a process of its own: `python -m bench.load URL APP TEAM CONNECTIONS SECONDS FILE`.

Signed slash commands over kept connections, each sent when the one before was answered. Writes JSON into the
file: the seconds that each took, and what was not answered as it should be.
"""

import asyncio
import itertools
import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import uvloop

from bot.clock import SystemClock
from bot.sandbox.slack.requests import sign
from bot.sandbox.slack.seed import SIGNING_SECRET

INCIDENTS = 64
"""People talk about different incidents, so the commands do."""

NOTE = "INC-{number} looked at the dashboards, {count}"


@dataclass(kw_only=True)
class Load:
    """What is sent, and what came back."""

    host: str
    app: str
    team: str
    seconds: list[float] = field(default_factory=list)
    bad: list[str] = field(default_factory=list)
    counter: "itertools.count[int]" = field(default_factory=itertools.count)
    clock: SystemClock = field(default_factory=SystemClock)

    def request(self, text: str) -> bytes:
        """A slash command, signed now."""
        stamp = f"{self.clock.now().timestamp():.6f}"
        fields = {
            "command": "/incident", "text": text, "user_id": "U0ANNLEE001", "user_name": "ann",
            "team_id": self.team, "team_domain": "example-co", "channel_id": "C0GENERAL01",
            "channel_name": "general", "api_app_id": self.app, "token": "deprecated",
            "response_url": "http://127.0.0.1:9/commands/none", "is_enterprise_install": "false",
            "trigger_id": f"{stamp}.{next(self.counter)}",
        }  # fmt: skip
        body = urlencode(fields).encode()
        seconds = stamp.partition(".")[0]
        head = (
            f"POST /slack/events HTTP/1.1\r\nHost: {self.host}\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n"
            f"X-Slack-Request-Timestamp: {seconds}\r\n"
            f"X-Slack-Signature: {sign(SIGNING_SECRET, seconds, body)}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


async def ask(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes
) -> tuple[int, bytes]:
    """One request and its answer: the status and the body."""
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
    return int(head[9:12]), await reader.readexactly(int(length))


async def connection(load: Load, number: int, until: float) -> None:
    """One after the other until the time is over."""
    host, port = load.host.split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    for count in itertools.count():
        began = load.clock.monotonic()
        if began >= until:
            break
        incident = (number + count * 7) % INCIDENTS + 1
        text = f"note {NOTE.format(number=incident, count=count)}"
        status, body = await ask(reader, writer, load.request(text))
        if status == 200 and (b"is in the timeline" in body or body == b"ok" or b'"ok"' in body):
            load.seconds.append(load.clock.monotonic() - began)
        else:
            load.bad.append(f"{status} {body[:300]!r}")
    writer.close()


async def run(load: Load, connections: int, seconds: float) -> None:
    """All connections at once."""
    until = load.clock.monotonic() + seconds
    async with asyncio.TaskGroup() as group:
        for number in range(connections):
            group.create_task(connection(load, number, until))


def main() -> None:
    """As the module says."""
    url, app, team, connections, seconds, file = sys.argv[1:]
    load = Load(host=urlsplit(url).netloc, app=app, team=team)
    uvloop.run(run(load, int(connections), float(seconds)))
    found = {"seconds": load.seconds, "bad": load.bad[:3], "failed": len(load.bad)}
    Path(file).write_text(json.dumps(found))


if __name__ == "__main__":
    main()
