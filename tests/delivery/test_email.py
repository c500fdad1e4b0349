"""Pages by e-mail, against real mail servers of every temper."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from pydantic import SecretStr

from bot.clock import ShiftedClock
from bot.delivery.failures import Outage
from bot.delivery.pagers.email import EmailPager, message_id
from bot.domain.commands import PageSent
from bot.domain.people import MethodKind
from bot.errors import DeliveryError, Outcome
from bot.settings import SmtpSettings
from tests.delivery.effects import a_job, a_page, again, an_incident, by_email

PEM = Path(__file__).parent / "localhost.pem"
"""A key and its certificate for localhost; they protect nothing but these tests."""

PAGE = a_page(MethodKind.EMAIL)


class Box:
    """A mail server's box. `answers` are what it says to RCPT and DATA instead of taking the mail."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.answers: dict[str, str] = {}
        self.hangs = False
        self.done = asyncio.Event()

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if refusal := self.answers.get("RCPT"):
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if refusal := self.answers.get("DATA"):
            return refusal
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=policy.SMTP)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        self.recipients += envelope.rcpt_tos
        if self.hangs:
            await self.done.wait()
        return "250 OK"


@pytest.fixture
def clock() -> ShiftedClock:
    return ShiftedClock()


@pytest.fixture
def box() -> Box:
    return Box()


def authenticate(
    server: SMTP, session: Session, envelope: Envelope, how: str, data: LoginPassword
) -> AuthResult:
    return AuthResult(success=data == LoginPassword(b"tocsin", b"right"), handled=False)


def server_tls() -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(PEM)
    return context


def trusting() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=PEM)


@asynccontextmanager
async def listening(
    protocol: Callable[[], asyncio.BaseProtocol], tls: ssl.SSLContext | None = None
) -> AsyncIterator[int]:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(protocol, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


@pytest.fixture
async def plain(box: Box) -> AsyncIterator[int]:
    """The port of a server without any TLS."""
    async with listening(lambda: SMTP(box, hostname="mail.example.com")) as port:
        yield port
    box.done.set()


def settings(port: int, **changes: object) -> SmtpSettings:
    fields: dict[str, object] = {
        "host": "localhost",
        "port": port,
        "tls": "none",
        "sender": "tocsin@example.com",
        **changes,
    }
    return SmtpSettings.model_validate(fields)


def pager(port: int, clock: ShiftedClock, *, limit: float = 2.0, **changes: object) -> EmailPager:
    return EmailPager(settings(port, **changes), clock, limit=limit, trust=trusting())


async def failure(sender: EmailPager, clock: ShiftedClock, address: str = "ann@example.com") -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        await sender.carry(a_job(PAGE, clock, an_incident(), **by_email(address)))
    return caught.value


async def test_a_page_arrives_as_one_mail_in_text_and_html(box: Box, plain: int, clock: ShiftedClock) -> None:
    receipt = await pager(plain, clock).carry(a_job(PAGE, clock, an_incident(), **by_email()))

    (mail,) = box.mails
    text, html = (mail.get_body((kind,)) for kind in ("plain", "html"))
    assert box.recipients == ["ann@example.com"]
    assert mail["Subject"] == "[SEV2] INC-7: API error rate 38%"
    assert (mail["From"], mail["To"]) == ("Tocsin <tocsin@example.com>", "ann@example.com")
    assert text is not None
    assert "on call for payments" in text.get_content()
    assert html is not None
    assert "INC-7" in html.get_content()
    assert receipt.answer == PageSent(person="Ann", method=MethodKind.EMAIL)


async def test_a_page_is_not_mailed_when_somebody_else_may_do_it_soon(
    box: Box, plain: int, clock: ShiftedClock
) -> None:
    late = a_job(PAGE, clock, an_incident(), **by_email())
    clock.advance(late.claim.lease / 2)

    with pytest.raises(DeliveryError) as refused:
        await pager(plain, clock).carry(late)

    assert (refused.value.outcome, refused.value.reason) == (Outcome.NOT_SENT, "lease_too_old")
    assert box.mails == []


async def test_the_same_page_has_the_same_message_id_and_another_has_another(
    box: Box, plain: int, clock: ShiftedClock
) -> None:
    job = a_job(PAGE, clock, an_incident(), **by_email())
    sender = pager(plain, clock)
    await sender.carry(job)
    assert await sender.look_up(again(job, clock)) is None
    await sender.carry(again(job, clock))

    first, second = (mail["Message-ID"] for mail in box.mails)
    assert first == second == message_id(PAGE.key, "tocsin@example.com")
    assert first.endswith("@example.com>")
    assert message_id("a:b", "t@e.com") != message_id("a.b", "t@e.com")


@pytest.mark.row("A38")
async def test_a_title_cannot_add_headers_or_recipients(box: Box, plain: int, clock: ShiftedClock) -> None:
    nasty = "down\r\nBcc: eve@evil.example\r\n\r\n<script>\u2028\x00 \U0001f525 " + "x" * 3000

    await pager(plain, clock).carry(a_job(PAGE, clock, an_incident(title=nasty), **by_email()))

    (mail,) = box.mails
    assert box.recipients == ["ann@example.com"]
    assert mail["Bcc"] is None
    assert str(mail["Subject"]).startswith("[SEV2] INC-7: down Bcc: eve@evil.example")
    html = mail.get_body(("html",))
    assert html is not None
    assert "<script>" not in html.get_content()


@pytest.mark.row("A38")
@pytest.mark.parametrize(
    "address",
    [
        "ann@example.com\r\nBcc: eve@evil.example",
        "ann@example.com, eve@evil.example",
        "<ann@example.com>",
        "ann",
        "Ann Lee ann@example.com",
        "аnn@example.com",
        "ann@bad..example",
    ],
)
async def test_an_address_that_is_none_is_a_rejection(
    box: Box, plain: int, clock: ShiftedClock, address: str
) -> None:
    error = await failure(pager(plain, clock), clock, address)

    assert (error.outcome, error.reason) == (Outcome.REJECTED, "invalid_address")
    assert box.mails == []


@pytest.mark.row("A38")
async def test_a_look_alike_address_is_composed(box: Box, plain: int, clock: ShiftedClock) -> None:
    job = a_job(PAGE, clock, an_incident(), **by_email("ａnn@exämple.com"))

    await pager(plain, clock).carry(job)

    assert box.recipients == ["ann@xn--exmple-cua.com"]


async def test_a_page_that_cannot_be_rendered_goes_out_all_the_same(
    box: Box, plain: int, clock: ShiftedClock
) -> None:
    await pager(plain, clock).carry(a_job(PAGE, clock, an_incident(title=None), **by_email()))

    assert [mail["Subject"] for mail in box.mails] == ["INC-7 needs you"]


@pytest.mark.row("F73")
@pytest.mark.parametrize(
    ("verb", "answer", "outcome", "reason"),
    [
        ("RCPT", "450 4.2.0 Greylisted, come back later", Outcome.NOT_SENT, "smtp_450 4.2.0"),
        ("RCPT", "550 5.1.1 No <b>such</b> user", Outcome.REJECTED, "smtp_550 5.1.1"),
        ("RCPT", "550 no", Outcome.REJECTED, "smtp_550"),
        ("DATA", "452 4.3.1 Full", Outcome.NOT_SENT, "smtp_452 4.3.1"),
        ("DATA", "554 5.6.0 Spam", Outcome.REJECTED, "smtp_554 5.6.0"),
    ],
)
async def test_the_servers_answer_decides(
    box: Box, plain: int, clock: ShiftedClock, verb: str, answer: str, outcome: Outcome, reason: str
) -> None:
    box.answers[verb] = answer

    error = await failure(pager(plain, clock), clock)

    assert (type(error), error.outcome, error.reason) == (DeliveryError, outcome, reason)


@pytest.mark.row("F73")
async def test_without_starttls_nothing_is_sent(box: Box, plain: int, clock: ShiftedClock) -> None:
    error = await failure(pager(plain, clock, tls="starttls"), clock)

    assert (type(error), error.outcome, error.reason) == (Outage, Outcome.NOT_SENT, "smtp_offers_no_tls")
    assert box.mails == []


@pytest.mark.row("F73")
async def test_with_starttls_the_page_is_sent_encrypted(box: Box, clock: ShiftedClock) -> None:
    tls = server_tls()
    async with listening(lambda: SMTP(box, tls_context=tls, require_starttls=True)) as port:
        await pager(port, clock, tls="starttls").carry(a_job(PAGE, clock, an_incident(), **by_email()))

    assert len(box.mails) == 1


async def test_with_tls_from_the_start_the_page_is_sent_too(box: Box, clock: ShiftedClock) -> None:
    async with listening(lambda: SMTP(box), server_tls()) as port:
        await pager(port, clock, tls="tls").carry(a_job(PAGE, clock, an_incident(), **by_email()))

    assert len(box.mails) == 1


@pytest.mark.row("F73")
@pytest.mark.parametrize("tls", ["tls", "starttls"])
async def test_a_certificate_that_nobody_vouches_for_is_not_trusted(
    box: Box, clock: ShiftedClock, tls: str
) -> None:
    context = server_tls()
    async with (
        listening(lambda: SMTP(box, tls_context=context)) as later,
        listening(lambda: SMTP(box), context) as at_once,
    ):
        port = at_once if tls == "tls" else later
        error = await failure(EmailPager(settings(port, tls=tls), clock, limit=2.0), clock)

    assert (type(error), error.outcome) == (Outage, Outcome.NOT_SENT)
    assert box.mails == []


async def test_a_wrong_password_is_an_outage_and_not_the_recipients_fault(
    box: Box, clock: ShiftedClock
) -> None:
    tls = server_tls()
    async with listening(
        lambda: SMTP(box, tls_context=tls, auth_required=True, authenticator=authenticate)
    ) as port:
        wrong = pager(port, clock, tls="starttls", user="tocsin", password=SecretStr("wrong"))
        right = pager(port, clock, tls="starttls", user="tocsin", password=SecretStr("right"))
        error = await failure(wrong, clock)
        await right.carry(a_job(PAGE, clock, an_incident(), **by_email()))

    assert (type(error), error.outcome) == (Outage, Outcome.NOT_SENT)
    assert error.reason.startswith("smtp_535")
    assert len(box.mails) == 1


@pytest.mark.row("F73")
async def test_a_banner_that_does_not_come_was_not_sent(clock: ShiftedClock) -> None:
    async with listening(asyncio.Protocol) as port:
        error = await failure(pager(port, clock, limit=0.2), clock)

    assert (type(error), error.outcome, error.reason) == (Outage, Outcome.NOT_SENT, "smtp_timeout")


@pytest.mark.row("F73")
async def test_a_server_that_takes_the_message_and_falls_silent_leaves_a_doubt(
    box: Box, plain: int, clock: ShiftedClock
) -> None:
    box.hangs = True

    error = await failure(pager(plain, clock, limit=0.5), clock)

    assert len(box.mails) == 1
    assert (type(error), error.outcome, error.reason) == (Outage, Outcome.UNKNOWN, "smtp_timeout")


async def test_nobody_listening_was_not_sent(clock: ShiftedClock) -> None:
    async with listening(asyncio.Protocol) as port:
        pass

    error = await failure(pager(port, clock), clock)

    assert (type(error), error.outcome, error.reason) == (Outage, Outcome.NOT_SENT, "smtp_unreachable")


async def test_several_pages_are_one_mail_with_the_same_id_whenever_they_are_sent(
    box: Box, plain: int, clock: ShiftedClock
) -> None:
    first, second = (
        a_job(
            a_page(MethodKind.EMAIL, key=f"page:{number}"),
            clock,
            an_incident(id=f"01k{number}", number=number, title=f"Trouble\r\nBcc: x@example.com <b>{number}"),
            **by_email(),
        )
        for number in (7, 8)
    )

    await pager(plain, clock).carry(replace(first, also=(second,)))
    await pager(plain, clock).carry(replace(second, also=(first,)))
    await pager(plain, clock).carry(first)

    one, other, alone = box.mails
    assert one["Subject"].startswith("[SEV2] 2 incidents need you: Trouble")
    assert one["Bcc"] is None
    assert one["Message-ID"] == other["Message-ID"] != alone["Message-ID"]
    text, html = (one.get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None
    assert html is not None
    assert all(f"/incident ack INC-{number}" in text.get_content() for number in (7, 8))
    assert "<b>" not in html.get_content()
