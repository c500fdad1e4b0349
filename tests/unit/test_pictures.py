"""Pictures are drawn in a process of their own, within limits; and such a process cannot do harm."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.confined import Limits, Overrun, confined
from bot.pictures.studio import Studio
from bot.render.timetable import Bar, Timetable

SINCE, UNTIL = datetime(2026, 11, 23, tzinfo=UTC), datetime(2026, 12, 7, tzinfo=UTC)
TABLE = Timetable(
    title="Payments",
    zone="UTC",
    now=SINCE,
    since=SINCE,
    until=UNTIL,
    bars=tuple(
        Bar(name=f"Person {number} with a long name", since=SINCE, until=UNTIL, overridden=not number)
        for number in range(10)
    ),
    gaps=((datetime(2026, 11, 25, tzinfo=UTC), datetime(2026, 11, 26, tzinfo=UTC)),),
    changes=(),
)


async def test_a_picture_is_drawn_elsewhere_and_kept(tmp_path: Path) -> None:
    studio = Studio(tmp_path / "fonts")

    first = await studio.draw(TABLE)
    again = await studio.draw(TABLE)

    assert first.startswith(b"\x89PNG")
    assert again is first


async def test_a_picture_can_be_svg_without_scripts(tmp_path: Path) -> None:
    drawn = await Studio(tmp_path / "fonts").draw(TABLE, "svg")

    assert b"<svg" in drawn
    assert b"<script" not in drawn


async def test_one_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    with pytest.raises(Overrun, match="more than 0 s"):
        await Studio(tmp_path / "fonts", seconds=0.05).draw(TABLE)


async def test_one_that_fails_says_so() -> None:
    with pytest.raises(Overrun, match="it failed"):
        await confined("bot.pictures.draw", b"no sheet", Limits(seconds=20))


async def test_whoever_does_not_wait_leaves_no_process_behind() -> None:
    task = asyncio.ensure_future(confined("bot.pictures.draw", b"", Limits(seconds=20)))  # noqa: TID251 - to cut it off
    await asyncio.wait([task], timeout=0.05)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
