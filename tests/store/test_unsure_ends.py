"""What is taken for an end, without being sure, and ends nothing: it may have been a beginning."""

from dataclasses import replace

import pytest

from bot.domain.alert import Alert, AlertState, MessageRef
from bot.intake.leftovers import UNSURE, UNSURE_AGAIN
from bot.ports import Store
from tests.store.test_quiet import Night, disk

GUESSED = MessageRef(channel="C1", ts="1700000000.000100")


def over(confidence: float = 0.5, **changes: object) -> Alert:
    told = replace(disk(AlertState.CLEARED), title="Rate is fine: 12%", confidence=confidence)
    return replace(told, **changes)  # type: ignore[arg-type]  # a test's shorthand


async def kept(night: Night) -> list[tuple[str, str, int]]:
    return [
        (each.integration, each.body, each.count) for each in await night.store.read(lambda tx: tx.unread())
    ]


async def test_an_unsure_end_that_ends_nothing_is_kept_and_written_down(store: Store) -> None:
    night = Night(store)

    (taken,) = await night.taken(over(origin=GUESSED, description="checkout"))

    assert (taken.outcome, taken.why) == ("ignored", UNSURE)
    assert await kept(night) == [("channel C1", "Rate is fine: 12%\ncheckout", 1)]
    assert await night.outcomes() == ["ignored"]
    assert await night.open() == []


async def test_what_is_known_to_be_over_is_told_once(store: Store) -> None:
    night = Night(store)
    await night.told(over())

    (again,) = await night.taken(over())

    assert (again.outcome, again.why) == ("ignored", UNSURE_AGAIN)
    assert [count for _, _, count in await kept(night)] == [1]
    assert await night.outcomes() == ["ignored", "ignored"], "each of them leaves a trace"


async def test_an_end_that_was_read_exactly_and_ends_nothing_is_no_matter(store: Store) -> None:
    night = Night(store)

    assert await night.told(over(1.0)) == ["ignored"]
    assert (await kept(night), await night.outcomes()) == ([], [])


@pytest.mark.parametrize("confidence", [0.9, 0.95])
async def test_a_guess_leaves_a_trace_however_likely_it_is(store: Store, confidence: float) -> None:
    night = Night(store)

    assert await night.told(over(confidence)) == ["ignored"]
    assert (len(await kept(night)), await night.outcomes()) == (1, ["ignored"])


async def test_an_unsure_end_of_what_fires_ends_it(store: Store) -> None:
    night = Night(store)
    await night.told(disk())

    assert await night.told(over()) == ["cleared"]
    assert (await night.open(), await kept(night)) == ([], [])


async def test_the_end_of_something_else_does_not_count_as_the_end_of_what_is_open(store: Store) -> None:
    night = Night(store)
    await night.told(disk())

    assert await night.told(over(fingerprint="another")) == ["ignored"]
    assert len(await night.open()) == 1
    assert len(await kept(night)) == 1
