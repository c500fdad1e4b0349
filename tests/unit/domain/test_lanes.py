"""Whatever can be decided to be told has a lane in which it travels."""

from typing import get_args

import pytest

from bot.domain import effects


@pytest.mark.parametrize("kind", get_args(effects.Effect))
def test_every_effect_has_a_lane(kind: type[effects.Effect]) -> None:
    made = object.__new__(kind)

    assert effects.lane(made) in effects.Lane


def test_what_shows_the_present_truth_is_never_a_page() -> None:
    standing = [each for each in get_args(effects.Effect) if effects.standing(object.__new__(each))]

    assert standing
    assert {effects.lane(object.__new__(each)) for each in standing} <= {
        effects.Lane.CHAT,
        effects.Lane.TRACKER,
    }
