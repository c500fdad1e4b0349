"""Processes that are told to stop, frozen, hung, started twice, or started while the world is down."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import aiohttp
import pytest

from bot.sandbox.slack.faults import Fault, FaultKind
from tests.chaos.child import CLOCK, Child
from tests.chaos.night import Night, Nights, night

pytestmark = pytest.mark.chaos

SERVICES = 4


@pytest.mark.row("F12")
async def test_told_to_stop_under_load_it_ends_well_and_the_next_one_goes_on(nights: Nights) -> None:
    async def story(play: Night) -> None:
        first = await play.start()
        for number in range(12):
            play.alert(f"Load{number}", service=number % SERVICES)
        await play.until(lambda: len(play.pages()) >= 3, 10)
        first.signal(signal.SIGTERM)
        assert await first.ended(10) == 0, first.told()

        await play.start()

        await play.until(play.whole, 40)
        await play.calm(play.lease + 1)
        play.assert_once()

    await nights(story, services=SERVICES)


@pytest.mark.row("F13")
async def test_told_to_stop_while_slack_hangs_it_ends_in_time(nights: Nights) -> None:
    async def story(play: Night) -> None:
        first = await play.start()
        play.slack.faults.add(Fault(kind=FaultKind.HANG, method="chat.postMessage"))
        play.alert()
        await play.until(lambda: first.events("slack connection"), 10)
        await play.calm(1)
        first.signal(signal.SIGTERM)
        assert await first.ended(10) == 0, first.told()

        play.slack.faults.clear()
        await play.start()

        await play.until(play.whole, 40)
        play.assert_once()

    await nights(story, lease=15.0)


@pytest.mark.row("F14")
async def test_frozen_for_three_leases_it_does_not_send_what_it_held(nights: Nights) -> None:
    async def story(play: Night) -> None:
        first = await play.start("after_claim.page:stop")
        play.alert()
        await play.until(first.stopped, 10)
        if play.replicated:
            await play.start()
        await play.calm(3 * play.lease)
        assert len(play.pages()) == play.replicated

        first.signal(signal.SIGCONT)

        await play.until(lambda: first.events("stale_lease_dropped"), 15)
        await play.until(play.whole, 40)
        await play.calm(play.lease + 1)
        play.assert_once()

    await nights(story)


@pytest.mark.row("F16")
async def test_a_blocked_event_loop_is_ended_and_the_next_process_pages(tmp_path: Path) -> None:
    async with night(tmp_path, None) as play:
        first = await play.start("after_climb_commit:block")
        began = CLOCK.monotonic()
        play.alert()

        code = await first.ended(40)

        assert code == 70, first.told()
        assert CLOCK.monotonic() - began <= 35
        assert "in _strike" in first.told()
        await play.start()
        await play.until(play.whole, 40)
        play.assert_once()


@pytest.mark.row("F17")
async def test_a_tick_that_hangs_is_cut_off_and_the_clock_goes_on(tmp_path: Path) -> None:
    async with night(tmp_path, None) as play:
        first = await play.start("tick:hang@4")
        await play.until(lambda: first.events("step_failed"), 20)

        play.alert()

        await play.until(play.whole, 15)
        play.assert_once()
        assert "tocsin_tick_failures_total 1.0" in await page_of(first, "/metrics")


def _said_in_a_thread(play: Night, words: str) -> bool:
    return any(message.thread_ts and words in message.words for message in play.messages())


@pytest.mark.row("F18")
async def test_one_ladder_that_breaks_stops_no_other_and_is_tried_again(nights: Nights) -> None:
    async def story(play: Night) -> None:
        first = await play.start("climb:raise")
        for number in range(1, SERVICES):
            play.alert(f"Load{number}", service=number)

        await play.until(lambda: not play.lost() and len(play.cards()) == SERVICES - 1, 15)

        assert len(first.events("climb_failed")) == 1
        asked = [message.words for message in play.messages() if "can't be climbed" in message.words]
        assert asked
        await play.until(lambda: _said_in_a_thread(play, "climbing the ladder"), 20)
        await play.until(play.whole, 20)
        play.assert_once()

    await nights(story, services=SERVICES)


@pytest.mark.row("F19")
async def test_a_second_process_on_the_same_file_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    async with night(tmp_path, None) as play:
        first = await play.start()

        second = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "run"),
            env={**os.environ, **play.environment},
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(60):
            _, told = await second.communicate()

        assert second.returncode == 75, told
        assert f"pid {first.pid}" in " ".join(told.decode().split())
        play.alert()
        await play.until(play.whole, 15)
        play.assert_once()


async def test_slack_is_down_at_the_start_so_the_page_goes_by_mail(nights: Nights) -> None:
    async def story(play: Night) -> None:
        first = await play.start("after_climb_commit:kill")
        play.alert()
        assert await first.ended() == -signal.SIGKILL
        await play.slack.stop()

        second = play.spawn()
        await second.started()

        await play.until(lambda: play.mail.inbox, 25)
        await play.until(lambda: second.events("slack_unreachable"), 10)
        assert "Slack did not say who we are" in await page_of(second, "/readyz")
        await play.slack.start()
        await play.until(play.whole, 60)
        play.assert_once()

    await nights(story)


async def test_jira_is_down_at_the_start_and_no_page_waits_for_it(nights: Nights) -> None:
    async def story(play: Night) -> None:
        play.jira.refuse()
        await play.start()
        play.alert()
        await play.until(lambda: play.pages() and play.cards(), 5)
        await play.calm(4)
        assert play.tickets().total() == 0

        await play.jira.accept()

        await play.until(play.whole, 60)
        play.assert_once()

    await nights(story)


async def test_a_token_that_slack_refuses_is_told_by_name(tmp_path: Path) -> None:
    async with night(tmp_path, None) as play:
        child = play.spawn(TOCSIN_SLACK__BOT_TOKEN="xoxb-wrong")
        await child.started()

        await play.until(lambda: child.events("slack_unreachable"), 10)

        told = child.events("slack_unreachable")[0]
        assert told["reason"] == "invalid_auth"
        assert "TOCSIN_SLACK__BOT_TOKEN" in str(told["remedy"])
        assert "invalid_auth" in await page_of(child, "/readyz")
        assert "xoxb-wrong" not in child.log.read_text()


async def test_an_unknown_failpoint_keeps_it_from_starting(tmp_path: Path) -> None:
    async with night(tmp_path, None) as play:
        child = play.spawn("after_lunch:kill")

        assert await child.ended() == 2
        assert "TOCSIN_FAULTS" in child.told()


async def page_of(child: Child, path: str) -> str:
    """What the process's own web server says."""
    url = str(child.events("started")[0]["url"])
    async with aiohttp.ClientSession() as session, session.get(url + path) as answer:
        return await answer.text()
