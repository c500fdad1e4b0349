"""Why: how it is said where a climb stands."""

from dataclasses import replace

import pytest

from bot.domain.incident import Incident
from bot.domain.ladder import Step
from bot.ports.trail import Explanation
from bot.render.explanation import explanation
from tests.unit.render.examples import NOW, acknowledged, opened, readable, resolved


def at(incident: Incident, round_: int) -> str:
    assert incident.escalation is not None
    there = replace(incident.escalation, step=Step(round=round_, rung=1))
    told = Explanation(
        incident=replace(incident, escalation=there), entries=(), alerts=(), deliveries=(), today=None
    )
    return readable(explanation(told, NOW))


@pytest.mark.parametrize(
    ("incident", "round_", "words"),
    [
        (acknowledged(), 1, "stopped, for somebody has it; next would be round 1, rung 1"),
        (acknowledged(), 2, "stopped, for somebody has it; next would be the first rung again"),
        (resolved(), 1, "stopped, for it is resolved; next would be round 1, rung 1"),
        (opened(), 1, "next is round 1, rung 1, due"),
    ],
)
def test_why_says_where_a_climb_stands(incident: Incident, round_: int, words: str) -> None:
    assert words in at(incident, round_)
