"""A changed copy is what dataclasses.replace makes, and as frozen."""

from dataclasses import FrozenInstanceError, replace

import pytest

from bot.domain.changing import changed
from tests.unit.render.examples import opened


def test_a_changed_copy_is_what_replace_makes() -> None:
    before = opened()

    after = changed(before, title="other", version=7)

    assert after == replace(before, title="other", version=7)
    assert type(after) is type(before)
    assert before == opened()


def test_a_changed_copy_cannot_be_changed() -> None:
    after = changed(opened(), version=7)

    with pytest.raises(FrozenInstanceError):
        after.version = 8  # type: ignore[misc]  # that is the point


def test_what_is_no_field_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        changed(opened(), colour="green")
