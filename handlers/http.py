"""The bot's own web server: health, metrics, and what else is to be answered."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field

import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

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
IDLE_SECONDS = 75.0
PROBE_SECONDS = 2.0


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
        more: Iterable[web.RouteDef] = (),
        doorman: Doorman | None = None,
    ) -> None:
        self._host, self._port = host, port
        self._application = application(healthy=healthy, ready=ready, registry=registry, more=more)
        self._doorman = doorman or Doorman()
        self._application.middlewares.append(self._doorman.busy)
        self._runner: web.AppRunner | None = None
        self._listener: asyncio.Server | None = None

    @property
    def url(self) -> str:
        """Where it listens, while it does."""
        if self._listener is None or not self._listener.sockets:
            raise RuntimeError("the web server does not listen")
        host, port = self._where(self._listener)
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    @property
    def port(self) -> int:
        """The port at which it listens; the one that was asked for while it does not."""
        return self._port if self._listener is None else self._where(self._listener)[1]

    @staticmethod
    def _where(listener: asyncio.Server) -> tuple[str, int]:
        host, port = listener.sockets[0].getsockname()[:2]
        return str(host), int(port)

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
    more: Iterable[web.RouteDef] = (),
) -> web.Application:
    """Every address that the bot answers. What is not here is 404, another method 405."""

    async def metrics(_: web.Request) -> web.Response:
        return web.Response(body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    made = web.Application(client_max_size=LARGEST_BODY)
    made.add_routes([web.get("/healthz", _probe(healthy)), web.get("/readyz", _probe(ready))])
    made.add_routes([web.get("/metrics", metrics), *more])
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
