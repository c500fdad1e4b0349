"""Nesting: ladders inside of ladders, where that is possible; otherwise those whom they page first."""

from datetime import timedelta

from bot.config.references import SHORTEST_WAIT
from bot.imports.draft import Aim, Climb, Step
from bot.imports.note import Notes

MOST_TOGETHER = 100


def settle(climbs: list[Climb], notes: Notes) -> None:
    """Keep a ladder inside a rung where no other one is, where it is climbed once, and does not lead back.

    Everywhere else its first rung's targets take its place, and that is said.
    """
    by_key = {climb.key: climb for climb in climbs}
    nested = {climb.key: _nested(climb) for climb in climbs}
    sizes: dict[str, int] = {}
    for climb in climbs:
        for step in climb.steps:
            aims: list[Aim] = []
            for aim in step.aims:
                if aim.kind != "ladder":
                    aims.append(aim)
                elif (reason := _reason(climb, step, by_key.get(aim.name), nested, sizes)) is None:
                    aims.append(aim)
                    _keep_time(step, by_key[aim.name])
                else:
                    aims += _first(by_key.get(aim.name), by_key)
                    nested[climb.key].discard(aim.name)
                    what = (
                        f"leads to the ladder `{aim.name}`, {reason}: whom that pages first is paged instead"
                    )
                    notes.changed(f"ladder `{climb.key}`", what, "Look at its rungs.")
            step.aims = list(dict.fromkeys(aims))


def _reason(
    climb: Climb, step: Step, inner: Climb | None, nested: dict[str, set[str]], sizes: dict[str, int]
) -> str | None:
    """Why it can't stand inside; None where it can."""
    if inner is None:
        return "which is not there"
    if sum(aim.kind == "ladder" for aim in step.aims) > 1:
        return "beside another ladder"
    if inner.rounds > 1:
        return f"which is climbed {inner.rounds} times"
    if _leads_to(inner.key, climb.key, nested):
        return "which leads back"
    sizes[climb.key] = sizes.get(climb.key, len(climb.steps)) + _size(inner, nested, {}) - 1
    if sizes[climb.key] > MOST_TOGETHER:
        return "which would make it too long"
    return None


def _nested(climb: Climb) -> set[str]:
    return {aim.name for step in climb.steps for aim in step.aims if aim.kind == "ladder"}


def _leads_to(start: str, goal: str, nested: dict[str, set[str]]) -> bool:
    seen, ahead = set(), [start]
    while ahead:
        key = ahead.pop()
        if key == goal:
            return True
        if key not in seen:
            seen.add(key)
            ahead += nested.get(key, ())
    return False


def _size(climb: Climb, nested: dict[str, set[str]], known: dict[str, int]) -> int:
    """At least how many rungs it becomes; what is nested in it counts as much as may be."""
    return MOST_TOGETHER if nested.get(climb.key) else len(climb.steps)


def _keep_time(step: Step, inner: Climb) -> None:
    """What the inner ladder takes is taken off the wait, so that the next rung is not later than it was."""
    spent = sum((one.wait for one in inner.steps[:-1]), timedelta())
    step.wait = max(step.wait - spent, SHORTEST_WAIT)


def _first(climb: Climb | None, by_key: dict[str, Climb]) -> list[Aim]:
    """Whom a ladder pages first, also where that is a ladder again."""
    seen: set[str] = set()
    while climb is not None and climb.key not in seen and climb.steps:
        seen.add(climb.key)
        aims = climb.steps[0].aims
        found = [aim for aim in aims if aim.kind != "ladder"]
        if found:
            return found
        climb = by_key.get(aims[0].name) if aims else None
    return []
