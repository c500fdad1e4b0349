"""What looks after the bot itself, put together: alarms, peers, the audit, and the sweep."""

import asyncio
import os
import socket
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import version as installed_version

from bot.clock import Clock
from bot.config.in_force import ConfigurationInForce
from bot.delivery.siren import Siren
from bot.delivery.slack.client import SlackClient
from bot.errors import StoreUnavailable
from bot.ids import new_id
from bot.ports import Directory, Replica, Store
from bot.settings import Settings
from bot.wiring.carriers import siren
from bot.workers.alarms import First, StandingAlarms
from bot.workers.bell import Bells
from bot.workers.homes import Homes
from bot.workers.peers import Peers
from bot.workers.upkeep import Auditor, Janitor

ASKING = 2.0
"""Seconds for which an alarm waits for the database."""


@dataclass(frozen=True, kw_only=True)
class Watch:
    """All of it."""

    out: Siren
    alarms: StandingAlarms
    peers: Peers
    auditor: Auditor
    janitor: Janitor


def watch(
    settings: Settings,
    in_force: ConfigurationInForce,
    store: Store,
    client: SlackClient | None,
    directory: Directory | None,
    clock: Clock,
    homes: Homes,
    bells: Bells,
) -> Watch:
    """Put it together; nothing is reached yet."""

    def repaired() -> None:
        homes.touch()
        bells.ring()

    me = this_process(clock)
    out = siren(settings, in_force, client, directory, clock)
    alarms = StandingAlarms(out, clock, f"{me.host} (process {me.pid})", told_by_nobody(store, clock))
    return Watch(
        out=out,
        alarms=alarms,
        peers=Peers(store, clock, me, alone=settings.database.startswith("sqlite")),
        auditor=Auditor(store, clock, repaired, alarms),
        janitor=Janitor(store, clock),
    )


def told_by_nobody(store: Store, clock: Clock) -> First:
    """Ask the database whether another process told of an alarm; without a database everybody tells."""

    async def first(kind: str, seconds: float) -> bool:
        now = clock.now()
        since = now - timedelta(seconds=seconds)
        try:
            async with asyncio.timeout(ASKING):
                return await store.write(lambda tx: tx.first_since(f"alarm: {kind}", since, now), page=True)
        except (StoreUnavailable, TimeoutError):
            return True

    return first


def this_process(clock: Clock) -> Replica:
    """Who we are among the replicas."""
    now = clock.now()
    return Replica(
        id=new_id(now),
        host=socket.gethostname(),
        pid=os.getpid(),
        version=installed_version("tocsin"),
        started_at=now,
        seen_at=now,
    )
