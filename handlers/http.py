"""The bot's own web server: Slack's requests (checked before anything reads them), health and metrics."""

import asyncio
import hashlib
import hmac
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.clock import Clock
from bot.errors import StoreUnavailable
from handlers.doorman import Doorman

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Health:
    """What is wrong, by name. Any problem makes the answer 503; notes only tell."""

    problems: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)


Probe = Callable[[], Awaitable[Health]]

SLACK_PATH = "/slack/events"
LARGEST_BODY = 1024 * 1024
OLDEST = 300
"""Seconds: Slack's own replay window."""
FUTURE = 60
"""Seconds that a signature may be ahead of us: clocks differ, but nobody signs for later."""
BODY_SECONDS = 2.0
IDLE_SECONDS = 75.0
PROBE_SECONDS = 2.0


def signed(secret: bytes, timestamp: str, signature: str, raw: bytes, now: float) -> bool:
    """Whether Slack signed exactly these bytes lately. Hostile headers are a no, never an exception.

    Slack: Verifying requests from Slack. The basestring is `v0:<timestamp>:<raw body>`.
    """
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12 and signature.isascii()):
        return False
    age = now - int(timestamp)
    if not -FUTURE <= age <= OLDEST:
        return False
    mac = hmac.new(secret, b"v0:" + timestamp.encode() + b":" + raw, hashlib.sha256).hexdigest()
    return hmac.compare_digest("v0=" + mac, signature)


class SlackGate:
    """The request URL: size, encoding and signature are checked here, then Bolt takes over.

    Nothing of a request that was not signed is parsed or logged.
    """

    def __init__(self, app: AsyncApp, signing_secret: str, clock: Clock) -> None:
        if not signing_secret:
            raise ValueError("Slack over HTTP needs the signing secret")
        self._app = app
        self._secret = signing_secret.encode()
        self._clock = clock

    async def serve(self, request: web.Request) -> web.Response:
        """One request of Slack's: an event, a command or an interaction."""
        if request.headers.get("Content-Encoding", "identity").lower() != "identity":
            return _refusal(415, "encoded")
        if (request.content_length or 0) > LARGEST_BODY:
            return _refusal(413, "too large")
        try:
            async with asyncio.timeout(BODY_SECONDS):
                raw = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return _refusal(413, "too large")
        except TimeoutError:
            return _refusal(408, "slow")
        headers = request.headers
        timestamp = headers.get("X-Slack-Request-Timestamp", "")
        signature = headers.get("X-Slack-Signature", "")
        if not any(signed(self._secret, timestamp, signature, raw, now) for now in self._instants()):
            return _refusal(401, "signature")
        return await self._dispatch(request, raw)

    def _instants(self) -> tuple[float, float]:
        """The two times that may be right: the bot's own, and that of the machine, which Slack's may follow.

        A clock that is set right is followed slowly, and nobody may be shut out meanwhile.
        """
        return self._clock.now().timestamp(), self._clock.wall().timestamp()

    async def _dispatch(self, request: web.Request, raw: bytes) -> web.Response:
        try:
            body = raw.decode("utf-8")
            asked = AsyncBoltRequest(body=body, headers=_kept(request))
        except (ValueError, RecursionError, AttributeError, TypeError):
            return _refusal(400, "malformed")
        answer: BoltResponse = await self._app.async_dispatch(asked)
        kind = answer.first_headers().get("content-type", "text/plain;charset=utf-8")
        return web.Response(status=answer.status, body=answer.body.encode(), headers={"Content-Type": kind})


class HttpServer:
    """Listens from `start` to `stop`; `port` 0 takes any free one, `url` says which."""

    def __init__(
        self,
        *,
        host: str,
        port: int,
        healthy: Probe,
        ready: Probe,
        registry: CollectorRegistry,
        slack: SlackGate | None = None,
        more: Iterable[web.RouteDef] = (),
        doorman: Doorman | None = None,
    ) -> None:
        self._host, self._port = host, port
        self._application = application(
            healthy=healthy, ready=ready, registry=registry, slack=slack, more=more
        )
        self._doorman = doorman or Doorman()
        self._application.middlewares.append(self._doorman.busy)
        self._runner: web.AppRunner | None = None
        self._listener: asyncio.Server | None = None

    @property
    def url(self) -> str:
        """Where it listens, while it does."""
        if self._listener is None or not self._listener.sockets:
            raise RuntimeError("the web server does not listen")
        host, port = self._listener.sockets[0].getsockname()[:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    async def start(self) -> None:
        """Listen."""
        self._runner = web.AppRunner(
            self._application,
            access_log=None,
            auto_decompress=False,
            keepalive_timeout=IDLE_SECONDS,
            lingering_time=1.0,
            shutdown_timeout=5.0,
        )
        await self._runner.setup()
        server = self._runner.server
        assert server is not None
        self._listener = await asyncio.get_running_loop().create_server(
            lambda: self._doorman.admit(server), self._host, self._port, backlog=1024
        )

    async def stop(self) -> None:
        """Take no more requests and let those under way end."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None


def application(
    *,
    healthy: Probe,
    ready: Probe,
    registry: CollectorRegistry,
    slack: SlackGate | None = None,
    more: Iterable[web.RouteDef] = (),
) -> web.Application:
    """Every address that the bot answers. What is not here is 404, another method 405."""

    async def metrics(_: web.Request) -> web.Response:
        return web.Response(body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    made = web.Application(client_max_size=LARGEST_BODY)
    made.add_routes([web.get("/healthz", _probe(healthy)), web.get("/readyz", _probe(ready))])
    made.add_routes([web.get("/metrics", metrics), *more])
    if slack is not None:
        made.add_routes([web.post(SLACK_PATH, slack.serve)])
    return made


def _probe(probe: Probe) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def serve(_: web.Request) -> web.Response:
        try:
            async with asyncio.timeout(PROBE_SECONDS):
                health = await probe()
        except TimeoutError:
            health = Health(problems={"probe": "no answer in time"})
        except StoreUnavailable as error:
            log.warning("probe failed", why=str(error))
            health = Health(problems={"database": "cannot be reached"})
        status = "failing" if health.problems else "ok"
        told = {"status": status, "problems": dict(health.problems), "notes": dict(health.notes)}
        return web.json_response(told, status=503 if health.problems else 200)

    return serve


def _kept(request: web.Request) -> dict[str, str | Sequence[str]]:
    """The headers that Bolt reads. Its `lazy` headers are for itself and must not come from outside."""
    names = ("Content-Type", "X-Slack-Retry-Num", "X-Slack-Retry-Reason")
    return {name: request.headers[name] for name in names if name in request.headers}


def _refusal(status: int, why: str) -> web.Response:
    log.warning("request refused", why=why, status=status)
    response = web.json_response({"error": why}, status=status)
    if status in (408, 413, 415):
        response.force_close()
    return response
