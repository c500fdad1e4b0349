"""Calendars as feeds: fetched from the open web or from a file, then taken apart elsewhere."""

import asyncio
import hashlib
import json
from datetime import datetime
from pathlib import Path

import aiohttp
from yarl import URL

from bot.confined import Limits, Overrun, confined
from bot.delivery.open_web import Inside, OpenWeb
from bot.domain.feed import Entry
from bot.ports.feeds import Fetched, Unreadable

LARGEST = 5 << 20
REDIRECTS = 3
FETCH = aiohttp.ClientTimeout(total=20, connect=5)
DISSECT = Limits(seconds=15, memory=512 << 20)
AT_ONCE = 2
"""Calendars that are taken apart at the same time."""


class FeedReader:
    """A bot.ports.feeds.Feeds. Files are found beside the configuration."""

    def __init__(self, web: OpenWeb, folder: Path, limits: Limits = DISSECT) -> None:
        self._web = web
        self._folder = folder
        self._limits = limits
        self._room = asyncio.Semaphore(AT_ONCE)

    async def read(
        self, place: str, zone: str, since: datetime, until: datetime, version: str = ""
    ) -> Fetched:
        """What stands in it."""
        if "://" in place:
            raw, found = await self._fetch(place, version)
        else:
            raw, found = await asyncio.to_thread(_file, self._folder / place, version)
        if raw is None:
            return Fetched(entries=None, version=version)
        async with self._room:
            return await self._dissected(raw, zone, since, until, found)

    async def _fetch(self, place: str, version: str) -> tuple[bytes | None, str]:
        try:
            async with self._web.session(FETCH) as session:
                return await self._follow(session, place, version)
        except TimeoutError:
            raise Unreadable("The calendar did not answer in time.") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise Unreadable(_why(error)) from error

    async def _follow(
        self, session: aiohttp.ClientSession, place: str, version: str
    ) -> tuple[bytes | None, str]:
        """Follow some redirects, each checked like the first address; never from https to http."""
        url = self._web.check(place)
        headers = {"Accept": "text/calendar, */*;q=0.1"} | _condition(version)
        for _ in range(REDIRECTS + 1):
            async with session.get(url, headers=headers, allow_redirects=False) as answer:
                if answer.status in (301, 302, 303, 307, 308) and "Location" in answer.headers:
                    onward = url.join(URL(answer.headers["Location"]))
                    if url.scheme == "https" and onward.scheme != "https":
                        raise Unreadable("The calendar's address leads away from https.")
                    url = self._web.check(onward)
                    continue
                if answer.status == 304 and version:
                    return None, version
                if answer.status != 200:
                    raise Unreadable(f"The calendar's server answers {answer.status}.")
                return await _body(answer), _version(answer)
        raise Unreadable(f"The calendar's address leads elsewhere more than {REDIRECTS} times.")

    async def _dissected(
        self, raw: bytes, zone: str, since: datetime, until: datetime, version: str
    ) -> Fetched:
        question = json.dumps({"zone": zone, "since": since.isoformat(), "until": until.isoformat()})
        try:
            answer = await confined(
                "bot.delivery.feeds.dissect", question.encode() + b"\n" + raw, self._limits
            )
            told = json.loads(answer)
        except (Overrun, OSError, ValueError) as error:
            why = str(error) if isinstance(error, Overrun) else "it could not be taken apart"
            raise Unreadable(f"The calendar was not understood: {why}.") from error
        if "problem" in told:
            raise Unreadable(f"The calendar was not understood: {told['problem']}.")
        entries = tuple(
            Entry(
                since=datetime.fromisoformat(each["since"]),
                until=datetime.fromisoformat(each["until"]),
                attendees=tuple(each["attendees"]),
                summary=each["summary"],
            )
            for each in told["entries"]
        )
        return Fetched(entries=entries, version=version, cut=bool(told["cut"]))


def _file(path: Path, version: str) -> tuple[bytes | None, str]:
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except OSError as error:
        raise Unreadable(f"The file cannot be read: {error.strerror}.") from error
    if len(raw) > LARGEST:
        raise Unreadable(f"The file has more than {LARGEST >> 20} MB.")
    found = f"sha256 {hashlib.sha256(raw).hexdigest()}"
    return (None if found == version else raw), found


async def _body(answer: aiohttp.ClientResponse) -> bytes:
    """Everything, unless it is too much; what it claims to be is not believed."""
    parts, size = [], 0
    async for part in answer.content.iter_chunked(65_536):
        size += len(part)
        if size > LARGEST:
            raise Unreadable(f"The calendar has more than {LARGEST >> 20} MB.")
        parts.append(part)
    return b"".join(parts)


def _version(answer: aiohttp.ClientResponse) -> str:
    if "ETag" in answer.headers:
        return f"etag {answer.headers['ETag'][:300]}"
    return f"since {answer.headers['Last-Modified'][:100]}" if "Last-Modified" in answer.headers else ""


def _condition(version: str) -> dict[str, str]:
    kind, _, value = version.partition(" ")
    names = {"etag": "If-None-Match", "since": "If-Modified-Since"}
    return {names[kind]: value} if kind in names else {}


def _why(error: Exception) -> str:
    """Without the address, which may be a secret: whoever has it can read the calendar."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, Inside):
            return f"The calendar's address is refused: {cause}."
        cause = cause.__cause__ or getattr(cause, "os_error", None) or cause.__context__
    match error:
        case aiohttp.InvalidURL():
            return "The calendar's address is refused: it is no web address."
        case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientSSLError():
            return "The calendar's server shows no certificate that can be trusted."
        case aiohttp.ClientConnectorDNSError():
            return "The calendar's server has no address."
        case aiohttp.ClientConnectorError():
            return "The calendar's server cannot be reached."
        case _:
            return f"The calendar cannot be fetched ({type(error).__name__})."
