"""Slack's requests over HTTP, checked before anything reads them."""

import asyncio
import hashlib
import hmac
from collections.abc import Sequence

import structlog
from aiohttp import web
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.clock import Clock
from handlers.http import LARGEST_BODY

log = structlog.get_logger(__name__)

OLDEST = 300
"""Seconds: Slack's own replay window."""
FUTURE = 60
"""Seconds that a signature may be ahead of us: clocks differ, but nobody signs for later."""
BODY_SECONDS = 2.0


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
