"""The acknowledgement page: looking at it does nothing, its button does."""

import secrets

import structlog
from aiohttp import web

from bot.clock import Clock
from bot.domain import commands as c
from bot.domain.incident import Incident, Status, Via
from bot.domain.people import Person, linked
from bot.domain.refused import Refused
from bot.domain.undo import UNDO_WINDOW
from bot.errors import StoreUnavailable
from bot.render import ack_page as page
from bot.render.ack_link import PATH, AckLink, AckLinks
from bot.service import ById, Desk

log = structlog.get_logger(__name__)

LARGEST_FORM = 4096
LONGEST_TOKEN = 500
LONGEST_NONCE = 40

NOT_OURS = "This link can't be used. Open the newest e-mail, or acknowledge in Slack."
EXPIRED = "This link has expired. Acknowledge in Slack: /incident ack {key}"
OUTDATED = "This link belongs to an earlier page. Open the newest e-mail, or acknowledge in Slack."
AWAY = "Nothing was recorded: the database can't be reached. Try again, and meanwhile call somebody."


class AckPage:
    """Serves the links in e-mails."""

    def __init__(self, desk: Desk, links: AckLinks, clock: Clock) -> None:
        self._desk, self._links, self._clock = desk, links, clock

    def routes(self) -> list[web.RouteDef]:
        """Look and press."""
        return [web.get(PATH + "{token}", self.show), web.post(PATH + "{token}", self.press)]

    async def show(self, request: web.Request) -> web.Response:
        """What pressing would do. Mail scanners, previews and HEAD come here, and change nothing."""
        try:
            link, incident, person = await self._read(request)
        except Refused as refused:
            return _answer(page.told(None, str(refused)), 404)
        except StoreUnavailable:
            return _answer(page.told(None, AWAY), 503)
        if why := self._over(link, incident):
            return _answer(page.told(incident, why), 410)
        return _answer(page.asking(incident, person.name, secrets.token_urlsafe(9)))

    async def press(self, request: web.Request) -> web.Response:
        """Acknowledge, or take it back; the same press twice is one."""
        if (request.content_length or 0) > LARGEST_FORM:
            return _answer(page.told(None, NOT_OURS), 413)
        form = await request.post()
        nonce, do = str(form.get("nonce") or "")[:LONGEST_NONCE], str(form.get("do") or "")
        try:
            link, incident, person = await self._read(request)
            if not nonce or do not in {"ack", "undo"}:
                return _answer(page.told(incident, NOT_OURS), 400)
            if do == "ack" and (why := self._over(link, incident)):
                return _answer(page.told(incident, why), 410)
            return await self._do(do, nonce, incident, person)
        except Refused as refused:
            return _answer(page.told(None, str(refused)), 409)
        except StoreUnavailable:
            return _answer(page.told(None, AWAY), 503)

    async def _do(self, do: str, nonce: str, incident: Incident, person: Person) -> web.Response:
        by = linked(person)
        wish = c.Undo(by=by, via=Via.LINK) if do == "undo" else c.Acknowledge(by=by, via=Via.LINK)
        handled = await self._desk.handle(f"link:{incident.id}:{nonce}:{do}", ById(id=incident.id), wish)
        log.info("link_used", incident=incident.key, by=by.id, what=do)
        after = handled.after
        if do == "undo":
            return _answer(page.told(after, f"Taken back. {after.key} goes on where it was."))
        return _answer(page.done(after, _has(after), secrets.token_urlsafe(9), undo=bool(after.undos)))

    async def _read(self, request: web.Request) -> tuple[AckLink, Incident, Person]:
        token = request.match_info["token"]
        link = self._links.open(token) if len(token) <= LONGEST_TOKEN else None
        if link is None:
            log.warning("link_denied")
            raise Refused(NOT_OURS)
        person = self._desk.configuration.roster.person(link.person)
        if person is None:
            raise Refused(NOT_OURS)
        return link, await self._desk.find(ById(id=link.incident)), person

    def _over(self, link: AckLink, incident: Incident) -> str | None:
        if self._clock.now() >= link.until:
            return EXPIRED.format(key=incident.key)
        if not incident.open:
            return f"{incident.key} is resolved. Nothing is to be done."
        return OUTDATED if link.epoch != incident.epoch else None


def _has(incident: Incident) -> str:
    names = ", ".join(item.by.name for item in incident.acknowledgements)
    if incident.status is not Status.ACKNOWLEDGED:
        return f"You have answered for {incident.key}; others are still asked."
    return f"{names} has {incident.key}. For {UNDO_WINDOW.seconds} seconds you can take it back."


def _answer(html: str, status: int = 200) -> web.Response:
    return web.Response(
        text=html, status=status, content_type="text/html", charset="utf-8", headers=page.HEADERS
    )
