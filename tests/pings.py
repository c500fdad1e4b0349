"""A place on loopback that records signs of life, as healthchecks.io would; it has a thread of its own."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from bot.clock import SystemClock

CLOCK = SystemClock()


@dataclass(frozen=True, kw_only=True)
class Ping:
    """One request: its path, its body, and when it came (monotonic)."""

    path: str
    body: str
    at: float


@dataclass(kw_only=True)
class Snitch:
    """What was heard. `status` is what it answers."""

    url: str
    pings: list[Ping] = field(default_factory=list)
    status: int = 200

    @property
    def alive(self) -> list[Ping]:
        """Signs of life."""
        return [ping for ping in self.pings if not ping.path.endswith("/fail")]

    @property
    def failing(self) -> list[Ping]:
        """Signs of trouble."""
        return [ping for ping in self.pings if ping.path.endswith("/fail")]


@contextmanager
def listening() -> Iterator[Snitch]:
    """Listen until the end of the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            snitch.pings.append(Ping(path=self.path, body=body, at=CLOCK.monotonic()))
            self.send_response(snitch.status)
            if snitch.status in {301, 302}:
                self.send_header("Location", f"{snitch.url}/elsewhere")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    snitch = Snitch(url=f"http://127.0.0.1:{server.server_address[1]}/ping/5bf0-secret")
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield snitch
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
