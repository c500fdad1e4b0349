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
    """A body that is not taken; the status says so to the sender, who is hung up on."""

    status: int
    why: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Limit:
    """So many bytes in so many seconds."""

    most: int = LARGEST
    seconds: float = SECONDS


KNOWN = Limit()
UNKNOWN = Limit(most=LARGEST_UNKNOWN, seconds=UNKNOWN_SECONDS)


async def received(request: web.Request, limit: Limit) -> Posted:
    """The whole request. Raises Unacceptable; nothing is ever unpacked."""
    if request.headers.get("Content-Encoding", "identity").strip().lower() not in {"identity", ""}:
        raise Unacceptable(415, "encoded bodies are not taken: send it plain, without Content-Encoding")
    if (request.content_length or 0) > limit.most:
        raise _too_large(limit)
    try:
        if request.content.is_eof() and request.content.exception() is None:
            raw = _there(request, limit)
        else:
            async with asyncio.timeout(limit.seconds):
                raw = await _read(request, limit)
    except TimeoutError:
        raise Unacceptable(408, f"the body did not come within {limit.seconds:.0f} s") from None
    except (
        aiohttp.ClientError,
        aiohttp.http_exceptions.HttpProcessingError,
        web.RequestPayloadError,
        OSError,
    ):
        raise Unacceptable(400, "the body broke off, or is not as long as it says") from None
    return Posted(raw=raw, headers=_told(request), query=dict(request.query))


def _there(request: web.Request, limit: Limit) -> bytes:
    """What came together with the headers, as most requests do: nobody has to wait for it."""
    raw = request.content.read_nowait()
    if len(raw) > limit.most:
        raise _too_large(limit)
    return raw


async def _read(request: web.Request, limit: Limit) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in request.content.iter_any():
        size += len(part)
        if size > limit.most:
            raise _too_large(limit)
        parts.append(part)
    return b"".join(parts)


def _too_large(limit: Limit) -> Unacceptable:
    return Unacceptable(413, f"more than {limit.most // 1024} KiB")


def _told(request: web.Request) -> dict[str, str]:
    return {name.lower(): value for name, value in request.headers.items()}
