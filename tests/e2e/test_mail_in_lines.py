"""Lines to the mailbox: sealed where there is a certificate, and never so many that nobody gets in."""

import asyncio
import ssl
from contextlib import suppress
from pathlib import Path

import aiosmtplib
import pytest

from bot.settings import MailSettings, Settings
from handlers.ingress.mail import MOST_LINES
from tests.e2e.test_mail_in import DOMAIN, letter, listening, mailbox, send
from tests.harness import BotHarness, running

PEM = Path(__file__).parents[1] / "delivery" / "localhost.pem"


def sealed(settings: Settings) -> Settings:
    mail = MailSettings(domain=DOMAIN, port=0, certificate=PEM, key=PEM)
    return settings.model_copy(update={"mail": mail})


def port_of(bot: BotHarness) -> int:
    assert bot.bot.ingress.mail
    return bot.bot.ingress.mail.port


async def test_a_letter_comes_by_a_sealed_line_where_there_is_a_certificate(tmp_path: Path) -> None:
    trusting = ssl.create_default_context(cafile=PEM)
    async with running(tmp_path, alter=sealed) as bot:
        to, port = await mailbox(bot), port_of(bot)
        async with aiosmtplib.SMTP(
            hostname="localhost", port=port, start_tls=True, tls_context=trusting
        ) as client:
            assert client.get_transport_info("cipher")
            _, told = await client.sendmail("a@example.com", [to], bytes(letter("Disk full on db-1")))
        plain = await send(bot, to, letter("Disk full on db-2"))
        await bot.quiet()
        bot.page("ann", "db-1")
        bot.page("ann", "db-2")

    assert "Taken in" in told
    assert "Taken in" in plain, "many senders know no seal; the token is what counts"


async def test_without_a_certificate_no_seal_is_offered_and_no_password_is_asked_for(tmp_path: Path) -> None:
    async with (
        running(tmp_path, alter=listening) as bot,
        aiosmtplib.SMTP(hostname="127.0.0.1", port=port_of(bot), start_tls=False) as client,
    ):
        await client.ehlo()
        offered = [client.supports_extension(name) for name in ("starttls", "auth")]

    assert offered == [False, False]


@pytest.mark.row("F87")
async def test_of_too_many_lines_the_oldest_ones_go_and_letters_come_through(tmp_path: Path) -> None:
    async with running(tmp_path, alter=listening) as bot:
        to, port = await mailbox(bot), port_of(bot)
        idle = [await asyncio.open_connection("127.0.0.1", port) for _ in range(MOST_LINES + 5)]
        for reader, _ in idle[-5:]:
            assert (await reader.readline()).startswith(b"220 ")

        told = await send(bot, to, letter("Disk full on db-1"))
        async with asyncio.timeout(10):
            for reader, _ in idle[:6]:
                await _ended(reader)
        await bot.quiet()
        bot.page("ann", "db-1")
        for _, writer in idle:
            writer.close()

    assert "Taken in" in told


async def _ended(reader: asyncio.StreamReader) -> None:
    """Until the other side has hung up; what it said before does not count."""
    with suppress(ConnectionError):
        while await reader.readline():
            pass
