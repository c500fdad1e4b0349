"""The HTTP side of the API: reads a request, lets it meet its fault, answers it, and writes it down."""

import json
import re
import socket
import struct
from collections.abc import Mapping
from datetime import timedelta
from email.utils import format_datetime

from aiohttp import web

from bot.sandbox.jira import answers_issues, answers_links, answers_search, answers_site
from bot.sandbox.jira.access import captcha, identify
from bot.sandbox.jira.desk import Answer, Ask, Desk, find
from bot.sandbox.jira.faults import Fault, Faults, Mode
from bot.sandbox.jira.journal import Call, Journal
from bot.sandbox.jira.limits import WriteLimits
from bot.sandbox.jira.refusal import Refusal

ROUTES = (*answers_site.ROUTES, *answers_issues.ROUTES, *answers_links.ROUTES, *answers_search.ROUTES)
_API = re.compile(r"/rest/api/(?:2|latest)/(.+?)/?")
_ISSUE = re.compile(r"issue/([^/]+-\d+|\d+)(/.*)?")
PAGE = (
    "<!DOCTYPE html><html><head><title>{0}</title></head>"
    "<body><h1>{0}</h1><p>Try again later.</p></body></html>"
)


class Cut(Exception):
    """The connection ends without an answer, now or in a while."""

    def __init__(self, seconds: float = 0) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class Front:
    """Answers everything under `/rest/`."""

    def __init__(self, desk: Desk, faults: Faults, journal: Journal, root: str) -> None:
        self._desk = desk
        self._faults = faults
        self._journal = journal
        self._root = root
        self._limits = WriteLimits(desk.site.clock)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One request from the socket to the journal."""
        raw = await request.read()
        fault = self._faults.take(request.method, request.path)
        user: str | None = None
        body: object = raw.decode("utf-8", "replace")
        try:
            await self._fail_before(fault)
            user = self._user(request, fault)
            body = parsed(request, raw)
            answer = self._answer(request, body, user)
            await self._fail_after(fault)
        except Refusal as refusal:
            answer = Answer(status=refusal.status, body=refusal.body(), headers=refusal.headers)
        except Cut as cut:
            # Written down at once: those who wait for it may ask before it has ended.
            answer = Answer(status=0)
            self._record(request, body, user, answer, fault)
            await self._faults.wait(cut.seconds)
            return sent(request, answer)
        except web.HTTPException as page:
            self._record(request, body, user, Answer(status=page.status), fault)
            raise
        self._record(request, body, user, answer, fault)
        return sent(request, answer)

    def _answer(self, request: web.Request, body: object, user: str | None) -> Answer:
        match = _API.fullmatch(request.path)
        if match is None:
            raise Refusal(404, f"null for uri: {request.path}")
        path = match[1]
        handler, params = find(ROUTES, request.method, path)
        if self._desk.cloud and request.method != "GET" and (issue := _ISSUE.fullmatch(path)):
            self._limits.count(issue[1].upper())
        query = {name: tuple(request.query.getall(name)) for name in request.query}
        ask = Ask(method=request.method, path=path, query=query, body=body, user=user, params=params)
        return handler(self._desk, ask)

    def _user(self, request: web.Request, fault: Fault | None) -> str | None:
        mode = fault.mode if fault else None
        if mode is Mode.CAPTCHA:
            raise captcha(self._root)
        given = request.headers.get("Authorization")
        user = identify(self._desk.site, given, reject=mode is Mode.BAD_TOKEN)
        if mode is Mode.FORBIDDEN:
            raise Refusal(403, "You do not have permission to perform this operation.")
        return user

    async def _fail_before(self, fault: Fault | None) -> None:
        match fault:
            case Fault(mode=Mode.DOWN | Mode.ERROR, status=status):
                text = PAGE.format(f"{status} Service Unavailable" if status == 503 else f"{status} Error")
                raise failure(status, text)
            case Fault(mode=Mode.RESET_BEFORE):
                raise Cut
            case Fault(mode=Mode.HANG, seconds=seconds):
                raise Cut(seconds)
            case Fault(mode=Mode.DELAY, seconds=seconds):
                await self._faults.wait(seconds)
            case Fault(mode=Mode.THROTTLE, seconds=seconds, http_date=http_date):
                until = self._desk.site.clock.now() + timedelta(seconds=seconds)
                wish = format_datetime(until, usegmt=True) if http_date else str(round(seconds))
                headers = {"Retry-After": wish, "RateLimit-Reason": "jira-burst-based"}
                raise Refusal(429, "Rate limit exceeded.", headers=headers)
            case _:
                return

    async def _fail_after(self, fault: Fault | None) -> None:
        match fault:
            case Fault(mode=Mode.RESET_AFTER):
                raise Cut
            case Fault(mode=Mode.LOSE_RESPONSE, seconds=seconds):
                raise Cut(seconds)
            case _:
                return

    def _record(
        self, request: web.Request, body: object, user: str | None, answer: Answer, fault: Fault | None
    ) -> None:
        query: Mapping[str, tuple[str, ...]] = {
            name: tuple(request.query.getall(name)) for name in request.query
        }
        self._journal.record_call(
            Call(
                at=self._desk.site.clock.now(),
                method=request.method,
                path=request.path,
                query=query,
                body=body,
                user=user,
                status=answer.status,
                answer=answer.body,
                fault=fault.mode if fault else None,
            )
        )


def failure(status: int, text: str) -> web.HTTPException:
    """A page of HTML, such as a proxy in front of a Jira answers when that is not well."""
    kinds: dict[int, type[web.HTTPException]] = {
        500: web.HTTPInternalServerError,
        502: web.HTTPBadGateway,
        503: web.HTTPServiceUnavailable,
        504: web.HTTPGatewayTimeout,
    }
    return kinds[status](text=text, content_type="text/html")


def parsed(request: web.Request, raw: bytes) -> object:
    """The JSON in a body, None without one."""
    if not raw:
        return None
    if request.content_type != "application/json":
        raise Refusal(415, "The content type of the request is not supported.")
    try:
        document: object = json.loads(raw)
    except ValueError:
        raise Refusal(400, "Unexpected character in the request body; it is not JSON.") from None
    return document


def sent(request: web.Request, answer: Answer) -> web.StreamResponse:
    """The answer as HTTP, or a connection that is reset."""
    if answer.status == 0:
        transport = request.transport
        if transport is not None:
            sock: socket.socket = transport.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            transport.abort()
        return web.Response()
    if answer.status in {201, 204} and answer.body is None:
        return web.Response(status=answer.status, headers=answer.headers)
    return web.json_response(answer.body, status=answer.status, headers=answer.headers)
