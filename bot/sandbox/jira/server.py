"""A Jira on loopback: starts and stops the server, and is the Python side of its control."""

import asyncio
import socket
from collections.abc import Iterable, Mapping
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self, TypedDict, Unpack

from aiohttp import web

from bot.clock import Clock
from bot.sandbox.jira.control import Control
from bot.sandbox.jira.desk import Desk
from bot.sandbox.jira.faults import Fault, Faults, Mode
from bot.sandbox.jira.front import Front
from bot.sandbox.jira.journal import Journal
from bot.sandbox.jira.model import Comment, Flavour, Issue, Project, User
from bot.sandbox.jira.refusal import Refusal
from bot.sandbox.jira.seed import BOT_EMAIL, BOT_TOKEN, operations, people
from bot.sandbox.jira.site import Site
from bot.sandbox.jira.webhooks import Webhook, Webhooks
from bot.sandbox.jira.wire import Wire

HOST = "127.0.0.1"
BODY_LIMIT = 10 * 1024 * 1024


class FaultOptions(TypedDict, total=False):
    """The attributes of a `Fault` besides its mode."""

    status: int
    seconds: float
    http_date: bool
    method: str | None
    path: str
    times: int | None


class JiraServer:
    """A local Jira over real HTTP, Cloud or Data Center.

    `start` and `stop` it in the same event loop, or use it as an async context manager. `site` is its
    state, `faults` what goes wrong, `journal` what happened. People act by hand through `move`, `comment`,
    `assign`, `edit`, `close` and `delete`; `by` is a user name, an e-mail address or an account id.
    """

    email = BOT_EMAIL
    token = BOT_TOKEN

    def __init__(
        self,
        clock: Clock,
        *,
        flavour: Flavour = Flavour.CLOUD,
        projects: Iterable[Project] | None = None,
        users: Iterable[User] | None = None,
        index_lag: timedelta = timedelta(),
        webhook: Webhook | None = None,
        sink: Path | None = None,
        pages: Iterable[web.AbstractRouteDef] = (),
    ) -> None:
        there = (operations(),) if projects is None else projects
        self.site = Site(clock, flavour, there, people() if users is None else users)
        self.site.index_lag = index_lag
        self.faults = Faults()
        self.journal = Journal(sink=sink)
        self.site.subscribe(self.journal.record_event)
        self.webhooks: Webhooks | None = None
        self._webhook = webhook
        self._pages = tuple(pages)
        self._port = 0
        self._socket: socket.socket
        self._clock = clock
        self._stack = AsyncExitStack()
        self._runner: web.AppRunner | None = None
        self._listener: asyncio.Server | None = None
        self._returning: asyncio.Task[None] | None = None
        self._group: asyncio.TaskGroup | None = None

    @property
    def url(self) -> str:
        """The address of the site, without a slash at its end. The server must have been started."""
        assert self._port, "the server was not started"
        return f"http://{HOST}:{self._port}"

    async def start(self, port: int = 0) -> None:
        """Listen; port 0 takes a free one."""
        application = web.Application(client_max_size=BODY_LIMIT)
        runner = self._runner = web.AppRunner(
            application, access_log=None, handle_signals=False, shutdown_timeout=0.1
        )
        # The port is bound first: addresses of the site stand in everything that is answered.
        self._socket = socket.create_server((HOST, port))
        self._port = self._socket.getsockname()[1]
        wire = Wire(self.site, self.url)
        front = Front(Desk(site=self.site, wire=wire), self.faults, self.journal, self.url)
        application.router.add_route("*", "/rest/{path:.*}", front.handle)
        application.router.add_routes(Control(self).routes())
        application.router.add_routes(self._pages)
        await runner.setup()
        self._group = await self._stack.enter_async_context(asyncio.TaskGroup())
        if self._webhook is not None:
            self.webhooks = Webhooks(self._webhook, wire, self._clock)
            self.webhooks.open(self._group)
            self.site.subscribe(self.webhooks.announce)
        await self.accept()

    async def stop(self) -> None:
        """Stop listening, let go of what hangs, give up webhooks that are on their way."""
        self.refuse()
        self.faults.heal()
        if self._returning is not None:
            self._returning.cancel()
        if self.webhooks is not None:
            self.webhooks.close()
        await self._stack.aclose()
        if self._runner is not None:
            await self._runner.cleanup()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    # What goes wrong

    def fail(self, mode: Mode | str, **options: Unpack[FaultOptions]) -> None:
        """Switch a fault on: `fail("throttle", seconds=7, method="POST", times=1)`."""
        self.faults.add(Fault(mode=Mode(mode), **options))

    def heal(self) -> None:
        """Switch all faults off."""
        self.faults.heal()

    def refuse(self) -> None:
        """Be down for real: no listening socket, and the open connections cut."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        server = self._runner.server if self._runner else None
        for connection in server.connections if server else ():
            if connection.transport is not None:
                connection.transport.abort()

    async def accept(self) -> None:
        """Listen again, on the same port."""
        if self._listener is not None:
            return
        assert self._runner is not None
        assert self._runner.server is not None
        there = self._socket if self._socket.fileno() >= 0 else socket.create_server((HOST, self._port))
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(self._runner.server, sock=there)

    def refuse_for(self, seconds: float) -> None:
        """Refuse connections for so many real seconds."""
        assert self._group is not None
        self._returning = self._group.create_task(self._go_and_return(seconds))

    async def _go_and_return(self, seconds: float) -> None:
        await self._clock.sleep(0.05)  # whoever asked for it still gets an answer
        self.refuse()
        await self._clock.sleep(seconds)
        await self.accept()

    # What is there

    def issues(self, project: str | None = None) -> list[Issue]:
        """All issues as they stand, oldest first."""
        return [issue for issue in self.site.issues() if project in {None, issue.project}]

    def issue(self, key: str) -> Issue:
        """One issue; LookupError when it is not there."""
        for issue in self.site.issues():
            if key in {issue.key, issue.id}:
                return issue
        raise LookupError(f"there is no issue {key}")

    # What people do by hand

    def create(self, project: str, issue_type: str, summary: str, *, by: str = "ann") -> Issue:
        """Somebody makes an issue."""
        fields = {"project": {"key": project}, "issuetype": {"name": issue_type}, "summary": summary}
        return self.site.create(fields, self._who(by))

    def move(
        self, key: str, status: str, *, by: str = "ann", fields: Mapping[str, object] | None = None
    ) -> Issue:
        """Somebody drags the card to another column; `Refusal` when no transition leads there."""
        issue = self.site.issue(key)
        for way in self.site.transitions(issue):
            if way.target.casefold() == status.casefold():
                return self.site.transition(key, way.id, self._who(by), fields)
        raise Refusal(400, f"There is no transition from '{issue.status.name}' to '{status}'.")

    def close(self, key: str, *, by: str = "ann") -> Issue:
        """Somebody moves the issue to a status that is done."""
        project = self.site.projects[self.site.issue(key).project]
        done = next(status for status in project.statuses if status.category == "done")
        return self.move(key, done.name, by=by)

    def comment(self, key: str, body: str, *, by: str = "ann") -> Comment:
        """Somebody comments."""
        return self.site.comment(key, body, self._who(by))

    def edit(self, key: str, fields: Mapping[str, object], *, by: str = "ann") -> Issue:
        """Somebody sets fields, written as the API has them."""
        return self.site.edit(key, fields, self._who(by))

    def assign(self, key: str, to: str | None, *, by: str = "ann") -> Issue:
        """Somebody gives the issue to somebody, or to nobody."""
        person = self.site.person(to) if to else None
        cloud = self.site.flavour is Flavour.CLOUD
        given = {"accountId" if cloud else "name": person and (person.account_id if cloud else person.name)}
        return self.site.assign(key, given, self._who(by))

    def delete(self, key: str, *, by: str = "ann") -> None:
        """Somebody deletes the issue."""
        self.site.delete(key, self._who(by))

    def _who(self, by: str) -> str:
        return self.site.person(by).account_id
