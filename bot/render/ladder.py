"""The ladder of an incident: its steps, where the climb stands, and a menu to choose another step."""

from bot.domain.condition import words
from bot.domain.incident import Incident
from bot.domain.ladder import Escalation, Rung
from bot.render import actions as a
from bot.render import facts
from bot.render.escape import clip, marked
from bot.render.look import span
from bot.render.message import Message, actions, menu, message, option, section
from bot.render.seal import Seal

MOST = 25
"""Steps that are shown and offered; a ladder may have a hundred."""


def ladder(incident: Incident, seal: Seal, *, next_up: str | None = None) -> Message:
    """Every step with its targets, its wait and its condition; the one that is next is marked."""
    escalation = incident.escalation
    if escalation is None:
        text = f"{incident.key} has no ladder: nobody is paged for it."
        return message(text, section(text))
    climbed, count = escalation.climbed, len(escalation.climbed.rungs)
    first = max(0, min(escalation.step.rung - MOST // 2, count - MOST))
    shown = list(enumerate(climbed.rungs, start=1))[first : first + MOST]
    head = f"{incident.key} climbs {marked(climbed.id, 60)}, {facts.step_words(incident)}."
    lines = [_line(number, rung, escalation) for number, rung in shown]
    follows = [
        part for part in (facts.held(incident), facts.resting(incident), facts.needed(incident)) if part
    ]
    if next_up and incident.due_at is not None:
        follows.insert(0, f"Next: {marked(next_up, 120)}")
    text = "\n".join([f"*{head}*", *lines, *follows])
    choices = [
        option(f"Rung {number}: {clip(_targets(rung), 50)}", seal.value(a.ESCALATE_TO, incident, str(number)))
        for number, rung in shown
    ]
    row = actions([menu(a.ESCALATE_TO, "Escalate to …", choices)]) if incident.open else None
    return message(head, section(clip(text, 2900)), row)


def _line(number: int, rung: Rung, escalation: Escalation) -> str:
    mark = " ← next" if number == escalation.step.rung and escalation.due_at is not None else ""
    wait = f"wait {span(rung.wait)}" + (f" of {marked(rung.wait_in.id, 60)}" if rung.wait_in else "")
    only = f", only {marked(words(rung.when), 120)} (else {rung.otherwise})" if rung.when else ""
    return f"{number}. {marked(_targets(rung), 200)} · {wait}{only}{mark}"


def _targets(rung: Rung) -> str:
    return ", ".join(facts.target_words(target) for target in rung.targets)
