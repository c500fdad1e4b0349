"""Pages by e-mail."""

import hashlib
import re
import ssl
import unicodedata
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from bot.clock import Clock
from bot.delivery.jobs import bundled, incident_of, next_up, rendered
from bot.delivery.last_moment import LastMoment
from bot.delivery.post import LIMIT, PostOffice
from bot.domain.commands import PageSent
from bot.domain.effects import PagePerson
from bot.domain.people import MethodKind
from bot.errors import DeliveryError, Outcome
from bot.ports import Job, Receipt
from bot.render.ack_link import AckLinks
from bot.render.bundle import email_bundle, minimal_email_bundle
from bot.render.mail import EmailPage, email_page, minimal_email
from bot.settings import SmtpSettings

LINES = SMTP.clone(cte_type="7bit")
"""Any server takes it, also one without 8BITMIME."""

_ADDRESS = re.compile(r"[!-?A-~]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
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
        links: AckLinks | None = None,
        limit: float = LIMIT,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._links = links
        self._post = PostOffice(settings, limit=limit, trust=trust)

    async def carry(self, job: Job) -> Receipt:
        """Send one e-mail. Until the server has begun to take the message, it was certainly not sent."""
        effect = job.claim.effect
        assert isinstance(effect, PagePerson), effect
        if job.method is None:
            raise DeliveryError(Outcome.REJECTED, "no_contact_method")
        recipient = address(job.method.address)
        message = self._message(job, effect, recipient)
        last = LastMoment(clock=self._clock, at=job.claim.last_moment)
        await self._post.send(recipient, message.as_bytes(), last=last)
        answer = PageSent(person=effect.name, method=MethodKind.EMAIL)
        return Receipt(provider_id=message["Message-ID"], answer=answer)

    async def look_up(self, job: Job) -> Receipt | None:
        """Mail servers cannot be asked: it is sent again, under the same Message-ID."""
        return None

    def _message(self, job: Job, effect: PagePerson, recipient: str) -> EmailMessage:
        if job.also:
            return self._together(job, recipient)
        incident = incident_of(job)
        zone = job.person.zone if job.person else "UTC"
        plain = minimal_email(incident.number)
        act = self._links.link(effect, incident) if self._links else None
        shown = rendered(
            lambda: email_page(effect, incident, self._clock.now(), next_up=next_up(job), zone=zone, act=act),
            plain,
            job,
        )
        return rendered(
            lambda: self._put(shown, effect.key, recipient), self._put(plain, effect.key, recipient), job
        )

    def _together(self, job: Job, recipient: str) -> EmailMessage:
        """One e-mail for several pages; the same pages always make the same Message-ID."""
        pages = bundled(job)
        key = "\n".join(sorted(each.claim.effect.key for each in job.all))
        plain = minimal_email_bundle(pages)
        shown = rendered(lambda: email_bundle(pages), plain, job)
        return rendered(lambda: self._put(shown, key, recipient), self._put(plain, key, recipient), job)

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
