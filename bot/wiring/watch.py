"""What looks after the bot itself, put together: alarms, peers, the audit, and the sweep."""

import os
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version as installed_version

from bot.clock import Clock
from bot.config.in_force import ConfigurationInForce
from bot.delivery.breaker import Breaker
from bot.delivery.pinger import Pinger
from bot.delivery.siren import Siren
from bot.delivery.slack.client import SlackClient
from bot.ids import new_id
from bot.ports import Directory, Replica, Store
from bot.settings import Settings
from bot.wiring.carriers import siren
from bot.workers.alarms import StandingAlarms
from bot.workers.bell import Bells
from bot.workers.climber import Climber
from bot.workers.crash_loop import CrashLoop
from bot.workers.disk import Disk
from bot.workers.heartbeat import Heartbeat, Invariant
from bot.workers.homes import Homes
from bot.workers.open_files import OpenFiles
from bot.workers.peers import Peers
from bot.workers.tellings import MarkedTellings
from bot.workers.upkeep import Auditor, Janitor

TICK_TOO_OLD, AUDIT_TOO_OLD, WRITE_TOO_OLD = 15.0, 75.0, 30.0
"""Seconds after which nobody outside hears from us any more."""

PAGING = frozenset({"slack", "smtp"})
"""Providers by which people are paged."""


@dataclass(frozen=True, kw_only=True)
class Watch:
    """All of it."""

    out: Siren
    alarms: StandingAlarms
    peers: Peers
    crash_loop: CrashLoop
    auditor: Auditor
    janitor: Janitor
    disk: Disk
    files: OpenFiles
    heartbeat: Heartbeat


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
    alarms = StandingAlarms(
        out, clock, f"{me.host} (process {me.pid})", MarkedTellings(store, clock, me.host)
    )
    peers = Peers(store, clock, me, alone=settings.database.startswith("sqlite"))
    return Watch(
        out=out,
        alarms=alarms,
        peers=peers,
        crash_loop=CrashLoop(peers, alarms, clock),
        auditor=Auditor(store, clock, repaired, alarms, me.id),
        janitor=Janitor(store, clock, settings.retention),
        disk=Disk(store, alarms),
        files=OpenFiles(alarms),
        heartbeat=Heartbeat(
            Pinger(settings.heartbeat.addresses, report_failures=settings.heartbeat.report_failures),
            clock,
            lambda: store.read(lambda tx: tx.progress()),
            f"{me.host} (process {me.pid})",
        ),
    )


def invariants(
    watch: Watch, climber: Climber, breakers: Sequence[Breaker], clock: Clock
) -> Sequence[Invariant]:
    """What must hold for somebody outside to hear from us."""
    paging = [breaker for breaker in breakers if breaker.provider in PAGING]
    return [
        _fresh("tick", lambda: climber.last_tick, TICK_TOO_OLD, clock),
        _fresh("audit", lambda: watch.auditor.audited, AUDIT_TOO_OLD, clock),
        _fresh("write to the database", lambda: watch.peers.last_beat, WRITE_TOO_OLD, clock),
        lambda: "; ".join(f"audit: {each.count} {each.kind}" for each in watch.auditor.grave) or None,
        lambda: None if any(each.reason is None for each in paging) else "nobody can be paged",
    ]


def _fresh(what: str, at: Callable[[], float | None], limit: float, clock: Clock) -> Invariant:
    def invariant() -> str | None:
        last = at()
        if last is None:
            return f"no {what} yet"
        age = clock.monotonic() - last
        return f"the last {what} was {age:.0f} s ago" if age > limit else None

    return invariant


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
