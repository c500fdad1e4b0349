"""Somebody whose address is a placeholder is reached by nothing, and nothing says otherwise."""

import json

from tests.cli.program import Program

GHOST = """
people:
  ghost: {name: Ghost, email: ghost@fill-in.INVALID}
  ann: {name: Ann Lee, slack: U0ANNLEE001}
schedules:
  primary:
    zone: Europe/London
    layers: [{people: [ghost], start: 2026-01-05, handoff: "09:00", shift: 1d}]
ladders:
  all: {rungs: [{targets: [{schedule: primary}], wait: 5m}, {targets: [{person: ann}], wait: 5m}]}
services:
  shop: {channel: "#shop", ladder: all}
"""
MAIL = {"TOCSIN_SMTP__HOST": "mail.example.com", "TOCSIN_SMTP__SENDER": "tocsin@example.com"}


async def test_simulate_pages_the_next_one_and_says_whom_no_way_leads_to(tocsin: Program) -> None:
    tocsin.configure(GHOST)
    tocsin.settings.update(MAIL)

    told = await tocsin("simulate", "--service", "shop", "--at", "2026-12-07 12:00 UTC")

    assert "NOBODY ON CALL for schedule primary" in told.out
    assert "Ghost by email" not in told.out
    assert "No way of paging leads to Ghost: whoever can't be reached counts as nobody." in told.out
    assert "12:00  +0 min  round 1, rung 2: Ann Lee by slack" in told.out


async def test_their_shifts_are_holes(tocsin: Program) -> None:
    tocsin.configure(GHOST)
    tocsin.settings.update(MAIL)

    told = await tocsin("simulate", "--holes", "--json")

    assert told.code == 1, told.err
    assert "schedule primary" in json.dumps(json.loads(told.out))


async def test_check_still_notes_the_placeholder(tocsin: Program) -> None:
    tocsin.configure(GHOST)
    tocsin.settings.update(MAIL)

    told = await tocsin("check")

    assert told.code == 0, told.err
    assert "people.ghost.email is a placeholder: whatever pages ghost by e-mail reaches nobody." in told.out
