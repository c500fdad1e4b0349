"""Tokens of integrations, and what of theirs could not be read, in both databases."""

import hashlib
from datetime import timedelta

import pytest

from bot.clock import ShiftedClock
from bot.domain.integration import Integration
from bot.domain.refused import Refused
from bot.integrations import FRESH, GRACE, LONGEST_BODY, MOST_UNREAD, Integrations, Puzzle
from bot.ports import Store
from tests.store.test_duty import CONFIGURATION

SOURCES = frozenset({"grafana", "github"})


def integrations(store: Store, clock: ShiftedClock | None = None) -> Integrations:
    return Integrations(store, clock or ShiftedClock(), lambda: CONFIGURATION, SOURCES)


@pytest.mark.row("A09")
async def test_a_token_opens_its_integration_and_only_its_hash_is_kept(store: Store) -> None:
    office = integrations(store)

    minted = await office.add("grafana", "ann")
    admitted = await office.admit(minted.text)

    assert len(minted.text) == 64, "it fits before the @ of an address"
    assert admitted
    assert admitted.integration == Integration(name="grafana", source="grafana")
    [kept] = await office.tokens()
    assert kept.hash == hashlib.sha256(minted.text.encode()).hexdigest()
    assert minted.text not in repr(kept)


@pytest.mark.row("A09")
async def test_nothing_that_resembles_a_token_opens_anything(store: Store) -> None:
    office = integrations(store)
    text = (await office.add("grafana", "ann")).text

    for shown in ("", text[:-1], text + "a", text[:12], "ti" + "a" * 62, text[:12] + "a" * 52, "ü" * 64):
        assert await office.admit(shown) is None, shown


async def test_a_rotated_token_counts_for_a_grace_and_the_new_one_at_once(store: Store) -> None:
    clock = ShiftedClock()
    office = integrations(store, clock)
    old = (await office.add("grafana", "ann")).text

    new = (await office.rotate("grafana", "ann")).text

    assert await office.admit(old)
    assert await office.admit(new)
    clock.advance(GRACE)
    assert await office.admit(old) is None
    assert await office.admit(new)


async def test_rotating_again_gives_what_ends_already_no_longer_life(store: Store) -> None:
    clock = ShiftedClock()
    office = integrations(store, clock)
    first = (await office.add("grafana", "ann")).text
    await office.rotate("grafana", "ann")
    clock.advance(GRACE - timedelta(minutes=1))

    await office.rotate("grafana", "ann")
    clock.advance(timedelta(minutes=1))

    assert await office.admit(first) is None


async def test_what_was_never_made_cannot_be_rotated(store: Store) -> None:
    with pytest.raises(Refused, match="no token"):
        await integrations(store).rotate("grafana", "ann")


async def test_nobody_gets_a_token_for_what_does_not_exist(store: Store) -> None:
    with pytest.raises(Refused, match="no integration `nagios`"):
        await integrations(store).add("nagios", "ann")


async def test_revoked_tokens_count_no_more_also_for_other_processes_within_seconds(store: Store) -> None:
    clock = ShiftedClock()
    office, other = integrations(store, clock), integrations(store, clock)
    texts = [(await office.add("grafana", "ann")).text, (await office.add("grafana", "bob")).text]
    kept = (await office.add("github", "ann")).text
    assert all([await other.admit(text) for text in texts])

    assert await office.revoke("grafana") == 2
    clock.advance(timedelta(seconds=FRESH))

    assert [await other.admit(text) for text in texts] == [None, None]
    assert await other.admit(kept)


async def test_it_is_known_when_a_token_was_used(store: Store) -> None:
    office = integrations(store)
    text = (await office.add("grafana", "ann")).text
    await office.admit(text)

    await office.note_use()

    assert (await office.tokens())[0].used_at is not None


@pytest.mark.row("F84")
async def test_what_could_not_be_read_is_kept_once_and_counted(store: Store) -> None:
    clock = ShiftedClock()
    office = integrations(store, clock)
    puzzle = Puzzle(place="alerts[3]", why="no \x00 title", body=b'{"a": "\x00\xff"}')

    await office.note_unread("grafana", [puzzle, puzzle])
    clock.advance(timedelta(minutes=5))
    await office.note_unread("grafana", [puzzle])
    await office.note_unread("github", [puzzle])

    counted = await store.read(lambda tx: {each.integration: each for each in tx.unread()})
    assert {name: each.count for name, each in counted.items()} == {"grafana": 3, "github": 1}
    assert counted["grafana"].last_at - counted["grafana"].first_at >= timedelta(minutes=5)
    assert (counted["grafana"].place, counted["grafana"].reason) == ("alerts[3]", "no \ufffd title")
    since = clock.now() - timedelta(minutes=1)
    assert await store.read(lambda tx: tx.unread_since(since)) == {"grafana": 1, "github": 1}


@pytest.mark.row("A28", "A53")
async def test_an_integration_that_sends_nothing_else_fills_no_disk(store: Store) -> None:
    office = integrations(store)
    puzzles = [
        Puzzle(place="", why="no JSON", body=str(number).encode() * LONGEST_BODY)
        for number in range(MOST_UNREAD + 50)
    ]

    await office.note_unread("grafana", puzzles[:3])
    await office.note_unread("grafana", puzzles[3:])

    kept = await store.read(lambda tx: tx.unread(1_000))
    assert len(kept) == MOST_UNREAD
    assert sum(each.count for each in kept) == len(puzzles)
    assert all(len(each.body) <= LONGEST_BODY for each in kept)


async def test_what_was_looked_at_is_forgotten(store: Store) -> None:
    clock = ShiftedClock()
    office = integrations(store, clock)
    await office.note_unread("grafana", [Puzzle(place="", why="w", body=b"1")])
    await office.note_unread("grafana", [Puzzle(place="", why="w", body=b"2")])
    first = (await store.read(lambda tx: tx.unread()))[0].id

    assert await store.write(lambda tx: tx.drop_unread([first])) == 1
    clock.advance(timedelta(days=31))
    assert await store.write(lambda tx: tx.sweep(clock.now())) == 1
    assert await store.read(lambda tx: tx.unread()) == []
