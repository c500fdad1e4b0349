"""E-mail that tells of alerts, by real SMTP: an address per integration, and no letter that is lost."""

import asyncio
import json
from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib
import pytest

from bot.settings import MailSettings, Settings
from handlers.ingress.spoken_smtp import ENDLESS, LARGEST
from tests.harness import CONFIGURATION, BotHarness, running

DOMAIN = "alerts.example.com"
MAPPED = """
integrations:
  house:
    mapping:
      title: "{subject}"
      key: [subject]
      state: {from: headers.x-state, firing: [bad], cleared: [good]}
  backups:
    mail:
      rules:
        - {from: 'newsletter@', state: ignore}
        - subject: '^Backup of (?P<host>\\S+) failed'
          body: 'Level: (?P<severity>\\w+)'
          state: firing
          key: host
        - {subject: '^Backup of (?P<host>\\S+) is fine', state: cleared, key: host}
  strict:
    mail: {rules: [{subject: '^Alarm', state: firing}], unmatched: unread}
"""


def listening(settings: Settings) -> Settings:
    return settings.model_copy(update={"mail": MailSettings(domain=DOMAIN, port=0)})


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[BotHarness]:
    async with running(tmp_path, configuration=CONFIGURATION + MAPPED, alter=listening) as harness:
        yield harness
        await harness.quiet()
        harness.silence()


async def mailbox(bot: BotHarness, name: str = "email") -> str:
    minted = await bot.bot.ingress.integrations.add(name, "the tests")
    return f"{minted.text}@{DOMAIN}"


def connected(bot: BotHarness) -> aiosmtplib.SMTP:
    """A line to the mailbox."""
    assert bot.bot.ingress.mail
    return aiosmtplib.SMTP(hostname="127.0.0.1", port=bot.bot.ingress.mail.port, start_tls=False)


async def send(bot: BotHarness, to: str | list[str], raw: bytes | EmailMessage) -> str:
    """Hand a letter over; what the server said in the end."""
    recipients = [to] if isinstance(to, str) else to
    sent = bytes(raw) if isinstance(raw, EmailMessage) else raw
    async with connected(bot) as client:
        _, told = await client.sendmail("monitor@example.com", recipients, sent)
        return told


def letter(subject: str, text: str = "", **headers: str) -> EmailMessage:
    made = EmailMessage()
    made["Subject"], made["From"] = subject, "Monitor <monitor@example.com>"
    made["To"] = "somebody@example.com"
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    return made


async def unread(bot: BotHarness) -> list[tuple[str, str, int]]:
    found = await bot.bot.store.read(lambda tx: tx.unread())
    return [(each.integration, each.place, each.count) for each in found]


async def test_a_letter_pages_and_a_later_one_resolves(bot: BotHarness) -> None:
    to = await mailbox(bot)

    taken = await send(bot, to, letter("CRITICAL: backup of db-2 failed", f"Host: db-2\nSent to {to}"))
    await bot.quiet()
    bot.page("ann", "backup of db-2")
    await send(bot, to.upper(), letter("RESOLVED: backup of db-2", "Host: db-2"))
    await bot.quiet()

    assert "Taken in" in taken
    assert "Resolved" in bot.card().words
    assert to[:64] not in json.dumps([call.payload for call in bot.slack.journal.calls()], default=str)


async def test_the_same_letter_counts_once_also_without_a_name(bot: BotHarness) -> None:
    to = await mailbox(bot)
    named = letter("Disk full on db-1", Message_ID="<1@example.com>")

    for made in (named, named, letter("Queue is down on db-3"), letter("Queue is down on db-3")):
        await send(bot, to, made)
    await bot.quiet()

    counts = sorted(each.alerts.signals for each in await bot.bot.desk.open_incidents())
    assert counts == [1, 1]
    bot.page("ann", "Disk full")
    bot.page("ann", "Queue is down")


async def test_fields_of_a_letter_are_mapped_as_the_file_says(bot: BotHarness) -> None:
    to = await mailbox(bot, "house")

    await send(bot, to, letter("Boiler", X_State="bad"))
    await bot.quiet()
    bot.page("ann", "Boiler")
    await send(bot, to, letter("Boiler", X_State="good"))
    await bot.quiet()

    assert "Resolved" in bot.card().words


async def test_rules_on_subject_and_body_say_what_fires_and_what_is_over(bot: BotHarness) -> None:
    to = await mailbox(bot, "backups")

    await send(bot, to, letter("Backup of db-2 failed", "Exit 3\nLevel: high"))
    await bot.quiet()
    bot.page("ann", "Backup of db-2 failed")
    assert "db-2" in bot.card().words
    await send(bot, to, letter("Backup of db-2 is fine", "3 GB"))
    await bot.quiet()

    assert "Resolved" in bot.card().words


async def test_a_letter_that_no_rule_knows_still_pages(bot: BotHarness) -> None:
    to = await mailbox(bot, "backups")

    await send(bot, to, letter("Weekly report is ready", "All numbers inside."))
    await bot.quiet()

    bot.page("ann", "Weekly report is ready")


async def test_a_letter_that_no_rule_knows_is_kept_and_told_where_the_file_says_so(bot: BotHarness) -> None:
    strict, ignoring = await mailbox(bot, "strict"), await mailbox(bot, "backups")

    told = await send(bot, strict, letter("Weekly report is ready"))
    ignored = letter("Backup of db-2 failed", "Level: high")
    ignored.replace_header("From", "newsletter@example.com")
    taken = await send(bot, ignoring, ignored)

    assert "kept" in told
    assert "Taken in" in taken
    assert await unread(bot) == [("strict", "subject", 1)]


@pytest.mark.row("A09", "A10")
async def test_letters_for_nobody_are_refused_before_they_are_sent(
    bot: BotHarness, caplog: pytest.LogCaptureFixture
) -> None:
    to = await mailbox(bot)
    guessed = to[:20] + "a" * 44 + to[64:]

    for stranger in (guessed, "postmaster@" + DOMAIN, to.replace(DOMAIN, "example.org")):
        with pytest.raises(aiosmtplib.SMTPRecipientsRefused, match="550"):
            await send(bot, stranger, letter("x"))

    assert await unread(bot) == []


@pytest.mark.row("F84")
@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00\xff\xfe",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--y\r\n\r\nz",
        b"Content-Type: text/plain; charset=klingon\r\n\r\n\xff\xfe",
        b"Content-Transfer-Encoding: base64\r\n\r\n!!!!",
    ],
    ids=["nothing", "bytes", "multipart", "charset", "base64"],
)
async def test_a_letter_that_is_none_is_an_alert_or_kept_and_told(bot: BotHarness, raw: bytes) -> None:
    to = await mailbox(bot)

    told = await send(bot, to, raw)

    await bot.quiet()
    for _ in bot.unread("ann"):
        bot.page("ann")
    kept, opened = await unread(bot), await bot.bot.desk.open_incidents()
    assert len(kept) + len(opened) == 1
    assert ("kept" in told) == bool(kept)


async def test_a_letter_to_an_integration_that_reads_none_is_kept(bot: BotHarness) -> None:
    wrong = await mailbox(bot, "grafana")
    told = await send(bot, [wrong, await mailbox(bot)], letter("Disk full on db-1", f"for {wrong}"))
    await bot.quiet()

    bot.page("ann", "Disk full")
    assert "kept" in told
    assert [each[0] for each in await unread(bot)] == ["grafana"]
    (kept,) = await bot.bot.store.read(lambda tx: tx.unread())
    assert wrong[:64] not in kept.body


@pytest.mark.row("A06")
@pytest.mark.parametrize("length", [1_500, 70_000, 3_000_000], ids=["a little", "much", "beyond all"])
async def test_a_letter_with_long_lines_pages(bot: BotHarness, length: int) -> None:
    to = await mailbox(bot)
    raw = b"Subject: CRITICAL: db-1 is down\r\n\r\nHost: db-1\r\n..x" + b"y" * length + b"\r\n.. z\r\n"

    told = await send(bot, to, raw)
    await bot.quiet()

    assert "Taken in" in told
    bot.page("ann", "db-1 is down")


@pytest.mark.row("A06")
async def test_a_letter_that_is_too_large_is_read_by_its_beginning(bot: BotHarness) -> None:
    to = await mailbox(bot)
    large = letter("CRITICAL: backup of db-2 failed", "Host: db-2")
    large.add_attachment(b"y" * 2 * LARGEST, maintype="image", subtype="png", filename="graph.png")

    async with connected(bot) as line:
        declared = await line.mail("a@example.com", options=[f"SIZE={4 * LARGEST}"])
        await line.rset()
        _, told = await line.sendmail("a@example.com", [to], bytes(large))
        _, again = await line.sendmail("a@example.com", [to], bytes(letter("Disk full on db-1")))
    await bot.quiet()

    assert declared.code == 250
    assert "Taken in" in told
    assert "Taken in" in again, "what was left out is nobody's command"
    bot.page("ann", "backup of db-2 failed")
    bot.page("ann", "Disk full")


@pytest.mark.row("A06")
async def test_a_letter_without_end_is_hung_up_on_and_its_beginning_pages(bot: BotHarness) -> None:
    to, sent = await mailbox(bot), 0
    async with connected(bot) as line:
        await line.mail("a@example.com")
        await line.rcpt(to)
        assert (await line.execute_command(b"DATA")).code == 354
        assert isinstance(line.transport, asyncio.WriteTransport)
        line.transport.write(b"Subject: CRITICAL: db-1 is down\r\n\r\n")
        while line.is_connected and sent < 4 * ENDLESS:
            line.transport.write(b"x" * 998 + b"\r\n")
            sent += 1_000
            if sent % 1_000_000 == 0:
                await bot.clock.sleep(0)

    await bot.quiet()
    bot.page("ann", "db-1 is down")


async def test_while_the_database_takes_nothing_the_letter_stays_with_its_server(bot: BotHarness) -> None:
    to = await mailbox(bot)
    assert "Taken in" in await send(bot, to, letter("Disk full on db-1"))

    async with bot.database_hangs():
        with pytest.raises(aiosmtplib.SMTPResponseException) as refused:
            await send(bot, to, letter("Disk full on db-9"))

    assert refused.value.code == 451
    await bot.quiet()
    bot.page("ann", "db-1")
    bot.errors.lines.clear()


async def test_without_a_domain_nobody_listens(tmp_path: Path) -> None:
    async with running(tmp_path) as harness:
        assert harness.bot.ingress.mail is None
