"""Calendars for people: a picture in Slack, addresses to subscribe to, announcements, groups, a feed."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import aiohttp
import icalendar
import pytest

from bot.sandbox.slack.workspace import Message
from tests.harness import CONFIGURATION, BotHarness, running

TURNS = CONFIGURATION.replace(
    "    layers: [{people: [ann], start: 2026-01-05, handoff: 09:00, shift: 7d}]",
    "    name: Payments primary\n"
    '    channel: "#payments"\n'
    "    group: S0ONCALL001\n"
    '    layers: [{people: [ann, bob], start: 2026-01-05, handoff: "09:00", shift: 1d}]',
)


@pytest.fixture
async def company(tmp_path: Path) -> AsyncIterator[BotHarness]:
    async with running(
        tmp_path,
        configuration=TURNS,
        alter=lambda settings: settings.model_copy(update={"public_url": "https://tocsin.example.com"}),
    ) as harness:
        yield harness
        harness.silence()


def pictures(bot: BotHarness, channel: str) -> list[Message]:
    return [message for message in bot.slack.messages(channel) if message.body.get("files")]


async def test_a_schedule_is_shown_in_words_and_as_a_picture(company: BotHarness) -> None:
    words = await company.slash("show primary 1w", command="/oncall", channel="#general")

    assert "Payments primary" in words
    assert "Ann Lee" in words
    await company.slack.until(lambda: pictures(company, "#general"), seconds=100)
    file = pictures(company, "#general")[0].body["files"][0]
    assert file["name"] == "payments-primary.png"
    assert "Ann Lee" in file["alt_txt"]
    upload = next(iter(company.slack.world.uploads.values()))
    assert (upload.content or b"").startswith(b"\x89PNG")


async def test_a_picture_that_slack_refuses_leaves_the_words(company: BotHarness) -> None:
    company.slack.world.app.scopes = company.slack.world.app.scopes - {"files:write"}
    ann = company.slack.person("ann")
    before = len(ann.ephemerals())

    words = await company.slash("show primary", command="/oncall", channel="#general")
    await company.slack.until(lambda: len(ann.ephemerals()) > before + 1, seconds=100)

    assert "Ann Lee" in words
    assert "files:write" in ann.ephemerals()[-1].words
    assert pictures(company, "#general") == []


async def test_an_address_shows_the_calendar_until_it_is_revoked(company: BotHarness) -> None:
    words = await company.slash("calendar primary", command="/oncall")
    path = words.split("https://tocsin.example.com", 1)[1].split("```")[0].strip()
    page = words.split("https://tocsin.example.com", 2)[2].split("```")[0].strip()
    url = company.bot.http.url

    async with aiohttp.ClientSession() as session:
        async with session.get(url + path) as answer:
            assert answer.status == 200
            assert answer.content_type == "text/calendar"
            tag, text = answer.headers["ETag"], await answer.text()
        async with session.get(url + path, headers={"If-None-Match": tag}) as answer:
            assert answer.status == 304
        async with session.get(url + page) as answer:
            assert answer.status == 200
            assert "script" not in answer.headers["Content-Security-Policy"]
            shown = await answer.text()
        async with session.get(url + path.replace("/calendars/", "/calendars/0")) as answer:
            assert answer.status == 404
        gone = await company.slash("calendar revoke primary", command="/oncall")
        async with session.get(url + path) as answer:
            assert answer.status == 404

    events = icalendar.Calendar.from_ical(text).walk("VEVENT")
    assert len(events) > 80
    assert {str(event["SUMMARY"]) for event in events} == {
        "Ann Lee: on call for Payments primary",
        "Bob Ray: on call for Payments primary",
    }
    assert "U0ANNLEE001" not in text
    assert "example.com" not in text
    assert "data:image/png;base64," in shown
    assert "Ann Lee" in shown
    assert "1 address" in gone


async def test_ones_own_shifts_have_an_address_of_their_own(company: BotHarness) -> None:
    words = await company.slash("calendar me", command="/oncall", by="bob")
    path = words.split("https://tocsin.example.com", 1)[1].split("```")[0].strip()

    async with aiohttp.ClientSession() as session, session.get(company.bot.http.url + path) as answer:
        text = await answer.text()

    assert "Bob Ray" in text
    assert "Ann Lee" not in text


async def test_without_a_public_address_the_command_explains(bot: BotHarness) -> None:
    words = await bot.slash("calendar primary", command="/oncall")

    assert "TOCSIN_PUBLIC_URL" in words


async def test_guests_get_no_address(company: BotHarness) -> None:
    assert "Only members" in await company.slash("calendar primary", command="/oncall", by="dan")


async def test_a_hand_off_is_told_to_the_channel_and_to_both(company: BotHarness) -> None:
    announcer = company.bot.keepers.announcer
    await announcer.look()
    for _ in range(27):
        await company.fast_forward(hours=1)
        await announcer.look()
    await company.quiet()

    told = [message.words for message in company.slack.messages("#payments") if message.app_id]
    people = {name: [message.words for message in company.unread(name)] for name in ("ann", "bob")}
    for name in people:
        company.read |= {(message.channel, message.ts) for message in company.unread(name)}
    assert len([words for words in told if "on call for Payments primary until" in words]) in (1, 2)
    assert any("Your shift of Payments primary is over" in words for name in people for words in people[name])
    assert any("from now on" in words for name in people for words in people[name])
    assert any("in 1 h" in words for name in people for words in people[name])


async def test_a_group_follows_its_schedule(company: BotHarness) -> None:
    followers = company.bot.keepers.followers
    assert followers is not None
    group = company.slack.world.groups
    await followers.look()
    first = group["S0ONCALL001"].users

    await company.fast_forward(days=1)
    await followers.look()

    assert {first, group["S0ONCALL001"].users} == {("U0ANNLEE001",), ("U0BOBRAY001",)}
    for name in ("ann", "bob"):
        company.read |= {(message.channel, message.ts) for message in company.unread(name)}


async def test_fairness_is_told(company: BotHarness) -> None:
    words = await company.slash("fairness primary 30d", command="/oncall")

    assert "in the last 30 days" in words
    assert "Ann Lee" in words
    assert "Bob Ray" in words


async def test_a_calendar_of_elsewhere_pages_whom_it_names(tmp_path: Path) -> None:
    (tmp_path / "shifts.ics").write_text(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\n"
        "DTSTART;VALUE=DATE:20260101\r\nRRULE:FREQ=DAILY\r\nSUMMARY:Cleo Diaz\r\nEND:VEVENT\r\n"
        "END:VCALENDAR\r\n"
    )
    elsewhere = CONFIGURATION.replace(
        "[{people: [ann], start: 2026-01-05, handoff: 09:00, shift: 7d}]", "[{ical: shifts.ics}]"
    )
    async with running(tmp_path, configuration=elsewhere) as bot:
        await bot.bot.keepers.feeds.keep_up()
        await bot.slash("declare Database is slow sev2")
        bot.page("cleo", "Database is slow")
        assert await bot.notes() == {}

        (tmp_path / "shifts.ics").unlink()
        bot.clock.advance(timedelta(minutes=6))
        await bot.bot.keepers.feeds.keep_up()
        assert "last good reading counts" in (await bot.notes())["calendar: shifts.ics"]
        bot.read |= {(each.channel, each.ts) for name in ("ann", "bob", "cleo") for each in bot.unread(name)}
