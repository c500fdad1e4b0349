"""Signed HTTP requests to the app's request URL, as Slack sends them without Socket Mode."""

import hashlib
import hmac
import json
from urllib.parse import urlencode

import aiohttp

from bot.clock import Clock
from bot.sandbox.slack.delivery import EVENTS, INTERACTIVE, Answer, Envelope, NotAnswered
from bot.sandbox.slack.ids import new_secret
from bot.sandbox.slack.shapes import Json


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """Slack's v0 signature over the raw body."""
    digest = hmac.new(secret.encode(), b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256)
    return "v0=" + digest.hexdigest()


class Requests:
    """The request URL, as a `Transport`."""

    def __init__(self, *, url: str, secret: str, clock: Clock, session: aiohttp.ClientSession) -> None:
        self._url = url
        self._secret = secret
        self._clock = clock
        self._session = session

    async def carry(self, envelope: Envelope, limit: float) -> Answer:
        """POST it and wait for a 2xx; the body of a 200 is the acknowledgement."""
        body, kind = _encoded(envelope)
        headers = self._headers(body, kind)
        if envelope.attempt:
            headers["X-Slack-Retry-Num"] = str(envelope.attempt)
            headers["X-Slack-Retry-Reason"] = envelope.reason
        status, answer, no_retry = await self._post(body, headers, limit)
        if status != 200 and not (envelope.kind == EVENTS and 200 <= status < 300):
            raise NotAnswered("http_error", final=no_retry)
        return _decoded(answer)

    async def verify(self, limit: float) -> bool:
        """Whether the URL answers the challenge that Slack sends when it is configured."""
        challenge = new_secret()
        body = json.dumps(
            {"token": "deprecated", "challenge": challenge, "type": "url_verification"}
        ).encode()
        status, answer, _ = await self._post(body, self._headers(body, "application/json"), limit)
        decoded = _decoded(answer)
        found = decoded.get("challenge") if isinstance(decoded, dict) else decoded
        return status == 200 and found == challenge

    def _headers(self, body: bytes, kind: str) -> dict[str, str]:
        timestamp = str(int(self._clock.now().timestamp()))
        return {
            "Content-Type": kind,
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": sign(self._secret, timestamp, body),
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
        }

    async def _post(self, body: bytes, headers: dict[str, str], limit: float) -> tuple[int, str, bool]:
        timeout = aiohttp.ClientTimeout(total=limit)
        try:
            async with self._session.post(
                self._url, data=body, headers=headers, timeout=timeout, max_redirects=2
            ) as response:
                text = (await response.read()).decode(errors="replace")
                return response.status, text, response.headers.get("X-Slack-No-Retry") == "1"
        except TimeoutError as error:
            raise NotAnswered("http_timeout") from error
        except aiohttp.TooManyRedirects as error:
            raise NotAnswered("too_many_redirects") from error
        except aiohttp.ClientConnectionError as error:
            raise NotAnswered("connection_failed") from error
        except aiohttp.ClientError as error:
            raise NotAnswered("unknown_error") from error


def _encoded(envelope: Envelope) -> tuple[bytes, str]:
    if envelope.kind == EVENTS:
        return json.dumps(envelope.payload).encode(), "application/json"
    form: Json = envelope.payload
    if envelope.kind == INTERACTIVE:
        form = {"payload": json.dumps(envelope.payload)}
    return urlencode(form, errors="replace").encode(), "application/x-www-form-urlencoded"


def _decoded(text: str) -> Answer:
    if not text.strip():
        return None
    try:
        found = json.loads(text)
    except ValueError:
        return text
    return found if isinstance(found, dict) else text
