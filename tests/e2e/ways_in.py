"""The ways in alone: a real desk on SQLite, real listeners, the local Slack; nobody carries anything out."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from pathlib import Path

from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import ShiftedClock
from bot.delivery.slack.client import SlackClient
from bot.delivery.slack.directory import SlackDirectory
from bot.delivery.slack.pace import Pace
from bot.domain.alert import MessageRef
from bot.domain.commands import CardPosted
from bot.domain.configuration import Authority, Configuration, Watch
from bot.domain.decide import decide
from bot.domain.ids import LadderId, PersonId, ScheduleId, ServiceId
from bot.domain.incident import Incident
from bot.domain.ladder import Ladder, PersonTarget, Rung, ScheduleTarget
from bot.domain.people import ContactMethod, MethodKind, Person
from bot.domain.roster import Roster
from bot.domain.schedule import Rotation, Schedule, singly
from bot.domain.service import Service
from bot.metrics import Metrics
from bot.ports import Store, Tx, Whoami
from bot.render.card import card
from bot.render.seal import Seal
from bot.sandbox.slack.people import Outcome
from bot.sandbox.slack.people import Person as Somebody
from bot.sandbox.slack.seed import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET, TEAM, seed
from bot.sandbox.slack.server import SlackServer
from bot.sandbox.slack.workspace import Message
from bot.service import ByNumber, Desk
from bot.store import open_store
from handlers.http import SLACK_PATH, Health, HttpServer
from handlers.manifest import manifest
from handlers.slack_app import SlackSide, slack_side
from handlers.slack_gate import SlackGate
from handlers.socket import SocketMode

ANN, BOB, CLEO = "U0ANNLEE001", "U0BOBRAY001", "U0CLEODIAZ1"
WHOAMI = Whoami(team_id=TEAM, bot_id="B0TOCSIN001", bot_user_id="U0TOCSIN001", app_id="A0TOCSIN001")
SEAL = Seal(b"0123456789abcdef0123456789abcdef")


def configuration() -> Configuration:
    people = {
        PersonId("ann"): _person("ann", "Ann Lee", ANN),
        PersonId("bob"): _person("bob", "Bob Ray", BOB),
    }
    primary = Schedule(
        id=ScheduleId("primary"),
        zone="Europe/London",
        layers=(Rotation(turns=singly((PersonId("ann"),)), start=date(2020, 1, 6), handoff=time(9)),),
    )
    ladder = Ladder(
        id=LadderId("payments"),
        rungs=(
            Rung(targets=(ScheduleTarget(schedule=primary.id),), wait=timedelta(minutes=5)),
            Rung(targets=(PersonTarget(person=PersonId("bob")),), wait=timedelta(minutes=5)),
        ),
    )
    checkout = Service(id=ServiceId("checkout"), name="Checkout", channel="#incidents", ladder=ladder)
    search = Service(id=ServiceId("search"), name="Search", channel="#incidents", ladder=ladder)
    return Configuration(
        roster=Roster(people=people, schedules={primary.id: primary}),
        services={checkout.id: checkout, search.id: search},
        default_service=checkout.id,
        watches=(
            Watch(channel="#alerts"),
            Watch(channel="C0PAYMENTS1", bots=("Grafana",), service=search.id),
        ),
        authority=Authority(acknowledge="members"),
    )


def _person(key: str, name: str, user: str) -> Person:
    method = ContactMethod(kind=MethodKind.SLACK, address=user)
    return Person(id=PersonId(key), name=name, slack_user=user, methods=(method,))


@dataclass(kw_only=True)
class WaysIn:
    clock: ShiftedClock
    slack: SlackServer
    store: Store
    desk: Desk
    side: SlackSide
    metrics: Metrics
    client: AsyncWebClient
    stop: asyncio.Event
    changes: list[None] = field(default_factory=list)

    def person(self, name: str) -> Somebody:
        return self.slack.person(name)

    async def slash(
        self, text: str, *, by: str = "ann", command: str = "/incident", channel: str = "#general"
    ) -> Outcome:
        return await self.person(by).slash(command, text, channel=channel)

    async def said(self, text: str, *, by: str = "ann", command: str = "/incident") -> str:
        outcome = await self.slash(text, by=by, command=command)
        assert not outcome.error, outcome
        return outcome.reply.words if outcome.reply else ""

    async def incident(self, number: int) -> Incident:
        return await self.desk.find(ByNumber(number=number))

    async def open(self) -> list[Incident]:
        return await self.desk.open_incidents()

    async def posted_card(self, number: int) -> Message:
        """Stand in for the delivery: post the card and let the incident know."""
        incident = await self.incident(number)
        body = card(incident, SEAL, self.clock.now()).body()
        told = await self.client.api_call("chat.postMessage", json={**body, "channel": "C0INCIDENT1"})
        ref = MessageRef(channel="C0INCIDENT1", ts=str(told["ts"]))

        def work(tx: Tx) -> None:
            known = tx.incident(incident.id)
            assert known is not None
            tx.save([decide(known, CardPosted(card=ref), self.clock.now())], self.clock.now())

        await self.store.write(work)
        return next(each for each in self.slack.messages("#incidents") if each.ts == ref.ts)

    async def whispers(self, name: str, count: int) -> list[str]:
        """What only that person was told, once there are so many."""
        await self.slack.until(lambda: len(self.person(name).ephemerals()) >= count)
        return [message.words for message in self.person(name).ephemerals()]


@asynccontextmanager
async def ways_in(folder: Path, transport: str, *, watching: bool = True) -> AsyncIterator[WaysIn]:
    clock, stop, metrics = ShiftedClock(), asyncio.Event(), Metrics()
    store = open_store(f"sqlite:///{folder / 'tocsin.db'}", auto_migrate=True)
    shown = manifest("socket") if transport == "socket" else manifest("http", "https://tocsin.example.com")
    async with AsyncExitStack() as stack:
        stack.push_async_callback(store.stop)
        await store.start()
        slack = await stack.enter_async_context(SlackServer(seed(shown), clock, limits=float("inf")))
        client = AsyncWebClient(token=BOT_TOKEN, base_url=slack.api_url, timeout=5, retry_handlers=[])
        inner = SlackClient(token=BOT_TOKEN, clock=clock, pace=Pace(clock), base_url=slack.api_url)
        stack.push_async_callback(inner.close)
        in_force = configuration()
        desk = Desk(store, clock, lambda: in_force, lambda: None)
        side = slack_side(
            client=client,
            whoami=WHOAMI,
            desk=desk,
            directory=SlackDirectory(inner, clock),
            seal=SEAL,
            clock=clock,
            metrics=metrics,
        )
        if watching:
            await side.watches.refresh()
        socket = SocketMode(app=side.app, app_token=APP_TOKEN, clock=clock, period=0.05, ping=1, jitter=0.05)
        http = _server(side, clock, metrics)
        stack.push_async_callback(http.stop)
        await http.start()
        async with asyncio.TaskGroup() as group:
            group.create_task(side.whispers.run(stop))
            if transport == "socket":
                group.create_task(socket.run(stop))
                await slack.until(lambda: slack.hub.sockets.count == 2)
            else:
                slack.deliver_to(f"{http.url}/slack/events")
            yield WaysIn(
                clock=clock,
                slack=slack,
                store=store,
                desk=desk,
                side=side,
                metrics=metrics,
                client=client,
                stop=stop,
            )
            await slack.settled()
            stop.set()


def _server(side: SlackSide, clock: ShiftedClock, metrics: Metrics) -> HttpServer:
    async def fine() -> Health:
        return Health()

    return HttpServer(
        host="127.0.0.1",
        port=0,
        healthy=fine,
        ready=fine,
        registry=metrics.registry,
        more=[web.post(SLACK_PATH, SlackGate(side.app, SIGNING_SECRET, clock).serve)],
    )
