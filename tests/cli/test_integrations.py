"""`tocsin integration` and `tocsin unread`: tokens are made, listed and revoked; what was unread is seen."""

import asyncio

import pytest

from bot.clock import SystemClock
from bot.integrations import Integrations, Puzzle
from bot.store import open_store
from tests.cli.program import CONFIGURATION as CONFIGURED
from tests.cli.program import Program
from tests.store.test_duty import CONFIGURATION

PLACE = "[bold]alerts[0].annotations.summary"
WHY = "a text is expected here, and an object was sent; this looks like `zabbix`'s, so look again"


@pytest.fixture(params=["sqlite", "postgres"])
async def program(request: pytest.FixtureRequest, tocsin: Program) -> Program:
    """The program beside a database in which something lies that could not be read."""
    url = f"sqlite:///{tocsin.folder / 'data' / 'tocsin.db'}"
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_url")
        tocsin.settings["TOCSIN_DATABASE_URL"] = url
    (tocsin.folder / "tocsin.yaml").write_text(CONFIGURED)
    store = open_store(url, auto_migrate=True)
    await store.start()
    office = Integrations(store, SystemClock(), lambda: CONFIGURATION, {"grafana"})
    await office.note_unread("grafana", [Puzzle(place=PLACE, why=WHY, body=b"{}")])
    await store.stop()
    return tocsin


@pytest.mark.row("A09")
async def test_a_token_is_printed_once_and_never_listed(program: Program) -> None:
    added = await program("integration", "add", "grafana", "--json")
    assert added.code == 0, added.err
    made = added.document
    token = made["token"]  # type: ignore[call-overload]  # an object, not a list
    rotated = await program("integration", "rotate", "grafana", "--grace", "1h")
    listed, machines = await asyncio.gather(
        program("integration", "list"), program("integration", "list", "--json")
    )

    assert rotated.code == 0
    assert len(token) == 64
    assert len(machines.document) == 2
    assert [bool(each["expires_at"]) for each in machines.document] == [False, True]
    assert listed.out.split("\n")[0].strip() == "2 tokens"
    assert token not in listed.out + machines.out
    assert "hash" not in machines.out

    revoked = await program("integration", "revoke", "grafana")

    assert "2 revoked" in revoked.out
    assert (await program("integration", "list", "--json")).document == []


async def test_what_does_not_exist_gets_no_token(program: Program) -> None:
    unknown = await program("integration", "add", "nagios3")
    untouched = await program("integration", "revoke", "grafana")
    grace = await program("integration", "rotate", "grafana", "--grace", "soon")

    assert (unknown.code, untouched.code, grace.code) == (1, 1, 2)
    assert "no integration `nagios3`" in unknown.err


async def test_several_integrations_get_their_tokens_at_once_also_when_one_of_them_is_unknown(
    program: Program,
) -> None:
    both = await program("integration", "add", "grafana", "zabbix", "grafana", "--json")
    some = await program("integration", "add", "grafana", "nagios3")

    assert isinstance(both.document, list)
    assert [each["integration"] for each in both.document] == ["grafana", "zabbix"]
    assert "The token of grafana" in some.out
    assert (some.code, "no integration `nagios3`" in some.err) == (1, True)
    assert len((await program("integration", "list", "--json")).document) == 3


async def test_what_could_not_be_read_is_listed_and_forgotten(program: Program) -> None:
    people, machines = await asyncio.gather(program("unread"), program("unread", "--json"))
    (thing,) = machines.document

    dropped = await program("unread", "drop", str(thing["id"]))
    again = await program("unread", "drop", str(thing["id"]))

    assert "1 could not be read" in people.out
    assert f"    {PLACE}: {WHY}\n" in people.out, "nothing is wrapped, as narrow as a pipe may be"
    assert (thing["integration"], thing["place"], thing["body"]) == ("grafana", PLACE, "{}")
    assert (dropped.code, again.code) == (0, 1)
    assert (await program("unread", "--json")).document == []
