"""`tocsin dead-letters`: what was given up is listed, tried again, and forgotten."""

import asyncio

import pytest

from bot.domain.effects import Lane
from bot.store import open_store
from tests.cli.program import Program
from tests.examples import NOW
from tests.store.stories import claim, paged


@pytest.fixture(params=["sqlite", "postgres"])
async def program(request: pytest.FixtureRequest, tocsin: Program) -> Program:
    """The program beside a database with one page that was given up."""
    url = f"sqlite:///{tocsin.folder / 'data' / 'tocsin.db'}"
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_url")
        tocsin.settings["TOCSIN_DATABASE_URL"] = url
    store = open_store(url, auto_migrate=True)
    await store.start()
    await paged(store)
    (page,) = await claim(store, Lane.PAGE)
    await store.write(lambda tx: tx.record_rejected(page, "[bold]user_not_found", NOW))
    await store.stop()
    return tocsin


async def test_they_are_listed_for_people_and_for_machines(program: Program) -> None:
    people, machines, explicit = await asyncio.gather(
        program("dead-letters"), program("dead-letters", "--json"), program("dead-letters", "list", "--json")
    )

    (letter,) = machines.document
    assert (people.code, machines.code, explicit.code) == (0, 0, 0)
    assert explicit.document == machines.document
    assert (letter["incident"], letter["kind"], letter["attempts"]) == ("INC-1", "page_person", 1)
    assert letter["reason"] == "[bold]user_not_found"
    assert str(letter["id"]) in people.out
    assert "1 given up" in people.out


async def test_one_is_tried_again_by_its_id_and_all_are_dropped(program: Program) -> None:
    (letter,) = (await program("dead-letters", "--json")).document

    unknown = await program("dead-letters", "retry", "nonsense")
    known = await program("dead-letters", "retry", str(letter["id"]))
    dropped = await program("dead-letters", "drop")
    left = await program("dead-letters", "--json")

    assert (unknown.code, known.code, dropped.code) == (1, 0, 0)
    assert "not among the dead letters" in unknown.err
    assert "1 will be tried again" in known.out
    assert "0 dropped" in dropped.out
    assert left.document == []
