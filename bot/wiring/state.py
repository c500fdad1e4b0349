"""The state of a running bot, for the doctor on the same machine: numbers and short words, no secrets."""

from collections.abc import Mapping

from bot.clock import Clock
from bot.config.in_force import ConfigurationInForce
from bot.config.problem import printable
from bot.log import dropped
from bot.wiring.carriers import Carriers
from bot.wiring.edge import SlackEdge
from bot.wiring.watch import Watch
from bot.workers.canary import Canaries
from bot.workers.climber import Climber


def state(
    watch: Watch,
    canaries: Canaries,
    climber: Climber,
    carriers: Carriers,
    in_force: ConfigurationInForce,
    edge: SlackEdge | None,
    clock: Clock,
) -> Mapping[str, object]:
    """Everything that only the process itself knows. Ages are in seconds."""
    return {
        "process": _process(watch, climber, clock),
        "configuration": {
            "digest": in_force.now.digest,
            "problems": [printable(str(problem), 300) for problem in in_force.problems],
        },
        "audit": {
            "age": _age(clock, watch.auditor.audited),
            "troubles": [
                f"{each.count}: {each.kind} ({each.detail})" for each in watch.auditor.troubles or ()
            ],
        },
        "alarms": {kind: alarm.headline for kind, alarm in watch.alarms.standing.items()},
        "breakers": {breaker.provider: breaker.reason for breaker in carriers.breakers},
        "slack": _slack(edge),
        "heartbeat": _heartbeat(watch, clock),
        "canary": _canary(canaries, clock),
        "logs": {"dropped": dropped()},
    }


def _process(watch: Watch, climber: Climber, clock: Clock) -> Mapping[str, object]:
    me = watch.peers.me
    return {
        "version": me.version,
        "host": me.host,
        "pid": me.pid,
        "uptime": (clock.now() - me.started_at).total_seconds(),
        "tick_age": _age(clock, climber.last_tick),
        "ticks_failed": climber.ticks_failed,
    }


def _slack(edge: SlackEdge | None) -> Mapping[str, object]:
    if edge is None:
        return {}
    how = f"{edge.connections} connections" if edge.connections else "over HTTP"
    return {"connected": edge.connected, "how": how, "problem": edge.problem}


def _heartbeat(watch: Watch, clock: Clock) -> Mapping[str, object]:
    heart = watch.heartbeat
    return {
        "places": ", ".join(heart.places),
        "age": _age(clock, heart.sent_at),
        "held_back": "; ".join(heart.held_back),
        "failed": ", ".join(f"{place}: {reason}" for place, reason in heart.failed.items()),
    }


def _canary(canaries: Canaries, clock: Clock) -> Mapping[str, object]:
    last = canaries.last
    return {
        "age": _age(clock, canaries.ended_at),
        "seconds": sum(last.stages.values()) if last else None,
        "trouble": last.trouble if last else "",
        "failures": canaries.failures,
    }


def _age(clock: Clock, at: float | None) -> float | None:
    return None if at is None else clock.monotonic() - at
