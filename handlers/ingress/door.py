"""Doors: every request of a sender is answered, in the words that the sender knows."""

import math
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus

import structlog
from aiohttp import web

from bot.domain.integration import Integration
from bot.errors import StoreUnavailable
from bot.integrations import Admitted
from handlers.ingress.body import KNOWN, UNKNOWN, Limit, Unacceptable, received
from handlers.ingress.credentials import inside
from handlers.ingress.limits import urgent
from handlers.ingress.reading import Posted
from handlers.ingress.reception import Reception, Turned

log = structlog.get_logger(__name__)

AWAY = 5.0
"""Seconds after which whoever found no database may try again."""

Answer = tuple[int, Mapping[str, object]]
Work = Callable[[Integration, Posted], Awaitable[Answer]]


class Door:
    """What stands before all addresses of one kind; `refusal` words a refusal as their senders know it."""

    def __init__(self, reception: Reception, refusal: Callable[[Turned], Answer]) -> None:
        self.reception = reception
        self._refusal = refusal

    async def known(self, request: web.Request, shown: str, work: Work, limit: Limit = KNOWN) -> web.Response:
        """A request that says who it is before its body is read."""

        async def answer() -> Answer:
            admitted = await self.reception.admitted(shown, request.remote)
            wait = self.reception.hold(admitted.name)
            posted = await self._received(request, admitted, limit)
            if wait and not urgent(posted.raw):
                raise self.reception.held(admitted.name, wait)
            return await self._posted(admitted, posted, work)

        return await self.answered(answer)

    async def admitted(self, shown: str, posted: Posted, work: Work, *, whence: str | None = None) -> Answer:
        """A request that says who it is in its body; `whence` is the address that it comes from."""
        found = await self.reception.admitted(shown, whence)
        self.reception.hold(found.name, posted.raw)
        return await self._posted(found, posted, work)

    async def telling(self, request: web.Request, key: Callable[[Posted], str], work: Work) -> web.Response:
        """A request that says in its body who it is, by `key`. Who is known then may say more than others."""

        async def answer() -> Answer:
            try:
                posted = await received(request, UNKNOWN)
            except Unacceptable as error:
                posted = await self._more(request, error)
            return await self.admitted(key(posted), posted, work, whence=request.remote)

        return await self.answered(answer)

    async def _more(self, request: web.Request, begun: Unacceptable) -> Posted:
        """What is too long for a stranger, of one who is none. Raises Unacceptable; it is kept then."""
        if not (shown := inside(begun.raw)):
            raise begun
        admitted = await self.reception.admitted(shown, request.remote)
        self.reception.hold(admitted.name, begun.raw)
        if begun.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            return await self._received(request, admitted, KNOWN, begun.raw)
        await self._unaccepted(admitted, begun)
        raise begun

    async def answered(self, work: Callable[[], Awaitable[Answer]]) -> web.Response:
        """What `work` answers, or why there is nothing to answer."""
        close = False
        try:
            status, told = await work()
        except Unacceptable as error:
            return self._refused(Turned(error.status, "body", error.why), close=True)
        except Turned as error:
            close = error.status in (401, 429)  # whatever stands behind the headers is not read
            return self._refused(error, close=close)
        except StoreUnavailable as error:
            log.warning("not_taken_in", why=str(error))
            return self._refused(Turned(503, "", f"the database {error.why}", again=AWAY), close=False)
        return web.json_response(told, status=status)

    async def _received(
        self, request: web.Request, admitted: Admitted, limit: Limit, begun: bytes = b""
    ) -> Posted:
        try:
            return await received(request, limit, begun)
        except Unacceptable as error:
            await self._unaccepted(admitted, error)
            raise

    async def _unaccepted(self, admitted: Admitted, error: Unacceptable) -> None:
        await self.reception.turned(admitted.name, Turned(error.status, "body", error.why), error.raw)

    async def _posted(self, admitted: Admitted, posted: Posted, work: Work) -> Answer:
        try:
            if admitted.integration is None:
                raise Turned(404, "address", "tocsin.yaml has this integration no more")
            return await work(admitted.integration, posted)
        except Turned as error:
            if error.status not in (429, 503):
                await self.reception.turned(admitted.name, error, posted.raw)
            raise
        except StoreUnavailable:
            raise
        except Exception as failed:
            log.exception("a request could not be taken in", integration=admitted.name)
            away = Turned(503, "body", "it could not be taken in: `tocsin unread` keeps it", again=AWAY)
            await self.reception.turned(admitted.name, away, posted.raw)
            raise away from failed

    def _refused(self, error: Turned, *, close: bool) -> web.Response:
        log.info("request refused", status=error.status, place=error.place[:100], why=error.why[:200])
        status, told = self._refusal(error)
        response = web.json_response(told, status=status)
        if error.again:
            response.headers["Retry-After"] = str(math.ceil(error.again))
        if close:
            response.force_close()
        return response
