"""Checks of the process that runs on this machine, from what it says of itself."""

from collections.abc import Sequence
from datetime import timedelta

from bot.doctor import database
from bot.doctor.case import Case
from bot.doctor.line import Line, bad, ok, warn
from bot.doctor.words import ago

OLD_TICK, OLD_AUDIT, OLD_BEAT = 15.0, 90.0, 300.0


async def running(case: Case) -> Sequence[Line]:
    """Whether a process runs, and its clock ticks."""
    if case.state is None:
        return [bad("process", f"no bot runs here: {case.silence}", "Start it: `tocsin run`.")]
    told, tick = case.told("process"), _number(case, "process", "tick_age")
    up = ago(timedelta(seconds=_number(case, "process", "uptime") or 0))
    says = f"version {told.get('version')}, process {told.get('pid')}, up {up}"
    if tick is None or tick > OLD_TICK:
        return [bad("process", f"{says}; its clock stands still", "It ends itself after 30 s; see its log.")]
    return [ok("process", f"{says}, ticked {tick:.1f} s ago")]


async def configuration(case: Case) -> Sequence[Line]:
    """The file, and whether it is the one in force."""
    name, file = "configuration", case.settings.config
    if case.configuration is None:
        says = f"{file} has {len(case.problems)} mistakes; the running bot keeps the last good one"
        return [bad(name, says, "Run `tocsin check`.")]
    digest, running_digest = case.configuration.digest, case.told("configuration").get("digest")
    if running_digest is not None and running_digest != digest:
        says = f"{file} ({digest}) is not what is in force ({running_digest})"
        return [warn(name, says, "Wait some seconds, or see why the running bot rejected it.")]
    force = " and in force" if running_digest else ""
    return [ok(name, f"{file} is valid{force} ({digest})")]


async def audit(case: Case) -> Sequence[Line]:
    """What the last audit found."""
    if case.state is None:
        return await database.audit_of(case)
    age = _number(case, "audit", "age")
    if age is None:
        return [ok("audit", "the first one is made half a minute after the start")]
    if age > OLD_AUDIT:
        remedy = "The database does not answer it, or the process is stuck; see its log."
        return [bad("audit", f"the last one was {ago(timedelta(seconds=age))} ago", remedy)]
    found = case.told("audit").get("troubles")
    lines = [
        warn("audit", str(each), "It mends what it can; what lasts is told as an alarm.")
        for each in (found if isinstance(found, list) else [])
    ]
    return lines or [ok("audit", f"found nothing {ago(timedelta(seconds=age))} ago")]


async def alarms(case: Case) -> Sequence[Line]:
    """What the process alarms about."""
    if case.state is None:
        return []
    standing = [bad("alarm", str(text), "") for text in case.told("alarms").values()]
    return standing or [ok("alarms", "none")]


async def slack(case: Case) -> Sequence[Line]:
    """Whether Slack reaches the process."""
    told = case.told("slack")
    if not told:
        return []
    if not told.get("connected"):
        return [
            bad("slack", f"does not reach the bot: {told.get('problem')}", "See `tocsin check --online`.")
        ]
    return [ok("slack", f"reaches the bot ({told.get('how')})")]


async def breakers(case: Case) -> Sequence[Line]:
    """Providers that the process leaves alone because they failed."""
    if case.state is None:
        return []
    told = case.told("breakers")
    away = [
        bad("provider", f"{provider} is left alone: {reason}", "Bring it back; it is probed every 15 s.")
        for provider, reason in told.items()
        if reason
    ]
    return away or [ok("breakers", f"all closed ({', '.join(told)})" if told else "no provider")]


async def heartbeat(case: Case) -> Sequence[Line]:
    """Whether somebody outside would notice if all of this were gone."""
    name = "heartbeat"
    if case.state is None:
        return []
    told = case.told("heartbeat")
    if not told.get("places"):
        remedy = "Set TOCSIN_HEARTBEAT__URLS: nothing in here can tell you that all of it is gone."
        return [warn(name, "nobody outside watches this bot", remedy)]
    if held := told.get("held_back"):
        return [bad(name, f"held back: {held}", "Mend that; the beat goes on by itself.")]
    if failed := told.get("failed"):
        return [warn(name, f"cannot be sent: {failed}", "Look at the address and the way to it.")]
    age = _number(case, "heartbeat", "age")
    if age is not None and age > OLD_BEAT:
        return [bad(name, f"the last one was {ago(timedelta(seconds=age))} ago", "See the log.")]
    says = "the first one is sent soon" if age is None else f"sent {ago(timedelta(seconds=age))} ago"
    return [ok(name, f"{says} to {told.get('places')}")]


async def canary(case: Case) -> Sequence[Line]:
    """Whether the road from an alert to a page is open."""
    if case.state is None:
        return []
    told, age = case.told("canary"), _number(case, "canary", "age")
    failures, seconds = _number(case, "canary", "failures") or 0, _number(case, "canary", "seconds")
    if failures:
        says = f"the last {failures:.0f} did not come through: {told.get('trouble')}"
        remedy = "See the lines above and the log: pages may not go out either."
        return [bad("canary", says, remedy) if failures > 1 else warn("canary", says, remedy)]
    if age is None or seconds is None:
        return [ok("canary", "the first one flies some minutes after the start")]
    return [ok("canary", f"came through in {seconds:.2f} s, {ago(timedelta(seconds=age))} ago")]


async def logs(case: Case) -> Sequence[Line]:
    """Whether whatever takes the logs keeps up."""
    if case.state is None:
        return []
    dropped = _number(case, "logs", "dropped")
    if dropped:
        return [
            warn("logs", f"{dropped:.0f} lines were dropped", "Whatever reads standard error is too slow.")
        ]
    return [ok("logs", "no line was dropped")]


def _number(case: Case, part: str, name: str) -> float | None:
    found = case.told(part).get(name)
    return float(found) if isinstance(found, int | float) else None
