"""Failpoints do nothing unless they are armed, and strike exactly where and when they are told to."""

import asyncio
from collections.abc import Iterator

import pytest

from bot import failpoints
from bot.config.environment import read_settings
from bot.failpoints import Injected, Point


@pytest.fixture(autouse=True)
def _disarmed() -> Iterator[None]:
    yield
    failpoints.arm("")


def test_nothing_happens_unarmed() -> None:
    for point in Point:
        failpoints.hit(point)


def test_the_hit_that_counts_strikes_and_no_other() -> None:
    failpoints.arm("after_claim:raise@3")

    failpoints.hit(Point.AFTER_CLAIM)
    failpoints.hit(Point.AFTER_CLAIM)
    failpoints.hit(Point.CLIMB)
    with pytest.raises(Injected):
        failpoints.hit(Point.AFTER_CLAIM)
    failpoints.hit(Point.AFTER_CLAIM)


def test_a_lane_keeps_the_others_out() -> None:
    failpoints.arm("after_claim.page:raise")

    failpoints.hit(Point.AFTER_CLAIM, "chat")
    with pytest.raises(Injected):
        failpoints.hit(Point.AFTER_CLAIM, "page")


async def test_where_one_can_await_it_strikes_too() -> None:
    failpoints.arm("tick:raise")

    with pytest.raises(Injected):
        await failpoints.reach(Point.TICK)


async def test_an_await_hangs_at_the_hit_that_counts() -> None:
    failpoints.arm("tick:hang@2")

    await failpoints.reach(Point.TICK)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await failpoints.reach(Point.TICK)


async def test_a_watcher_is_told_of_every_point_and_may_raise_there() -> None:
    told: list[tuple[Point, str]] = []

    def watcher(point: Point, place: str) -> None:
        told.append((point, place))
        if point is Point.CLIMB:
            raise Injected

    with failpoints.watched(watcher):
        failpoints.hit(Point.AFTER_CLAIM, "page")
        await failpoints.reach(Point.TICK)
        with pytest.raises(Injected):
            failpoints.hit(Point.CLIMB)
    failpoints.hit(Point.AFTER_CLAIM, "page")

    assert told == [(Point.AFTER_CLAIM, "page"), (Point.TICK, ""), (Point.CLIMB, "")]


@pytest.mark.parametrize("text", ["after_lunch:kill", "tick:explode", "tick", "tick:kill@0", "tick:kill@x"])
def test_a_name_that_is_not_known_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="is not"):
        failpoints.arm(text)


def test_the_variable_is_no_stranger_among_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(failpoints.VARIABLE, "tick:raise")

    read_settings(env_file=None, secrets_dir=None)
