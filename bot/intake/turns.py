"""Round robins: an incident whose ladder goes round takes its turn when its climb begins."""

from dataclasses import replace

from bot.domain.decision import Decision
from bot.domain.incident import Incident
from bot.domain.informed import turn_wanted
from bot.ports import Tx


def in_turn(tx: Tx, before: Incident | None, decision: Decision) -> Decision:
    """Where its ladder goes round, a climb that has just begun takes the next turn; others cost nothing."""
    name = turn_wanted(before, decision.incident) if decision.changed else None
    if name is None:
        return decision
    return replace(decision, incident=replace(decision.incident, turn=tx.turn(name)))
