"""Aims: what both a ladder and its limits allow; what goes beyond is cut and said."""

from dataclasses import replace
from datetime import timedelta

from bot.config.ladders import MOST_IN_TURN
from bot.config.references import LONGEST_WAIT, SHORTEST_WAIT
from bot.config.values import spoken
from bot.imports.draft import Aim, Climb, Step
from bot.imports.note import Notes, Place

MOST_STEPS, MOST_AIMS, MOST_ROUNDS = 20, 50, 10
LAST_WAIT = timedelta(minutes=5)


def person(key: str) -> Aim:
    """One person."""
    return Aim(kind="person", name=key)


def waiting(wait: timedelta, subject: str, notes: Notes, place: Place) -> timedelta:
    """A wait that a rung may have."""
    fitting = min(max(wait, SHORTEST_WAIT), LONGEST_WAIT)
    if fitting != wait:
        what = f"waited {spoken(wait)}, which is not possible: {spoken(fitting)} now"
        notes.changed(subject, what, place=place)
    return fitting


def within_limits(climb: Climb, notes: Notes, place: Place, fallback: str) -> Climb:
    """The same ladder without doubles, without empty rungs, within all limits; it never pages nobody."""
    subject = f"ladder `{climb.key}`"
    steps = []
    for step in climb.steps:
        step.aims = list(dict.fromkeys(_tidy(aim, subject, notes, place) for aim in step.aims))
        if len(step.aims) > MOST_AIMS:
            what = f"a rung has {len(step.aims)} targets; only the first {MOST_AIMS} are paged"
            notes.lost(subject, what, "Page a Slack user group or a channel instead.", place)
            step.aims = step.aims[:MOST_AIMS]
        if step.aims:
            steps.append(step)
        elif steps:
            steps[-1].wait = min(steps[-1].wait + step.wait, LONGEST_WAIT)
    if len(steps) > MOST_STEPS:
        what = f"has {len(steps)} rungs; those after the first {MOST_STEPS} are left out"
        notes.lost(subject, what, "Put people who are paged anyway into one rung.", place)
    climb.steps = steps[:MOST_STEPS]
    if climb.rounds > MOST_ROUNDS:
        what = f"was climbed {climb.rounds} times; {MOST_ROUNDS} times now, then as an exhausted ladder"
        notes.changed(subject, what, place=place)
    climb.rounds = min(max(climb.rounds, 1), MOST_ROUNDS)
    if not climb.steps:
        what = f"pages nobody: whom it named could not be translated. It writes to {fallback} for now"
        notes.fill(subject, what, "Write whom it pages.", place)
        climb.steps = [Step(aims=[Aim(kind="channel", name=fallback)], wait=LAST_WAIT)]
    return climb


def _tidy(aim: Aim, subject: str, notes: Notes, place: Place) -> Aim:
    """A round robin names each person once, and not too many; one person takes no turns."""
    if aim.kind != "round_robin" or aim.schedule:
        return aim
    people = tuple(dict.fromkeys(aim.people))
    if len(people) > MOST_IN_TURN:
        what = f"{len(people)} people take turns; only the first {MOST_IN_TURN} do now"
        notes.lost(subject, what, "Make a schedule of them, and a round robin over it.", place)
    return replace(aim, people=people[:MOST_IN_TURN]) if len(people) > 1 else person(people[0])
