"""Bodies of requests: cut at a limit and at a time, whatever a request says of itself."""

import asyncio
from dataclasses import dataclass

import aiohttp
from aiohttp import web

from handlers.ingress.reading import Posted

LARGEST = 2 * 1024 * 1024
"""Bytes of what is posted with a token that counts, and"""

LARGEST_UNKNOWN = 512 * 1024
"""of what has its token in it; PagerDuty takes no more either."""

SECONDS = 10.0
UNKNOWN_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Unacceptable(Exception):
    """A body that is not taken; the status says so to the sender, who is hung up on. `raw` came of it."""

    status: int
    why: str
    raw: bytes = b""


@dataclass(frozen=True, kw_only=True, slots=True)
class Limit:
    """So many bytes in so many seconds. `peeks`: what will be refused is begun, to see whose it is."""

    most: int = LARGEST
    seconds: float = SECONDS
    peeks: bool = False


KNOWN = Limit()
UNKNOWN = Limit(most=LARGEST_UNKNOWN, seconds=UNKNOWN_SECONDS, peeks=True)


async def received(request: web.Request, limit: Limit, begun: bytes = b"") -> Posted:
    """The whole request, of which `begun` was read before. Raises Unacceptable; nothing is ever unpacked."""
    packed = request.headers.get("Content-Encoding", "identity").strip().lower() not in {"identity", ""}
    if not limit.peeks:
        _check(limit, packed=packed, size=request.content_length or 0, raw=begun)
    parts = [begun] if begun else []
    try:
        if request.content.is_eof() and request.content.exception() is None:
            parts.append(request.content.read_nowait())  # most come together with the headers
        else:
            async with asyncio.timeout(limit.seconds):
                await _read(request, limit, parts)
    except TimeoutError:
        why = f"the body did not come within {limit.seconds:.0f} s"
        raise Unacceptable(408, why, b"".join(parts)) from None
    except (
        aiohttp.ClientError,
        aiohttp.http_exceptions.HttpProcessingError,
        web.RequestPayloadError,
        OSError,
    ):
        why = "the body broke off, or is not as long as it says"
        raise Unacceptable(400, why, b"".join(parts)) from None
    raw = b"".join(parts)
    _check(limit, packed=packed, size=len(raw), raw=raw)
    return Posted(raw=raw, headers=_told(request), query=dict(request.query))


async def _read(request: web.Request, limit: Limit, parts: list[bytes]) -> None:
    """All of it, or so much that it is too much."""
    size = sum(map(len, parts))
    async for part in request.content.iter_any():
        parts.append(part)
        size += len(part)
        if size > limit.most:
            return


def _check(limit: Limit, *, packed: bool, size: int, raw: bytes = b"") -> None:
    """Raise Unacceptable for what is packed, or too large."""
    if packed:
        why = "encoded bodies are not taken: send it plain, without Content-Encoding"
        raise Unacceptable(415, why, raw)
    if size > limit.most:
        raise Unacceptable(413, f"more than {limit.most // 1024} KiB", raw)


def _told(request: web.Request) -> dict[str, str]:
    return {name.lower(): value for name, value in request.headers.items()}
