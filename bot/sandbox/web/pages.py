"""The routes of the pages: the workspace, the inboxes, the Jira board, and what belongs to them."""

from collections.abc import Awaitable, Callable, Mapping
from importlib.resources import files

from aiohttp import web

from bot.clock import Clock
from bot.sandbox.jira.server import JiraServer
from bot.sandbox.mail import MailServer
from bot.sandbox.slack.people import Person
from bot.sandbox.slack.server import SlackServer
from bot.sandbox.slack.workspace import User
from bot.sandbox.web.acts import Acts
from bot.sandbox.web.bots import Bots
from bot.sandbox.web.drawing import Drawing, encoded
from bot.sandbox.web.guard import HEADERS, guarded
from bot.sandbox.web.live import Live
from bot.sandbox.web.mailbox import mail_of
from bot.sandbox.web.marks import Marks
from bot.sandbox.web.reader import Reader, people
from bot.sandbox.web.scene import Desk, Place, Scene
from bot.sandbox.web.troubles import Troubles

FIRST_ROOM = "#incidents"
_TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
_MAIL_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"
Show = Callable[[web.Request, Scene], Awaitable[web.StreamResponse]]


class Pages:
    """The sandbox in the browser, on the address of its Slack. `SlackServer.start(*pages.routes())`."""

    def __init__(self, slack: SlackServer, jira: JiraServer, mail: MailServer, clock: Clock) -> None:
        self._desk = Desk(
            slack=slack,
            jira=jira,
            mail=mail,
            clock=clock,
            troubles=Troubles(slack, jira, mail),
            marks=Marks(),
            bots=Bots(slack.hub),
            drawing=Drawing(),
        )
        self._live = Live(self._desk)
        self._acts = Acts(self._live)
        self._static = _static()

    def routes(self) -> list[web.RouteDef]:
        """What to add to the local Slack."""
        return [
            web.get("/", guarded(self._begin)),
            web.get("/static/{name}", guarded(self._file)),
            web.get("/archives/{tail:.*}", guarded(self._permalink)),
            web.get("/jira", guarded(self._jira)),
            web.get("/browse/{key}", guarded(self._jira)),
            web.post("/as/{person}/do/{verb}", guarded(self._as(self._acts.serve))),
            web.get("/as/{person}/live/{room:.+}", guarded(self._as(self._live.serve))),
            web.get("/as/{person}/mail/{number}/html", guarded(self._as(self._html_mail))),
            web.get("/as/{person}/{room:.+}", guarded(self._as(self._page))),
        ]

    async def _begin(self, _: web.Request) -> web.StreamResponse:
        raise web.HTTPFound(self._first().room(self._first_room(self._somebody())))

    async def _permalink(self, request: web.Request) -> web.StreamResponse:
        there = self._first().permalink(request.path, request.query_string)
        raise web.HTTPFound(there or "/")

    async def _jira(self, request: web.Request) -> web.StreamResponse:
        key = request.match_info.get("key")
        room = self._first().room(f"jira/{key}" if key else "jira")
        raise web.HTTPFound(room)

    async def _file(self, request: web.Request) -> web.StreamResponse:
        found = self._static.get(request.match_info["name"])
        if found is None:
            raise web.HTTPNotFound
        kind, body = found
        return web.Response(body=body, content_type=kind, charset="utf-8")

    async def _page(self, request: web.Request, scene: Scene) -> web.StreamResponse:
        room = scene.place.room
        if room == "home":
            scene.person.open_home()
        elif room.partition("/")[0] not in ("dm", "mail", "jira"):
            named = scene.desk.slack.world.channel(room)
            if named is None or not scene.reader.sees(named):
                raise web.HTTPFound(scene.reader.room(self._first_room(scene.person.user)))
            if named.id != room:
                raise web.HTTPFound(scene.reader.room(named.id) + scene.place.tail)
        try:
            return web.Response(body=encoded(scene.page()), content_type="text/html", charset="utf-8")
        except LookupError:
            raise web.HTTPNotFound(text="There is no such page in the sandbox.") from None

    async def _html_mail(self, request: web.Request, scene: Scene) -> web.StreamResponse:
        """A mail's HTML for a frame that may do nothing: no script, no form, no request."""
        try:
            mail = mail_of(scene.reader, self._desk.mail.inbox, request.match_info["number"])
        except LookupError:
            raise web.HTTPNotFound from None
        headers = HEADERS | {"Content-Security-Policy": _MAIL_POLICY, "X-Frame-Options": "SAMEORIGIN"}
        return web.Response(
            body=encoded(mail.html), content_type="text/html", charset="utf-8", headers=headers
        )

    def _as(self, show: Show) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def serve(request: web.Request) -> web.StreamResponse:
            user = next(
                (u for u in people(self._desk.slack.world) if u.name == request.match_info["person"]), None
            )
            if user is None:
                raise web.HTTPNotFound(text="There is no such person in the sandbox.")
            query = request.query
            place = Place(
                room=request.match_info.get("room", "home"),
                thread=query.get("thread", ""),
                playing=query.get("panel") == "play",
            )
            return await show(request, Scene(self._desk, Person(self._desk.slack.hub, user), place))

        return serve

    def _somebody(self) -> User:
        return people(self._desk.slack.world)[0]

    def _first(self) -> Reader:
        desk = self._desk
        return Reader(world=desk.slack.world, user=self._somebody(), now=desk.clock.now(), jira=desk.jira.url)

    def _first_room(self, user: User) -> str:
        world = self._desk.slack.world
        wanted = world.channel(FIRST_ROOM)
        if wanted and user.id in wanted.members:
            return wanted.id
        return next((c.id for c in world.channels.values() if user.id in c.members), "dm")


def to_the_board(slack: SlackServer) -> list[web.RouteDef]:
    """What to add to the local Jira (`pages=`): its tickets are looked at on the address of its Slack."""

    async def there(request: web.Request) -> web.StreamResponse:
        key = request.match_info.get("key")
        raise web.HTTPFound(slack.base_url + (f"/browse/{key}" if key else "/jira"))

    return [web.get("/", guarded(there)), web.get("/browse/{key}", guarded(there))]


def _static() -> Mapping[str, tuple[str, bytes]]:
    """The files that the pages load, read once."""
    return {
        file.name: (_TYPES[file.name.rpartition(".")[2]], file.read_bytes())
        for file in files("bot.sandbox.web").joinpath("static").iterdir()
        if file.name.rpartition(".")[2] in _TYPES
    }
