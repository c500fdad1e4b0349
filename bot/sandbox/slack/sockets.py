"""Socket Mode: one-time tickets, at most ten connections, envelopes to any one of them, acks back."""

import asyncio
import json
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from aiohttp import WSMsgType, web

from bot.clock import Clock
from bot.sandbox.slack.delivery import EVENTS, POLL_SECONDS, Answer, Envelope, NotAnswered
from bot.sandbox.slack.faults import FaultKind, Faults
from bot.sandbox.slack.ids import new_secret
from bot.sandbox.slack.journal import Journal, Kind
from bot.sandbox.slack.shapes import Json

TICKET_LIFE = timedelta(seconds=30)
CONNECTIONS = 10
WARNING_SECONDS = 10.0
PING_SECONDS = 10.0


@dataclass(eq=False, kw_only=True)
class Connection:
    """One open WebSocket, and the envelopes on it that wait for their ack."""

    number: int
    socket: web.WebSocketResponse
    opened: float
    pinged: float
    transport: asyncio.Transport | None = None
    cut_at: float | None = None
    pending: dict[str, asyncio.Future[Answer]] = field(default_factory=dict)


class Sockets:
    """The Socket Mode endpoint, as a `Transport`."""

    def __init__(self, *, app_id: str, clock: Clock, journal: Journal, faults: Faults) -> None:
        self._app_id = app_id
        self._clock = clock
        self._journal = journal
        self._faults = faults
        self._tickets: dict[str, datetime] = {}
        self._connections: list[Connection] = []
        self._turn = 0
        self._opened = 0

    @property
    def count(self) -> int:
        """The connections that are open now."""
        return len(self._connections)

    @property
    def numbers(self) -> list[int]:
        """Their numbers, in the order in which they were opened; none is given twice."""
        return [connection.number for connection in self._connections]

    def ticket(self) -> str:
        """A ticket for one handshake within a short time."""
        ticket = new_secret()
        self._tickets[ticket] = self._clock.now() + TICKET_LIFE
        return ticket

    async def carry(self, envelope: Envelope, limit: float) -> Answer:
        """Send the envelope over one open connection, in turn, and wait for its ack."""
        open_now = [c for c in self._connections if c.cut_at is None] or self._connections
        if not open_now:
            raise NotAnswered("connection_failed")
        self._turn += 1
        connection = open_now[self._turn % len(open_now)]
        name = str(uuid.uuid4())
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        connection.pending[name] = future
        try:
            async with asyncio.timeout(limit):
                await connection.socket.send_str(json.dumps(_frame(envelope, name)))
                return await future
        except TimeoutError as error:
            raise NotAnswered("timeout") from error
        except ConnectionError as error:
            raise NotAnswered("connection_failed") from error
        finally:
            connection.pending.pop(name, None)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One WebSocket from handshake to close."""
        due = self._tickets.pop(request.query.get("ticket", ""), None)
        if self._faults.strike((FaultKind.STUCK_TICKET,), "socket") or due is None or due < self._clock.now():
            self._journal.add(Kind.SOCKET, "handshake", outcome="408")
            return web.Response(status=408, text="Request Timeout")
        socket = web.WebSocketResponse(autoping=False, timeout=0.5, max_msg_size=4_000_000)
        await socket.prepare(request)
        refusal = self._refusal()
        if refusal:
            await self._goodbye(socket, refusal)
            await socket.close()
            return socket
        await self._talk(socket, request.host, request.transport)
        return socket

    async def refresh(self, reason: str = "refresh_requested", *, older: float = 0.0) -> None:
        """Ask connections to go away: those older than so many seconds, which no one has asked before.

        `warning` leaves them ten seconds, all else cuts them soon.
        """
        now = self._clock.monotonic()
        for connection in [c for c in self._fresh() if now - c.opened >= older]:
            await self._goodbye(connection.socket, reason)
            wait = WARNING_SECONDS if reason == "warning" else 0.2
            connection.cut_at = self._clock.monotonic() + wait

    def deafen(self, seconds: float) -> None:
        """Hear nothing over the connections there are for so long, as behind a network that swallows all."""
        for connection in self._connections:
            if connection.transport is not None:
                connection.transport.pause_reading()
                asyncio.get_running_loop().call_later(seconds, connection.transport.resume_reading)

    def drop(self) -> None:
        """Cut every connection as a broken network does: not even the WebSocket's own goodbye arrives."""
        for connection in tuple(self._connections):
            if connection.transport is not None:
                connection.transport.abort()

    async def cut(self) -> None:
        """Close every connection without a word."""
        for connection in tuple(self._connections):
            await connection.socket.close(code=1001)

    async def tend(self) -> None:
        """Ping, warn and cut connections when it is time; runs as long as the server."""
        while True:
            await self._clock.sleep(POLL_SECONDS * 2)
            now = self._clock.monotonic()
            await self._apply_faults(now)
            for connection in tuple(self._connections):
                if connection.cut_at is not None and now >= connection.cut_at:
                    await connection.socket.close(code=1001)
                elif now - connection.pinged > PING_SECONDS:
                    connection.pinged = now
                    await _quietly_ping(connection.socket)

    async def _apply_faults(self, now: float) -> None:
        disconnect = self._faults.on(FaultKind.DISCONNECT)
        age = disconnect.seconds or 0.0 if disconnect else 0.0
        if disconnect and any(now - c.opened >= age for c in self._fresh()):
            self._faults.strike((FaultKind.DISCONNECT,), "socket")
            await self.refresh(older=age)
        if self._faults.on(FaultKind.LINK_DISABLED) and self._fresh():
            await self.refresh("link_disabled")

    def _fresh(self) -> list[Connection]:
        return [c for c in self._connections if c.cut_at is None]

    def _refusal(self) -> str:
        if self._faults.on(FaultKind.LINK_DISABLED):
            return "link_disabled"
        return "too_many_websockets" if len(self._connections) >= CONNECTIONS else ""

    async def _talk(
        self, socket: web.WebSocketResponse, host: str, transport: asyncio.Transport | None
    ) -> None:
        self._opened += 1
        now = self._clock.monotonic()
        connection = Connection(
            number=self._opened, socket=socket, opened=now, pinged=now, transport=transport
        )
        self._connections.append(connection)
        self._journal.add(Kind.SOCKET, "open", actor=str(connection.number))
        try:
            await socket.send_str(json.dumps(self._hello(host)))
            async for message in socket:
                if message.type is WSMsgType.PING and not self._faults.on(FaultKind.NO_PONG):
                    await socket.pong(message.data)
                elif message.type is WSMsgType.TEXT:
                    _acknowledge(connection, message.data)
        except ConnectionError:
            pass  # the client is gone; what was pending fails below
        finally:
            self._connections.remove(connection)
            for future in connection.pending.values():
                if not future.done():
                    future.set_exception(NotAnswered("connection_failed"))
            self._journal.add(Kind.SOCKET, "close", actor=str(connection.number))

    async def _goodbye(self, socket: web.WebSocketResponse, reason: str) -> None:
        self._journal.add(Kind.SOCKET, "disconnect", outcome=reason)
        frame = {"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-sandbox"}}
        try:
            await socket.send_str(json.dumps(frame))
        except ConnectionError:
            return  # it went by itself

    def _hello(self, host: str) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self._connections),
            "debug_info": {
                "host": f"applink-{host}",
                "started": self._clock.now().isoformat(),
                "build_number": 10,
                "approximate_connection_time": 3600,
            },
            "connection_info": {"app_id": self._app_id},
        }


def _frame(envelope: Envelope, name: str) -> Json:
    frame: Json = {
        "type": envelope.kind,
        "envelope_id": name,
        "payload": envelope.payload,
        "accepts_response_payload": envelope.kind != EVENTS,
    }
    if envelope.kind == EVENTS:
        frame |= {"retry_attempt": envelope.attempt, "retry_reason": envelope.reason}
    return frame


def _acknowledge(connection: Connection, data: str) -> None:
    try:
        ack = json.loads(data)
    except ValueError:
        return  # Slack ignores what is not an ack
    if not isinstance(ack, dict):
        return
    future = connection.pending.get(str(ack.get("envelope_id", "")))
    if future and not future.done():
        future.set_result(ack.get("payload"))


async def _quietly_ping(socket: web.WebSocketResponse) -> None:
    try:
        await socket.ping(b"Ping from applink-sandbox")
    except ConnectionError:
        return  # it closes by itself
