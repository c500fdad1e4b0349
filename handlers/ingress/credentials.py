"""Where senders put their token, and how they sign what they send."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Mapping

from bot.domain.token import TOKEN
from handlers.ingress.reading import Posted

_SCHEMES = ("bearer", "geniekey", "token")
_HEADERS = ("x-tocsin-token", "x-routing-key")


def shown(headers: Mapping[str, str]) -> str:
    """The token of a request's headers; empty when there is none. Query strings are never looked at."""
    scheme, _, value = headers.get("Authorization", "").strip().partition(" ")
    if scheme.lower() in _SCHEMES:
        return value.strip()
    if scheme.lower() == "basic":
        return _password(value.strip())
    return next((headers[name] for name in _HEADERS if name in headers), "")


def inside(raw: bytes) -> str:
    """The first token that stands in a body, by its form alone: the body need be no document, nor whole."""
    found = TOKEN.search(raw.replace(b"\0", b"").decode("latin-1"))
    return found[0] if found else ""


def _password(encoded: str) -> str:
    """Some can send nothing but a user and a password; the token is the password."""
    try:
        decoded = base64.b64decode(encoded[:1_000], validate=True).decode()
    except (binascii.Error, ValueError):
        return ""
    return decoded.partition(":")[2]


def _hexadecimal(header: str, prefix: str = "") -> Callable[[bytes, Posted], bool]:
    """One HMAC-SHA256 of the body, or several parted by commas, each with its prefix."""

    def check(secret: bytes, posted: Posted) -> bool:
        mac = (prefix + hmac.new(secret, posted.raw, hashlib.sha256).hexdigest()).encode()
        told = _bytes(posted.headers.get(header, "")).split(b",")[:5]
        return any(hmac.compare_digest(mac, each.strip()) for each in told)

    return check


def _itself(header: str) -> Callable[[bytes, Posted], bool]:
    """The secret as it is."""

    def check(secret: bytes, posted: Posted) -> bool:
        return hmac.compare_digest(secret, _bytes(posted.headers.get(header, "")))

    return check


def _bytes(header: str) -> bytes:
    """A header as it came; it may be no text at all."""
    return header.encode(errors="surrogateescape")


SIGNATURES: Mapping[str, Callable[[bytes, Posted], bool]] = {
    "github": _hexadecimal("x-hub-signature-256", "sha256="),
    "jira_server": _hexadecimal("x-hub-signature", "sha256="),
    "sentry": _hexadecimal("sentry-hook-signature"),
    "grafana": _hexadecimal("x-grafana-alerting-signature"),
    "pagerduty": _hexadecimal("x-pagerduty-signature", "v1="),
    "cloudflare": _itself("cf-webhook-auth"),
}
"""How each source proves that it knows a secret; all others as GitHub does."""


def signed(source: str, secret: str, posted: Posted) -> bool:
    """Whether whoever sent this knows the secret."""
    return SIGNATURES.get(source, SIGNATURES["github"])(secret.encode(), posted)


_DELIVERIES = (
    "idempotency-key",
    "x-github-delivery",
    "request-id",
    "x-amz-sns-message-id",
    "webhook-id",
    "x-atlassian-webhook-identifier",
)


def delivery_id(source: str, posted: Posted) -> str | None:
    """What is the same when the same delivery comes again; None where the source says no such thing.

    The body is part of it: whoever calls everything by one name loses nothing.
    """
    for name in _DELIVERIES:
        value = posted.headers.get(name, "").strip()
        if value and (name != "request-id" or source == "sentry"):
            return f"{name}:{hashlib.sha256(_bytes(value) + posted.raw).hexdigest()[:32]}"
    return None
