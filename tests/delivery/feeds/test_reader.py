"""Calendars of elsewhere: fetched from the web or a file, bounded in size, time and reach."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import web

from bot.confined import Limits
from bot.delivery.feeds.reader import LARGEST, FeedReader
from bot.delivery.open_web import OpenWeb
from bot.ports.feeds import Unreadable

SINCE, UNTIL = datetime(2026, 11, 20, tzinfo=UTC), datetime(2027, 2, 20, tzinfo=UTC)
EVENT = "BEGIN:VEVENT\nUID:1\nDTSTART:20261123T090000Z\nDURATION:PT8H\nSUMMARY:ann\n{rule}END:VEVENT"
SHELL = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n{events}\nEND:VCALENDAR\n"
CALENDAR = SHELL.format(events=EVENT.format(rule="")).replace("\n", "\r\n")
QUICK = Limits(seconds=20, memory=512 << 20)


class Elsewhere:
    """A web server whose answers a test can change."""

    def __init__(self) -> None:
        self.body = CALENDAR.encode()
        self.headers: dict[str, str] = {}
        self.status = 200
        self.asked: list[dict[str, str]] = []
        self.url = ""

    async def serve(self, request: web.Request) -> web.Response:
        self.asked.append(dict(request.headers))
        if self.headers.get("ETag") and request.headers.get("If-None-Match") == self.headers["ETag"]:
            return web.Response(status=304)
        return web.Response(status=self.status, body=self.body, headers=self.headers)


@pytest.fixture
async def elsewhere() -> AsyncIterator[Elsewhere]:
    there = Elsewhere()
    application = web.Application()
    application.router.add_get("/shifts.ics", there.serve)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    there.url = f"http://127.0.0.1:{runner.addresses[0][1]}/shifts.ics"
    yield there
    await runner.cleanup()


@pytest.fixture
def reader(tmp_path: Path) -> FeedReader:
    return FeedReader(OpenWeb(["127.0.0.1"]), tmp_path, QUICK)


async def test_a_calendar_of_the_web_is_read(elsewhere: Elsewhere, reader: FeedReader) -> None:
    fetched = await reader.read(elsewhere.url, "Europe/London", SINCE, UNTIL)

    assert fetched.entries is not None
    assert [entry.summary for entry in fetched.entries] == ["ann"]
    assert fetched.entries[0].since == datetime(2026, 11, 23, 9, tzinfo=UTC)


async def test_what_has_not_changed_is_not_taken_apart_again(
    elsewhere: Elsewhere, reader: FeedReader
) -> None:
    elsewhere.headers = {"ETag": '"7"'}
    first = await reader.read(elsewhere.url, "UTC", SINCE, UNTIL)

    again = await reader.read(elsewhere.url, "UTC", SINCE, UNTIL, first.version)

    assert again.entries is None
    assert again.version == first.version


async def test_a_file_beside_the_configuration_is_read(tmp_path: Path, reader: FeedReader) -> None:
    (tmp_path / "shifts.ics").write_text(CALENDAR)
    first = await reader.read("shifts.ics", "UTC", SINCE, UNTIL)
    again = await reader.read("shifts.ics", "UTC", SINCE, UNTIL, first.version)

    assert first.entries is not None
    assert again.entries is None
    with pytest.raises(Unreadable, match="No such file"):
        await reader.read("gone.ics", "UTC", SINCE, UNTIL)


@pytest.mark.row("A55")
@pytest.mark.parametrize(
    "rule",
    [
        "RRULE:FREQ=SECONDLY\n",
        "RRULE:FREQ=SECONDLY;COUNT=1000000\n",
        "RRULE:FREQ=MINUTELY;BYSECOND=0,1,2,3,4\n",
    ],
)
async def test_a_calendar_that_repeats_without_end_is_given_up(
    tmp_path: Path, elsewhere: Elsewhere, rule: str
) -> None:
    elsewhere.body = SHELL.format(events=EVENT.format(rule=rule)).replace("\n", "\r\n").encode()
    impatient = FeedReader(OpenWeb(["127.0.0.1"]), tmp_path, Limits(seconds=2, memory=512 << 20))

    with pytest.raises(Unreadable, match=r"took more than 2 s|too much memory or time"):
        await impatient.read(elsewhere.url, "UTC", SINCE, UNTIL)


@pytest.mark.row("A55")
async def test_a_calendar_that_is_too_large_is_not_read(elsewhere: Elsewhere, reader: FeedReader) -> None:
    elsewhere.body = b"x" * (LARGEST + 1)

    with pytest.raises(Unreadable, match="more than 5 MB"):
        await reader.read(elsewhere.url, "UTC", SINCE, UNTIL)


@pytest.mark.row("A46", "A55")
@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1/shifts.ics",
        "http://127.1/shifts.ics",
        "http://0x7f000001/shifts.ics",
        "http://2130706433/shifts.ics",
        "http://0/shifts.ics",
        "http://[::1]/shifts.ics",
        "http://[::ffff:127.0.0.1]/shifts.ics",
        "http://[64:ff9b::7f00:1]/shifts.ics",
        "http://169.254.169.254/shifts.ics",
        "http://100.64.0.1/shifts.ics",
        "http://localhost/shifts.ics",
        "file:///etc/passwd",
        "http://user@127.0.0.1/shifts.ics",
    ],
)
async def test_an_address_inside_the_network_is_refused(tmp_path: Path, address: str) -> None:
    guarded = FeedReader(OpenWeb(), tmp_path, QUICK)

    with pytest.raises(Unreadable, match="refused"):
        await guarded.read(address, "UTC", SINCE, UNTIL)


@pytest.mark.row("A46")
async def test_a_redirect_into_the_network_is_refused(elsewhere: Elsewhere, reader: FeedReader) -> None:
    elsewhere.status, elsewhere.headers = 302, {"Location": "http://[::1]:1/latest/meta-data"}

    with pytest.raises(Unreadable, match="inside the network"):
        await reader.read(elsewhere.url, "UTC", SINCE, UNTIL)


async def test_redirects_come_to_an_end(elsewhere: Elsewhere, reader: FeedReader) -> None:
    elsewhere.status, elsewhere.headers = 302, {"Location": "/shifts.ics"}

    with pytest.raises(Unreadable, match="more than 3 times"):
        await reader.read(elsewhere.url, "UTC", SINCE, UNTIL)
    assert len(elsewhere.asked) == 4


async def test_an_answer_that_is_no_calendar_tells_no_address(
    elsewhere: Elsewhere, reader: FeedReader
) -> None:
    elsewhere.status = 403

    with pytest.raises(Unreadable) as refused:
        await reader.read(f"{elsewhere.url}?token=secret", "UTC", SINCE, UNTIL)

    assert "403" in str(refused.value)
    assert "secret" not in str(refused.value)
