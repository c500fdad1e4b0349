"""The mail server: one conversation for one e-mail, and what its answers mean."""

import asyncio
import re
import ssl

import aiosmtplib

from bot.delivery.failures import AWAY, Outage, Withheld
from bot.delivery.last_moment import TOO_LATE, LastMoment
from bot.errors import DeliveryError, Outcome
from bot.settings import SmtpSettings

LIMIT = 5.0
"""Seconds for the whole conversation with the server: below 0.4 of a page's lease of 15 s."""

_ENHANCED = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")


class PostOffice:
    """Takes e-mails to the server. Raises DeliveryError and nothing else.

    TLS is never left out because a server does not offer it. `trust` replaces the system's certificates.
    """

    def __init__(
        self, settings: SmtpSettings, *, limit: float = LIMIT, trust: ssl.SSLContext | None = None
    ) -> None:
        self._settings = settings
        self._limit = limit
        self._trust = trust

    async def send(self, recipient: str, message: bytes, *, last: LastMoment | None = None) -> None:
        """Send one e-mail. Until the server has begun to take the message, it was certainly not sent.

        `last`: it is not begun any more after that.
        """
        server = self._server()
        taking = False
        try:
            async with asyncio.timeout(self._limit):
                await server.connect()
                await server.mail(self._settings.sender)
                await server.rcpt(recipient)
                if last is not None and last.passed():
                    raise Withheld(Outcome.NOT_SENT, TOO_LATE)
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
