"""Who is on call, changed from Slack: taking, overriding, swapping, withdrawing, and who is told."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.e2e.oncall import on_call_now, oncall, paged_now, read, told, two_people
from tests.harness import BotHarness


@pytest.fixture
async def duty(tmp_path: Path) -> AsyncIterator[BotHarness]:
    """A bot with a schedule of two people and somebody who leads it."""
    async with two_people(tmp_path) as harness:
        yield harness


@pytest.mark.row("F31")
async def test_who_takes_a_shift_is_paged_until_the_instant_at_which_it_ends(duty: BotHarness) -> None:
    assert await paged_now(duty, "Before") == "ann"

    answer = await oncall(duty, "take primary for 2h", by="bob")

    taken_at = duty.clock.now()
    assert "Ann Lee → Bob Ray" in answer.replace("*", "")
    assert "Europe/London" in answer
    assert "Bob Ray changed who is on call for primary" in told(duty)[-1]
    assert "Bob Ray changed who is on call" in duty.page("ann", "changed who is on call").words
    assert await paged_now(duty, "Meanwhile") == "bob"
    duty.clock.advance(taken_at + timedelta(hours=1, minutes=59) - duty.clock.now())
    assert await paged_now(duty, "Just before its end") == "bob"
    duty.clock.advance(timedelta(minutes=2))
    assert await paged_now(duty, "After it") == "ann"


@pytest.mark.row("F31")
async def test_an_override_that_ends_at_the_instant_of_a_page_is_over(duty: BotHarness) -> None:
    await oncall(duty, "take primary for 5m", by="bob")
    duty.page("ann", "changed who is on call")
    await duty.slash("declare Second look sev2", by="cleo")
    page = duty.page("bob", "Second look")
    (override,) = (await duty.bot.desk.duty.decided()).overrides

    roster = await duty.bot.desk.duty.roster()
    before = roster.on_call(override.schedule, override.until - timedelta(microseconds=1))
    after = roster.on_call(override.schedule, override.until)

    assert ([each.person for each in before], [each.person for each in after]) == (["bob"], ["ann"])
    await duty.click(page, "Acknowledge", by="bob")


async def test_without_a_time_the_present_shift_is_taken_and_me_tells_of_it(duty: BotHarness) -> None:
    await oncall(duty, "cover", by="bob")
    duty.page("ann", "changed who is on call")

    mine, who = await oncall(duty, "me", by="bob"), await oncall(duty, by="cleo")

    assert "primary" in mine
    assert "now" in mine
    assert "slack" in mine
    assert "Bob Ray" in who


async def test_whoever_is_on_call_already_takes_nothing_but_may_prolong_it(duty: BotHarness) -> None:
    for typed in ("take primary for 2h", "take primary"):
        answer = await oncall(duty, typed, by="ann")
        assert "Ann Lee is on call for primary during the whole of that time already" in answer
        assert "nothing was changed" in answer
    assert (await duty.bot.desk.duty.decided()).overrides == ()
    assert told(duty) == []

    assert "Bob Ray → Ann Lee" in (await oncall(duty, "take primary for 30h", by="ann")).replace("*", "")
    assert len((await duty.bot.desk.duty.decided()).overrides) == 1
    duty.page("bob", "changed who is on call")


async def test_me_tells_the_end_of_a_shift_and_not_how_far_it_looks(duty: BotHarness) -> None:
    begin = duty.clock.now() + timedelta(days=6)
    until = begin + timedelta(days=9)
    await oncall(duty, f"take primary {begin:%Y-%m-%d %H:%M} to {until:%Y-%m-%d %H:%M}", by="bob")
    (override,) = (await duty.bot.desk.duty.decided()).overrides

    shown = await oncall(duty, "me", by="bob")

    assert f"{override.until:%Y-%m-%d %H:%M} UTC" in shown
    duty.page("ann", "changed who is on call")


async def test_a_lead_gives_a_shift_to_somebody_and_both_sides_are_told(duty: BotHarness) -> None:
    answer = await oncall(duty, "override primary @bob for 2h dentist", by="cleo")

    assert "Both sides and the schedule's channel are told" in answer
    assert "dentist" in told(duty)[-1]
    for person in ("ann", "bob"):
        assert "Ann Lee → Bob Ray" in duty.page(person, "changed who is on call").words.replace("*", "")


async def test_times_are_the_callers_and_are_echoed_in_the_schedules_zone(duty: BotHarness) -> None:
    await oncall(duty, "override add primary @cleo 2027-01-15 12:00 to 2027-01-15 14:00", by="cleo")

    (override,) = (await duty.bot.desk.duty.decided()).overrides
    shown = duty.slack.person("cleo").ephemerals()[-1].words

    assert f"{override.since:%Y-%m-%d %H:%M}" == "2027-01-15 03:00"  # Cleo reads clocks in Tokyo
    assert "Fri 15 Jan 03:00 to Fri 15 Jan 05:00 Europe/London" in shown


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("override primary @bob 2020-01-01 09:00 to 2020-01-01 10:00", "That time has passed"),
        ("override primary @bob 2027-01-01 09:00 to 2029-01-01 10:00", "ends within a year"),
        ("override primary @bob tomorrow 09:00", "I don't understand the time"),
        ("override primary @bob 2027-01-02 09:00 to 2027-01-01 09:00", "end before it begins"),
        ("override nights @bob for 2h", "There is no schedule “nights”"),
        ("override primary @dan for 2h", "Only people who are listed"),
        ("override remove primary @ann for 2h", "NOBODY ON CALL for primary"),
        ("cancel #abcdef", "No override ends with"),
    ],
)
async def test_what_cannot_be_is_refused_with_a_clear_sentence(
    duty: BotHarness, typed: str, why: str
) -> None:
    answer = await oncall(duty, typed, by="cleo")

    assert why in answer
    assert typed.partition("@")[0] in answer, "what was typed is given back"
    assert (await duty.bot.desk.duty.decided()).overrides == ()
    assert told(duty) == []


@pytest.mark.row("A29")
async def test_leaving_nobody_on_call_must_be_meant_and_is_told_loudly(duty: BotHarness) -> None:
    refused = await oncall(duty, "override remove primary @ann for 2h", by="cleo")

    meant = await oncall(duty, "override remove primary @ann for 2h leaving nobody", by="cleo")

    assert "leaving nobody" in refused
    assert "NOBODY IS ON CALL for primary" in meant
    assert "NOBODY IS ON CALL for primary" in told(duty)[-1]
    assert "NOBODY" in duty.page("ann", "changed who is on call").words
    assert "NOBODY ON CALL" in await oncall(duty)
    assert "NOBODY ON CALL for primary" in (await oncall(duty, "me")).replace("*", "")
    rows = await duty.bot.store.read(lambda tx: tx.journal())
    assert [row.change.by.slack_user for row in rows] == ["U0CLEODIAZ1"]
    assert rows[0].change.gaps


@pytest.mark.row("F29")
async def test_who_takes_a_turn_that_nobody_had_is_paged_for_what_runs_already(duty: BotHarness) -> None:
    await oncall(duty, "override remove primary @ann for 2h leaving nobody", by="cleo")
    read(duty, "ann")
    await duty.slash("declare Queue grows sev2", by="cleo")
    duty.page("bob", "Queue grows")
    assert not any("Queue grows" in each.words for each in duty.unread("ann"))

    await oncall(duty, "take primary for 1h", by="ann")
    await duty.bot.hand_overs.look()
    await duty.quiet()

    page = duty.page("ann", "PAGE")
    assert "nobody was there before" in page.words
    why = await duty.slash("why INC-1", by="ann")
    assert "NOBODY ON CALL for schedule primary" in why
    assert "Rung 1, round 1: paging Ann Lee now; nobody was there before" in why
    await duty.click(page, "Acknowledge", by="ann")


async def test_the_last_override_wins_and_the_list_shows_both(duty: BotHarness) -> None:
    await oncall(duty, "take primary for 4h", by="bob")
    await oncall(duty, "override primary @ann for 1h", by="cleo")
    listed = await oncall(duty, "list")

    assert [each.person for each in await on_call_now(duty)] == ["ann"]
    assert "a later one overlaps" in listed
    assert "Bob Ray is on call" in listed
    duty.clock.advance(timedelta(hours=2))
    assert [each.person for each in await on_call_now(duty)] == ["bob"]
    for person in ("ann", "bob"):
        read(duty, person)


async def test_an_override_is_withdrawn_by_its_button_or_its_mark(duty: BotHarness) -> None:
    await oncall(duty, "take primary for 4h", by="bob")
    listed = await duty.slack.person("bob").slash("/oncall", "list")
    assert listed.reply
    await duty.whispered(listed.reply, "Cancel", by="bob")
    assert [each.person for each in await on_call_now(duty)] == ["ann"]

    again = await duty.whispered(listed.reply, "Cancel", by="bob")
    await oncall(duty, "take primary for 4h", by="bob")
    (override,) = (await duty.bot.desk.duty.decided()).overrides
    by_mark = await oncall(duty, f"cancel #{override.id[-6:]}", by="bob")

    assert "was withdrawn before" in again
    assert "Bob Ray withdrew an override" in by_mark
    assert [each.person for each in await on_call_now(duty)] == ["ann"]
    read(duty, "ann")


async def test_the_override_form_does_what_the_command_does(duty: BotHarness) -> None:
    await duty.slack.person("cleo").slash("/oncall", "override primary @bob")
    now = int(duty.clock.now().timestamp())
    wrong = await duty.submit(by="cleo", since=now + 7200, until=now + 3600)
    done = await duty.submit(by="cleo", since=now, until=now + 3600, why="Flight")

    assert "end before it begins" in str(wrong.errors)
    assert not done.errors
    assert done.view is None
    assert [each.person for each in await on_call_now(duty)] == ["bob"]
    assert "Flight" in told(duty)[-1]
    for person in ("ann", "bob", "cleo"):
        read(duty, person)


async def test_a_form_for_a_month_or_longer_asks_whether_so_long_is_meant(duty: BotHarness) -> None:
    await duty.slack.person("cleo").slash("/oncall", "override primary @bob")
    now = int(duty.clock.now().timestamp())
    refused = await duty.submit(by="cleo", since=now, until=now + 31 * 86400 + 60)
    assert [each.person for each in await on_call_now(duty)] == ["ann"]
    done = await duty.submit(by="cleo", long=["yes"])

    assert "That would be 31 days" in str(refused.errors)
    assert not done.errors
    assert [each.person for each in await on_call_now(duty)] == ["bob"]
    for person in ("ann", "bob", "cleo"):
        read(duty, person)


async def test_a_form_that_would_leave_nobody_asks_for_the_box(duty: BotHarness) -> None:
    await duty.slack.person("cleo").slash("/oncall", "override remove primary @ann")
    now = int(duty.clock.now().timestamp())
    refused = await duty.submit(by="cleo", since=now, until=now + 3600)
    done = await duty.submit(by="cleo", nobody=["yes"])

    assert "NOBODY ON CALL" in str(refused.errors)
    assert not done.errors
    assert await on_call_now(duty) == ()
    for person in ("ann", "cleo"):
        read(duty, person)


async def test_a_test_pages_oneself_by_each_method_and_reports_what_arrived(duty: BotHarness) -> None:
    answer = await oncall(duty, "test", by="ann")

    page = duty.page("ann", "PAGE")
    assert "slack, email" in answer
    assert "TEST: nothing is wrong" in page.words
    assert "TEST" in duty.mailed("ann@example.com")
    await duty.click(page, "Acknowledge", by="ann")
    await duty.fast_forward(minutes=1)
    report = duty.page("ann", "Your test page went out by every method").words
    assert "slack: taken by the provider" in report
    assert "email: taken by the provider" in report
    assert "You acknowledged it" in report
    assert duty.cards() == []
    assert duty.jira.issues("OPS") == []
    assert "No open incidents" in await duty.slash("list")
    await duty.fast_forward(hours=2)


async def test_a_test_says_which_method_does_not_work(duty: BotHarness) -> None:
    duty.mail.refuse = "550 5.1.1 no such mailbox"
    await oncall(duty, "test", by="ann")
    duty.page("ann", "PAGE")
    await duty.fast_forward(minutes=1)

    report = duty.page("ann", "Your test page did NOT go out by every method").words
    assert "email: REFUSED" in report
    assert "did you get it?" in report
    await duty.forget_dead_letters()


async def test_paging_a_schedule_opens_an_incident_for_whoever_is_on_call(duty: BotHarness) -> None:
    answer = await oncall(duty, "page primary The queue is stuck", by="cleo")

    assert "Paging Ann Lee for INC-1" in answer
    assert "The queue is stuck" in duty.page("ann", "The queue is stuck").words
    assert "The queue is stuck" in duty.card().words
    await duty.click(duty.card(), "Acknowledge", by="ann")


async def test_paging_a_person_for_an_incident_that_exists_opens_no_other(duty: BotHarness) -> None:
    await oncall(duty, "page @bob Please look", by="cleo")
    duty.page("bob", "Please look")

    answer = await oncall(duty, "page INC-1 @ann and you too", by="cleo")

    assert "Paging Ann Lee for INC-1" in answer
    duty.page("ann", "and you too")
    assert "1 open incident" in await duty.slash("list")
    await duty.slash("resolve done", by="cleo")


async def test_the_home_tab_shows_ones_shifts_and_opens_the_form(duty: BotHarness) -> None:
    bob = duty.slack.person("bob")
    bob.open_home()
    await duty.quiet()
    assert bob.home is not None
    before = str(bob.home.body)

    await duty.click(bob.home, "Override", by="bob")
    now = int(duty.clock.now().timestamp())
    done = await duty.submit(by="bob", person="@bob", since=now, until=now + 3600)
    await duty.fast_forward(seconds=2)

    assert "Your next shift of *primary*" in before
    assert not done.errors
    assert "You are on call for *primary*" in str(bob.home.body)
    assert "Bob Ray" in str(bob.home.body)
    await duty.click(bob.home, "Send test page", by="bob")
    assert "TEST" in duty.page("bob", "PAGE").words
    for person in ("ann", "bob"):
        read(duty, person)
    duty.mailed("bob@example.com")
    await duty.fast_forward(minutes=1)
    read(duty, "bob")
