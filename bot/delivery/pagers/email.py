"""Pages by e-mail."""

import asyncio
import hashlib
import re
import ssl
import unicodedata
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

import aiosmtplib

from bot.clock import Clock
from bot.delivery.failures import AWAY, Outage
from bot.delivery.jobs import incident_of, next_up, rendered
from bot.domain.commands import PageSent
from bot.domain.effects import PagePerson
from bot.domain.people import MethodKind
from bot.errors import DeliveryError, Outcome
from bot.ports import Job, Receipt
from bot.render.mail import EmailPage, email_page, minimal_email
from bot.settings import SmtpSettings

LINES = SMTP.clone(cte_type="7bit")
"""Any server takes it, also one without 8BITMIME."""

LIMIT = 5.0
"""Seconds for the whole conversation with the server: below 0.4 of a page's lease of 15 s."""

_ADDRESS = re.compile(r"[!-?A-~]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
_ENHANCED = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")
_UNSAFE = re.compile(r"[^A-Za-z0-9]+")


class EmailPager:
    """Carries PagePerson with method `email`.

    The Message-ID is made of the effect's key, so that clients collapse a page that was sent twice.
    TLS is never left out because a server does not offer it. `trust` replaces the system's certificates.
    """

    def __init__(
        self,
        settings: SmtpSettings,
        clock: Clock,
        *,
        limit: float = LIMIT,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._limit = limit
        self._trust = trust

    async def carry(self, job: Job) -> Receipt:
        """Send one e-mail. Until the server has begun to take the message, it was certainly not sent."""
        effect = job.claim.effect
        assert isinstance(effect, PagePerson), effect
        if job.method is None:
            raise DeliveryError(Outcome.REJECTED, "no_contact_method")
        recipient = address(job.method.address)
        message = self._message(job, effect, recipient)
        await self._send(recipient, message.as_bytes())
        answer = PageSent(person=effect.name, method=MethodKind.EMAIL)
        return Receipt(provider_id=message["Message-ID"], answer=answer)

    async def look_up(self, job: Job) -> Receipt | None:
        """Mail servers cannot be asked: it is sent again, under the same Message-ID."""
        return None

    def _message(self, job: Job, effect: PagePerson, recipient: str) -> EmailMessage:
        incident = incident_of(job)
        zone = job.person.zone if job.person else "UTC"
        plain = minimal_email(incident.number)
        shown = rendered(
            lambda: email_page(effect, incident, self._clock.now(), next_up=next_up(job), zone=zone),
            plain,
            job,
        )
        return rendered(
            lambda: self._put(shown, effect.key, recipient), self._put(plain, effect.key, recipient), job
        )

    def _put(self, shown: EmailPage, key: str, recipient: str) -> EmailMessage:
        message = EmailMessage(policy=LINES)
        message["From"] = f"Tocsin <{self._settings.sender}>"
        message["To"] = recipient
        message["Subject"] = flat(shown.subject)
        message["Date"] = format_datetime(self._clock.now())
        message["Message-ID"] = message_id(key, self._settings.sender)
        message["Auto-Submitted"] = "auto-generated"
        message["X-Priority"] = "1"
        message.set_content(shown.text)
        message.add_alternative(shown.html, subtype="html")
        return message

    async def _send(self, recipient: str, message: bytes) -> None:
        server = self._server()
        taking = False
        try:
            async with asyncio.timeout(self._limit):
                await server.connect()
                await server.mail(self._settings.sender)
                await server.rcpt(recipient)
                taking = True
                await server.data(message)
        except aiosmtplib.SMTPResponseException as error:
            raise _answered(error) from error
        except (aiosmtplib.SMTPException, ssl.SSLError, OSError, ValueError) as error:
            raise _unanswered(error, taking=taking) from error
        finally:
            server.close()

    def _server(self) -> aiosmtplib.SMTP:
        settings = self._settings
        return aiosmtplib.SMTP(
            hostname=settings.host,
            port=settings.number,
            username=settings.user,
            password=settings.password.get_secret_value() if settings.password else None,
            use_tls=settings.tls == "tls",
            start_tls=settings.tls == "starttls",  # True insists; None would go on without
            timeout=self._limit,
            tls_context=self._trust,
        )


def address(text: str) -> str:
    """An address as it may stand in an envelope and a header: look-alikes composed, nothing but ASCII."""
    local, at, domain = unicodedata.normalize("NFKC", text).strip().rpartition("@")
    try:
        plain = f"{local}{at}{domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        plain = ""
    if not _ADDRESS.fullmatch(plain) or any(each in plain for each in '<>,;:"\\()[]'):
        raise DeliveryError(Outcome.REJECTED, "invalid_address")
    return plain


def flat(text: str) -> str:
    """One line without control characters, whatever it was: a header cannot be broken out of."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def message_id(key: str, sender: str) -> str:
    """The same for the same key, always."""
    digest = hashlib.sha256(key.encode()).hexdigest()[:24]
    return f"<{_UNSAFE.sub('.', key).strip('.')[:100]}.{digest}@{sender.rpartition('@')[2]}>"


def _answered(error: aiosmtplib.SMTPResponseException) -> DeliveryError:
    """4xx: later. 5xx about this message: never. Any other 5xx is about us, and may be put right."""
    found = _ENHANCED.search(str(error.message))
    reason = f"smtp_{error.code}" + (f" {found.group()}" if found else "")
    about_us = not isinstance(
        error, aiosmtplib.SMTPRecipientRefused | aiosmtplib.SMTPSenderRefused | aiosmtplib.SMTPDataError
    )
    if about_us or error.code == 421:
        return Outage(Outcome.NOT_SENT, reason, retry_after=AWAY)
    if 500 <= error.code < 600:
        return DeliveryError(Outcome.REJECTED, reason)
    return DeliveryError(Outcome.NOT_SENT, reason)


def _unanswered(error: Exception, *, taking: bool) -> DeliveryError:
    if taking:
        timed_out = isinstance(error, TimeoutError)
        return Outage(Outcome.UNKNOWN, "smtp_timeout" if timed_out else "smtp_connection_lost")
    match error:
        case TimeoutError():
            reason = "smtp_timeout"
        case ssl.SSLError():
            reason = "smtp_tls_failed"
        case ConnectionError() | OSError():
            reason = "smtp_unreachable"
        case _ if "STARTTLS" in str(error):
            return Outage(Outcome.NOT_SENT, "smtp_offers_no_tls", retry_after=AWAY)
        case _:
            reason = "smtp_failed"
    return Outage(Outcome.NOT_SENT, reason)
