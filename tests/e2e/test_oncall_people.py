"""Swaps of shifts, and who may change who is on call."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.sandbox.slack.seed import add_person
from bot.sandbox.slack.workspace import Message, UserKind
from tests.e2e.oncall import (
    configuration,
    general,
    offer,
    oncall,
    read,
    told,
    turns,
    two_people,
)
from tests.harness import BotHarness


@pytest.fixture
async def duty(tmp_path: Path) -> AsyncIterator[BotHarness]:
    """A bot with a schedule of two people and somebody who leads it."""
    async with two_people(tmp_path) as harness:
        yield harness


async def test_a_swap_counts_when_the_other_side_agrees(duty: BotHarness) -> None:
    question = await offer(duty)
    before = await turns(duty)

    await duty.click(question, "Agree", by="bob")

    assert await turns(duty) == [before[0], "ann", "bob", before[3]]
    assert "were swapped" in told(duty)[-1]
    assert "were swapped" in duty.page("ann", "swapped").words
    overrides = (await duty.bot.desk.duty.decided()).overrides
    assert [(each.person, each.instead_of) for each in overrides] == [("bob", "ann"), ("ann", "bob")]
    read(duty, "bob")


async def test_a_swap_that_is_declined_changes_nothing_and_can_be_answered_once(duty: BotHarness) -> None:
    question = await offer(duty)
    before = await turns(duty)
    elsewhere = replace(question)

    await duty.click(question, "Decline", by="bob")

    assert await turns(duty) == before
    assert "declined to swap" in duty.page("ann", "declined").words
    assert told(duty) == []
    shown = next(each for each in duty.slack.dms("bob") if each.ts == elsewhere.ts)
    assert "declined" in shown.words


def now_shown(duty: BotHarness, question: Message) -> Message:
    return next(each for each in duty.slack.dms("bob") if each.ts == question.ts)


async def test_an_offer_that_nobody_answers_loses_its_buttons_when_it_expires(duty: BotHarness) -> None:
    question = await offer(duty)
    await duty.fast_forward(days=4)
    before = await turns(duty)

    shown = now_shown(duty, question)

    assert "Agree" in question.words
    assert "expired" in shown.words
    assert "Agree" not in shown.words
    await duty.click(duty.slack.world.keep(question), "Agree", by="bob")
    assert "has expired" in now_shown(duty, question).words, "also to who sees the old one"
    assert await turns(duty) == before


async def test_an_offer_that_was_answered_stays_as_its_answer_left_it(duty: BotHarness) -> None:
    question = await offer(duty)
    await duty.click(question, "Decline", by="bob")
    answered = now_shown(duty, question).words

    await duty.fast_forward(days=4)

    assert now_shown(duty, question).words == answered
    read(duty, "ann")


async def test_a_swap_of_a_shift_that_was_given_away_meanwhile_is_refused(duty: BotHarness) -> None:
    question = await offer(duty)
    listed = await oncall(duty, "list")
    await oncall(duty, "override primary @cleo for 7d", by="cleo")
    before = await turns(duty)

    after = await oncall(duty, "list")
    await duty.click(question, "Agree", by="bob")

    assert "offers bob" in listed.lower()
    assert "offers bob" not in after.lower()
    shown = now_shown(duty, question)
    assert "is not on call for primary during the whole of that time" in shown.words
    assert "Agree" not in shown.words
    assert await turns(duty) == before
    read(duty, "bob")
    read(duty, "ann")


@pytest.mark.row("A21")
async def test_nobody_else_can_answer_an_offer(duty: BotHarness) -> None:
    question = await offer(duty)
    body = {**question.body, "channel": "C0GENERAL01"}
    copy: Message = duty.slack.world.keep(replace(question, channel=general(duty), body=body))

    answer = await duty.whispered(copy, "Agree", by="cleo")

    assert "made to somebody else" in answer
    assert (await duty.bot.desk.duty.decided()).overrides == ()


@pytest.mark.parametrize(
    ("typed", "by", "why"),
    [
        ("override primary @bob", "ann", "to give them to others is for its leads"),
        ("override remove primary @bob", "ann", "without another one is for its leads"),
        ("override", "eva", "not of the people of primary"),
        ("override", "dan", "can't change who is on call"),
    ],
)
async def test_a_form_is_not_opened_for_what_somebody_may_not_do(
    duty: BotHarness, typed: str, by: str, why: str
) -> None:
    add_person(duty.slack.world, "eva", "Eva Fox")
    for who in ("eva", "dan"):
        duty.slack.person(who).join("#general")

    answer = await oncall(duty, typed, by=by)

    assert why in answer
    assert duty.slack.person(by).modal is None


@pytest.mark.parametrize(
    ("typed", "by"), [("override", "ann"), ("override primary me", "bob"), ("override primary @bob", "cleo")]
)
async def test_a_form_is_opened_for_what_somebody_may_do(duty: BotHarness, typed: str, by: str) -> None:
    await duty.slack.person(by).slash("/oncall", typed)

    assert duty.slack.person(by).modal is not None


@pytest.mark.row("A23", "A31")
async def test_an_open_form_of_somebody_who_left_or_lost_the_role_does_nothing(duty: BotHarness) -> None:
    await duty.slack.person("cleo").slash("/oncall", "override primary @bob")
    now = int(duty.clock.now().timestamp())
    users = duty.slack.world.users
    users["U0CLEODIAZ1"] = replace(users["U0CLEODIAZ1"], kind=UserKind.GUEST)
    await duty.fast_forward(minutes=10)
    left = await duty.submit(by="cleo", since=now, until=now + 3600)
    users["U0CLEODIAZ1"] = replace(users["U0CLEODIAZ1"], kind=UserKind.MEMBER)
    await duty.fast_forward(minutes=10)
    duty.settings.config.write_text(configuration().replace("leads: [cleo]", "leads: []"), encoding="utf-8")
    duty.bot.reload()

    unlisted = await duty.submit(by="cleo", since=now, until=now + 3600)

    assert "can't change who is on call" in str(left.errors)
    assert "is for its leads and admins" in str(unlisted.errors)
    assert (await duty.bot.desk.duty.decided()).overrides == ()


@pytest.mark.row("A22")
async def test_a_name_gives_nobody_a_right(duty: BotHarness) -> None:
    add_person(duty.slack.world, "eva", "Cleo Diaz")
    duty.slack.person("eva").join("#general")

    answer = await oncall(duty, "override primary @bob for 2h", by="eva")

    assert "is for its leads (Cleo Diaz) and admins" in answer
    assert (await duty.bot.desk.duty.decided()).overrides == ()
