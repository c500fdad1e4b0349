"""Pages to machines: a signed POST to an address that the configuration names."""

import asyncio
import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Mapping

import aiohttp
from pydantic import SecretStr

from bot.clock import Clock
from bot.delivery.jobs import incident_of, next_up, rendered
from bot.delivery.last_moment import until
from bot.delivery.open_web import Inside, OpenWeb
from bot.delivery.slack.outcomes import wish
from bot.domain.commands import PageSent
from bot.domain.effects import PageWebhook
from bot.domain.webhook import in_variable
from bot.errors import DeliveryError, Outcome
from bot.ports import Job, Receipt
from bot.render.webhook import minimal_webhook_page, webhook_page
from bot.settings import WebhookSettings

LIMIT = 5.0
"""Seconds for a whole call: below 0.4 of a page's lease of 15 s."""

CONNECT_LIMIT = 3.0
LARGEST_ANSWER = 64 * 1024
"""So many bytes of an answer are waited for; nothing in it is used."""

PORTS = frozenset({80, 443, 8080, 8443})
"""Elsewhere other things than web servers listen; inside the network the settings decide."""

LATER = frozenset({408, 425, 429})


class WebhookPager:
    """Carries PageWebhook. Redirects are not followed: where they lead was not checked.

    The signature is that of Standard Webhooks (https://www.standardwebhooks.com): HMAC-SHA256 over id,
    time and body. A receiver knows a repeated page by its `Idempotency-Key`.
    """

    def __init__(
        self, settings: WebhookSettings, clock: Clock, *, web: OpenWeb | None = None, limit: float = LIMIT
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._inside = frozenset(
            host.casefold().rstrip(".") for part in settings.inside.split(",") if (host := part.strip())
        )
        self._web = web or OpenWeb(self._inside)
        self._limit = limit
        self._session: aiohttp.ClientSession | None = None

    async def carry(self, job: Job) -> Receipt:
        """Send one request."""
        effect = job.claim.effect
        assert isinstance(effect, PageWebhook), effect
        incident = incident_of(job)
        if job.webhook is None:
            raise DeliveryError(Outcome.REJECTED, "webhook_is_gone")
        secret = self._settings.secrets.get(in_variable(effect.name), self._settings.secret)
        if secret is None:
            raise DeliveryError(Outcome.REJECTED, "webhook_has_no_secret")
        plain = minimal_webhook_page(effect, incident.number)
        shown = rendered(
            lambda: webhook_page(effect, incident, self._clock.now(), next_up=next_up(job)), plain, job
        )
        body = rendered(lambda: _encoded(shown), _encoded(plain), job)
        with until(self._clock, job.claim.last_moment):
            await self._post(job.webhook.url, body, self._headers(effect.key, body, secret))
        answer = PageSent(person=effect.name, method="webhook")
        return Receipt(provider_id=message_id(effect.key), answer=answer)

    async def look_up(self, job: Job) -> Receipt | None:
        """A receiver cannot be asked: it is sent again, with the same Idempotency-Key."""
        return None

    async def close(self) -> None:
        """Hang up."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _headers(self, key: str, body: bytes, secret: SecretStr) -> Mapping[str, str]:
        sent = int(self._clock.now().timestamp())
        return {
            "Content-Type": "application/json",
            "User-Agent": "Tocsin",
            "Idempotency-Key": re.sub(r"[^!-~]", "?", key),
            "webhook-id": message_id(key),
            "webhook-timestamp": str(sent),
            "webhook-signature": signature(secret.get_secret_value(), message_id(key), sent, body),
        }

    async def _post(self, url: str, body: bytes, headers: Mapping[str, str]) -> None:
        try:
            checked = self._web.check(url)
        except Inside as error:
            raise DeliveryError(Outcome.REJECTED, "address_not_allowed") from error
        if checked.port not in PORTS and (checked.host or "").casefold().rstrip(".") not in self._inside:
            raise DeliveryError(Outcome.REJECTED, "port_not_allowed")
        try:
            async with self._connected().post(
                checked, data=body, headers=headers, allow_redirects=False
            ) as answer:
                status, wishes = answer.status, answer.headers
                await _drained(answer)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise _unanswered(error) from error
        if not 200 <= status < 300:
            raise self._answered(status, wishes)

    def _answered(self, status: int, headers: Mapping[str, str]) -> DeliveryError:
        if status >= 500:
            return DeliveryError(Outcome.UNKNOWN, f"http_{status}")
        if status in LATER:
            return DeliveryError(
                Outcome.NOT_SENT, f"http_{status}", retry_after=wish(headers, self._clock.now())
            )
        return DeliveryError(Outcome.REJECTED, "redirected" if status < 400 else f"http_{status}")

    def _connected(self) -> aiohttp.ClientSession:
        if self._session is None:
            limits = aiohttp.ClientTimeout(total=self._limit, connect=min(CONNECT_LIMIT, self._limit * 0.6))
            self._session = self._web.session(limits)
        return self._session


def signature(secret: str, message: str, sent: int, body: bytes) -> str:
    """`v1,` and the HMAC. A secret that begins with `whsec_` is Base64, as Standard Webhooks wants it."""
    signed = f"{message}.{sent}.".encode() + body
    return f"v1,{base64.b64encode(hmac.digest(_key(secret), signed, hashlib.sha256)).decode()}"


def _key(secret: str) -> bytes:
    if not secret.startswith("whsec_"):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError) as error:
        raise DeliveryError(Outcome.REJECTED, "webhook_secret_unreadable") from error


def message_id(key: str) -> str:
    """The same for the same page, always; it has no dot, which parts what is signed."""
    return f"msg_{hashlib.sha256(key.encode()).hexdigest()[:32]}"


def _encoded(page: Mapping[str, object]) -> bytes:
    return json.dumps(page, ensure_ascii=True, separators=(",", ":"), allow_nan=False).encode()


async def _drained(answer: aiohttp.ClientResponse) -> None:
    """It was taken as soon as it said so: however its answer goes on, it is not asked again."""
    try:
        await answer.content.readexactly(LARGEST_ANSWER)
    except asyncio.IncompleteReadError:
        return
    except (aiohttp.ClientError, OSError):
        pass
    answer.close()


def _unanswered(error: Exception) -> DeliveryError:
    if isinstance(error, Inside) or isinstance(getattr(error, "os_error", None), Inside):
        return DeliveryError(Outcome.REJECTED, "address_not_allowed")
    match error:
        case aiohttp.InvalidURL():
            return DeliveryError(Outcome.REJECTED, "invalid_address")
        case aiohttp.ClientConnectorDNSError():
            return DeliveryError(Outcome.NOT_SENT, "name_not_resolved")
        case aiohttp.ClientSSLError():
            return DeliveryError(Outcome.NOT_SENT, "tls_failed")
        case aiohttp.ClientConnectorError():
            return DeliveryError(Outcome.NOT_SENT, "connection_refused")
        case aiohttp.ConnectionTimeoutError():
            return DeliveryError(Outcome.NOT_SENT, "connect_timeout")
        case TimeoutError():
            return DeliveryError(Outcome.UNKNOWN, "timeout")
        case _:
            return DeliveryError(Outcome.UNKNOWN, "connection_lost")
