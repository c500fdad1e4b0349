"""Members: when another alert of a group fires of which only the title is told."""

import pytest

from bot.domain.members import MOST_NAMES, MOST_THINGS, Members


def said(count: int, words: str = "", things: str = "") -> Members:
    return Members(count=count, words=frozenset(words.split()), things=frozenset(things.split()))


def told(*messages: Members) -> Members:
    """What is known after these."""
    known = messages[0]
    for each in messages[1:]:
        known = each.after(known)
    return known


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ([said(1, "disk db-1")], said(2)),  # more
        ([said(2, "warning")], said(7, "warning")),
        ([said(1, "disk db-1")], said(1, "payments web-1")),  # another
        ([said(2, "disk warning")], said(2, "warning")),  # they have less in common
        ([said(1, "disk db-1"), said(2)], said(1, "payments web-1")),  # the one that was not named yet
        ([said(1, "disk db-1", "db-1")], said(1, "disk db-1", "db-2")),
    ],
)
def test_another_member_is_seen_by_number_by_words_and_by_what_is_listed(
    before: list[Members], now: Members
) -> None:
    assert now.another(told(*before))


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ([said(1, "disk db-1")], said(1, "disk db-1")),
        ([said(1, "disk db-1"), said(2)], said(1, "disk db-1")),  # the first is left over
        ([said(3, "warning")], said(2, "warning")),
        ([said(1, "disk db-1"), said(3), said(2, "disk")], said(1, "disk db-1")),
        ([said(2, "disk", "db-1 db-2"), said(1, "disk", "db-1")], said(1, "disk", "db-2")),
    ],
)
def test_a_repeat_and_members_that_are_over_are_no_news(before: list[Members], now: Members) -> None:
    assert not now.another(told(*before))


def test_nobody_knows_what_is_new_in_a_group_of_which_nothing_was_told() -> None:
    assert not said(3, "disk").another(None)
    assert said(3, "disk").after(None) == said(3, "disk")


def test_what_is_remembered_of_a_group_is_bounded() -> None:
    known = told(*(said(1, f"host-{number}", f"host-{number}") for number in range(1_000)))

    assert len(known.named) == MOST_NAMES
    assert len(known.things) <= MOST_THINGS
