"""Addresses that somebody was given: calendars to subscribe to, and the page of a schedule."""

import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from aiohttp import web

from bot.clock import Clock
from bot.confined import Overrun
from bot.domain.ids import PersonId, ScheduleId
from bot.domain.link import LinkKind
from bot.pictures.studio import Studio
from bot.render.shared import POLICY, page, person_calendar, schedule_calendar
from bot.render.timetable import timetable
from bot.subscriptions import Behind, Subscriptions

PER_MINUTE, MOST_WATCHED = 30, 10_000
HEADERS = {
    "Cache-Control": "private, max-age=300",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}


class Turnstile:
    """Lets everybody through so often in a minute; `key` says who is the same."""

    def __init__(self, clock: Clock, per_minute: int = PER_MINUTE) -> None:
        self._clock = clock
        self._per_minute = per_minute
        self._seen: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def turn(self, key: str) -> bool:
        """Whether one more may pass now."""
        now = self._clock.monotonic()
        since, count = self._seen.pop(key, (now, 0))
        if now - since >= 60:
            since, count = now, 0
        self._seen[key] = (since, count + 1)
        while len(self._seen) > MOST_WATCHED:
            self._seen.popitem(last=False)
        return count < self._per_minute


class Shared:
    """Answers those addresses. Whatever does not open is 404, and nothing tells why."""

    def __init__(self, subscriptions: Subscriptions, studio: Studio, clock: Clock) -> None:
        self._subscriptions = subscriptions
        self._studio = studio
        self._turnstile = Turnstile(clock)

    def routes(self) -> list[web.RouteDef]:
        """Both addresses."""
        return [
            web.get("/calendars/{token}.ics", self._opened(self._calendar)),
            web.get("/schedules/{name}/{token}", self._opened(self._page)),
        ]

    def _opened(
        self, serve: Callable[[web.Request, Behind], Awaitable[web.Response]]
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def opened(request: web.Request) -> web.Response:
            token = request.match_info["token"]
            if not self._turnstile.turn(token[:32]):
                return web.Response(status=429, text="too many requests", headers={"Retry-After": "60"})
            behind = await self._subscriptions.behind(token)
            if behind is None:
                return web.Response(status=404, text="not found", headers={"Cache-Control": "no-store"})
            return await serve(request, behind)

        return opened

    async def _calendar(self, request: web.Request, behind: Behind) -> web.Response:
        subject = behind.link.subject
        if behind.link.kind is LinkKind.SCHEDULE:
            text = schedule_calendar(behind.roster, ScheduleId(subject), behind.now)
        else:
            text = person_calendar(behind.roster, PersonId(subject), behind.now)
        return _answer(request, text, "text/calendar", {})

    async def _page(self, request: web.Request, behind: Behind) -> web.Response:
        if behind.link.kind is not LinkKind.SCHEDULE or request.match_info["name"] != behind.link.subject:
            return web.Response(status=404, text="not found", headers={"Cache-Control": "no-store"})
        now = behind.now.replace(minute=behind.now.minute // 10 * 10, second=0, microsecond=0)
        table = timetable(behind.roster, ScheduleId(behind.link.subject), now, 4)
        try:
            picture: bytes | None = await self._studio.draw(table)
        except (Overrun, OSError):
            picture = None
        return _answer(request, page(table, picture), "text/html", {"Content-Security-Policy": POLICY})


def _answer(request: web.Request, text: str, kind: str, more: dict[str, str]) -> web.Response:
    tag = f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'
    headers = {**HEADERS, **more, "ETag": tag}
    known = {each.strip().removeprefix("W/") for each in request.headers.get("If-None-Match", "").split(",")}
    if tag in known:
        return web.Response(status=304, headers=headers)
    return web.Response(text=text, content_type=kind, charset="utf-8", headers=headers)
