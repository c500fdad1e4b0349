"""Live pages: what happens on the three servers becomes parts of a page, sent as server-sent events."""

import asyncio
import json
from collections.abc import Iterable

from aiohttp import web

from bot.sandbox.jira.model import Event
from bot.sandbox.mail import Mail
from bot.sandbox.slack.journal import Entry, Kind
from bot.sandbox.web.drawing import encoded
from bot.sandbox.web.scene import Desk, Scene

News = Entry | Event | Mail | str
Part = dict[str, str]

QUIET = 15.0
"""Seconds of silence after which a sign of life is sent, so that a browser that left is noticed."""
_MESSAGES = (Kind.MESSAGE, Kind.EDIT, Kind.DELETE)
_SIDEBAR = (*_MESSAGES, Kind.SOCKET)


class Live:
    """Everybody who looks at a page at this moment."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._watchers: set[asyncio.Queue[News]] = set()
        desk.slack.journal.listen(self.tell)
        desk.jira.site.subscribe(self.tell)
        desk.mail.subscribe(self.tell)

    def tell(self, news: News) -> None:
        """Pass on what happened; the string `play` stands for a switch that was turned."""
        for queue in self._watchers:
            queue.put_nowait(news)

    async def serve(self, request: web.Request, scene: Scene) -> web.StreamResponse:
        """Send parts until the browser leaves; it begins with what the page has missed."""
        stream = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        queue: asyncio.Queue[News] = asyncio.Queue()
        self._watchers.add(queue)
        try:
            missed = self._missed(request)
            await stream.prepare(request)
            await self._send(stream, [{"op": "reload"}] if missed is None else self.since(scene, missed))
            while True:
                await self._send(stream, parts(scene, await _next(queue)))
        except ConnectionError:
            return stream  # the browser left
        finally:
            self._watchers.discard(queue)

    def since(self, scene: Scene, missed: list[Entry]) -> list[Part]:
        """What a page that just came, or came back, must show anew."""
        return _once([*parts(scene, missed), *_whole(scene)])

    def _missed(self, request: web.Request) -> list[Entry] | None:
        told = request.headers.get("Last-Event-ID") or request.query.get("since", "")
        journal = self._desk.slack.journal
        if not told.isdecimal() or int(told) > len(journal):
            return None  # another life of this server: nothing on the page is true any more
        return journal.entries(since=int(told))

    async def _send(self, stream: web.StreamResponse, many: list[Part]) -> None:
        if not many:
            await stream.write(b": here\n\n")
            return
        data = json.dumps(many)
        await stream.write(encoded(f"id: {len(self._desk.slack.journal)}\ndata: {data}\n\n"))


async def _next(queue: asyncio.Queue[News]) -> list[News]:
    """Everything that has happened since; nothing after a while of silence."""
    try:
        async with asyncio.timeout(QUIET):
            news = [await queue.get()]
    except TimeoutError:
        return []
    while not queue.empty():
        news.append(queue.get_nowait())
    return news


def parts(scene: Scene, news: Iterable[News]) -> list[Part]:
    """The parts of this page that the news concern, each drawn once as it stands now."""
    found: dict[str, Part] = {}
    for each in news:
        if isinstance(each, Entry):
            _entry(scene, each, found)
        elif isinstance(each, Event):
            found["sidebar"] = _sidebar(scene)
            _jira(scene, found)
        else:
            found["sidebar"] = _sidebar(scene)
            found |= {part["id"]: part for part in _whole(scene)}
    return list(found.values())


def _once(many: list[Part]) -> list[Part]:
    return list({part.get("id", part["op"]): part for part in many}.values())


def _entry(scene: Scene, entry: Entry, found: dict[str, Part]) -> None:
    if entry.kind in _MESSAGES:
        _message(scene, entry, found)
    if entry.kind in _SIDEBAR:
        found["sidebar"] = _sidebar(scene)
    if entry.kind is Kind.VIEW and entry.actor == scene.person.user.id:
        found["modal"] = {"op": "swap", "id": "modal", "html": scene.modal()}
        if scene.place.room == "home":
            found["home"] = {"op": "swap", "id": "home", "html": scene.home()}


def _message(scene: Scene, entry: Entry, found: dict[str, Part]) -> None:
    channel = scene.channel
    if channel is None or channel.id != entry.channel:
        return
    message = scene.desk.slack.world.message(channel.id, entry.ts)
    name = entry.ts.replace(".", "-")
    if message is None:
        found |= {f"{p}-{name}": {"op": "drop", "id": f"{p}-{name}"} for p in ("m", "t")}
        return
    if message.only_for not in ("", scene.person.user.id):
        return
    scene.read()
    root, lists = message.thread_ts, []
    if not root or message.body.get("subtype") == "thread_broadcast":
        lists.append("m")
    if scene.place.thread in (root or message.ts, message.ts):
        lists.append("t")
    for prefix in lists:
        found[f"{prefix}-{name}"] = _put(prefix, message.ts, scene.message(message, prefix))
    parent = scene.desk.slack.world.message(channel.id, root) if root else None
    if parent:  # its number of replies changed
        found[f"m-{root.replace('.', '-')}"] = _put("m", root, scene.message(parent, "m"))


def _put(prefix: str, ts: str, html: str) -> Part:
    where = {"m": "messages", "t": "thread"}[prefix]
    return {"op": "put", "list": where, "id": f"{prefix}-{ts.replace('.', '-')}", "html": html}


def _whole(scene: Scene) -> list[Part]:
    """The sidebar, and whatever on this page is not a list of messages."""
    found: dict[str, Part] = {"sidebar": _sidebar(scene)}
    if scene.place.playing:
        found["panel"] = {"op": "swap", "id": "panel", "html": scene.play()}
    if scene.place.room == "mail":
        found["mail"] = {"op": "swap", "id": "mail", "html": scene.mail()}
    if scene.place.room == "home":
        found["home"] = {"op": "swap", "id": "home", "html": scene.home()}
    _jira(scene, found)
    return list(found.values())


def _jira(scene: Scene, found: dict[str, Part]) -> None:
    if not scene.place.room.startswith("jira"):
        return
    try:
        found["jira"] = {"op": "swap", "id": "jira", "html": scene.jira()}
    except LookupError:  # the ticket was deleted
        found["jira"] = {"op": "reload", "id": "jira"}


def _sidebar(scene: Scene) -> Part:
    scene.read()
    return {"op": "swap", "id": "sidebar", "html": scene.sidebar()}
