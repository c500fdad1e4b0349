"""Checks of the database and of what is written in it."""

import asyncio
import shutil
from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.doctor.case import Case
from bot.doctor.line import Line, Verdict, bad, ok, warn
from bot.doctor.words import ago, size
from bot.errors import StoreUnavailable
from bot.ports import Replica, Room, Tx
from bot.store.backup import dated
from bot.store.checkup import Checkup, checkup
from bot.workers.peers import SILENT, silent

TINY_DISK = 50 * 2**20
LARGE_LOG = 256 * 2**20
STALE = timedelta(seconds=60)
SKEW = timedelta(seconds=2)
RESTARTS_WITHIN = timedelta(hours=1)
MANY_RESTARTS = 3
OLD_PAGE, OLD_OTHER = 60.0, 600.0


async def schema(case: Case) -> Sequence[Line]:
    """Whether it can be reached and read by this program."""
    name = "database"
    try:
        found = await asyncio.to_thread(checkup, case.settings.database)
    except StoreUnavailable as error:
        return [bad(name, str(error), "Bring the database back; until then nothing can be paged from it.")]
    if found.revision is None:
        return [
            bad(name, f"{found.engine} has no tables of Tocsin's", "Run `tocsin migrate`, or start the bot.")
        ]
    if case.store is None:
        return [
            bad(name, f"{found.engine}: {case.closed}", "Run `tocsin migrate`, or the version that fits.")
        ]
    return [_opened(name, found)]


def _opened(name: str, found: Checkup) -> Line:
    log = f", its log {size(found.log_size)}" if found.log_size is not None else ""
    says = f"{found.engine}, schema {found.revision}, {size(found.size)}{log}"
    if found.log_size is not None and found.log_size > LARGE_LOG:
        return warn(name, says, "Something reads for so long that the log cannot shrink: end it.")
    if found.doubt:
        return warn(name, f"{says}; {found.doubt}", "Use a newer SQLite when you can.")
    return ok(name, says)


async def disk(case: Case) -> Sequence[Line]:
    """Room for what is to come, where the data folder is."""
    folder = case.settings.data_dir
    if not folder.exists():
        return [warn("disk", f"{folder} does not exist", "Start the bot once, or set TOCSIN_DATA_DIR.")]
    usage = shutil.disk_usage(folder)
    says = f"{size(usage.free)} free of {size(usage.total)} at {folder}"
    if usage.free < TINY_DISK:
        return [bad("disk", says, "Make room now: when it is full, nothing can be recorded.")]
    if Room(folder=str(folder), free=usage.free, total=usage.total, reserve=False).low:
        return [warn("disk", says, "Make room; it is told as an alarm as well.")]
    return [ok("disk", says)]


async def backup(case: Case) -> Sequence[Line]:
    """How old the newest backup is; those of PostgreSQL are somebody else's."""
    settings = case.settings
    if not settings.database.startswith("sqlite"):
        return []
    now = case.clock.now()
    made = await asyncio.to_thread(lambda: dated(settings.backups, now))
    if not made:
        remedy = "Run `tocsin backup`, or let the bot make them (TOCSIN_BACKUP__EVERY)."
        return [warn("backup", f"none in {settings.backups}", remedy)]
    age = now - made[0][0]
    says = f"the newest is {ago(age)} old, of {len(made)} in {settings.backups}"
    late = settings.backup.every and age > 2 * settings.backup.every
    return [warn("backup", says, "See in the log why none was made since.") if late else ok("backup", says)]


async def clock(case: Case) -> Sequence[Line]:
    """This machine's clock beside the database's."""
    if case.store is None:
        return []
    theirs = await case.store.read(lambda tx: tx.clock())
    if theirs is None:
        return [ok("clock", f"{case.clock.now():%Y-%m-%d %H:%M:%S} UTC by this machine")]
    apart = abs(case.clock.now() - theirs)
    says = f"{apart.total_seconds():.1f} s apart from the database's"
    return [ok("clock", says) if apart <= SKEW else warn("clock", says, "Let NTP set this machine's clock.")]


async def commits(case: Case) -> Sequence[Line]:
    """How long ago something was written: a process that runs writes every ten seconds."""
    if case.store is None:
        return []
    known = await case.store.read(lambda tx: tx.replicas())
    if not known:
        return [warn("last commit", "no process ever ran on this database", "Start one: `tocsin run`.")]
    age = case.clock.now() - max(each.seen_at for each in known)
    says = f"{ago(age)} ago"
    if age > STALE:
        return [bad("last commit", says, "Nothing writes to the database: see whether a process runs.")]
    return [ok("last commit", says)]


async def replicas(case: Case) -> Sequence[Line]:
    """Every process that lives, and those that are missed."""
    if case.store is None:
        return []
    now = case.clock.now()
    known = await case.store.read(lambda tx: tx.replicas())
    living = [each for each in known if each.left_at is None and now - each.seen_at <= SILENT]
    lines = [_living(living, now)] if living else []
    for each in silent(known, now):
        says = f"{each.host} (process {each.pid}) is silent for {ago(now - each.seen_at)}, without a goodbye"
        lines.append(bad("replica", says, "Start it again, or another one in its place."))
    return lines


def _living(living: Sequence[Replica], now: datetime) -> Line:
    each = ", ".join(f"{one.host} ({one.version}, up {ago(now - one.started_at)})" for one in living)
    if len({one.version for one in living}) > 1:
        return warn("replicas", f"different versions: {each}", "Finish the upgrade.")
    return ok("replicas", f"{len(living)} running: {each}")


async def starts(case: Case) -> Sequence[Line]:
    """Whether processes end without a goodbye again and again."""
    if case.store is None:
        return []
    now = case.clock.now()
    known = await case.store.read(lambda tx: tx.replicas())
    recent = [each for each in known if now - each.started_at <= RESTARTS_WITHIN]
    ended = [each for each in recent if each.left_at is None and now - each.seen_at > SILENT]
    says = f"{len(recent)} in the last hour, {len(ended)} of them ended without a goodbye"
    if len(ended) >= MANY_RESTARTS:
        return [bad("starts", says, "It crashes again and again: look at the last lines of its log.")]
    if ended:
        return [warn("starts", says, "Look at the last lines of its log: watchdog, memory, or a kill.")]
    return [ok("starts", says)]


async def backlog(case: Case) -> Sequence[Line]:
    """What waits to be told, lane by lane."""
    if case.store is None:
        return []
    now = case.clock.now()
    waiting = await case.store.read(lambda tx: tx.backlog(now))
    lines = []
    for lane, (count, age) in waiting.items():
        if not count:
            continue
        late = age > (OLD_PAGE if lane == "page" else OLD_OTHER)
        verdict = (Verdict.BAD if lane == "page" else Verdict.WARN) if late else Verdict.OK
        remedy = "See which provider refuses it, below and in the log." if late else ""
        says = f"{count} in lane {lane}, the oldest for {ago(timedelta(seconds=age))}"
        lines.append(Line(name="backlog", verdict=verdict, says=says, remedy=remedy))
    return lines or [ok("backlog", "nothing waits to be told")]


async def dead_letters(case: Case) -> Sequence[Line]:
    """What was given up."""
    if case.store is None:
        return []
    found = await case.store.read(lambda tx: tx.dead_letters())
    if not found:
        return [ok("dead letters", "none")]
    says = f"{len(found)}, the last for {found[0].reason}"
    return [warn("dead letters", says, "See `tocsin dead-letters`; mend the cause, then retry or drop them.")]


async def audit_of(case: Case) -> Sequence[Line]:
    """What must not be, looked at by ourselves because nothing runs that would."""
    if case.store is None:
        return []
    now = case.clock.now()

    def look(tx: Tx) -> Sequence[Line]:
        return [
            warn(
                "audit", f"{each.count}: {each.kind} ({each.detail})", "Start the bot; it mends what it can."
            )
            for each in tx.audit(now)
        ]

    return await case.store.read(look) or [ok("audit", "nothing is overdue or forgotten")]
