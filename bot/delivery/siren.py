"""The siren: tells people straight by Slack and e-mail, without the database and the outbox."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime

import structlog

from bot.clock import Clock
from bot.delivery.pagers.email import LINES, address, flat, message_id
from bot.delivery.post import PostOffice
from bot.delivery.slack.client import SlackClient
from bot.delivery.slack.pace import POST
from bot.errors import DeliveryError
from bot.ports import Directory, Told
from bot.render.alarm import alarm_mail, alarm_message
from bot.render.emergency import emergency_mail, emergency_message
from bot.render.mail import EmailPage
from bot.render.message import Message

log = structlog.get_logger(__name__)

LIMIT = 10.0
"""Seconds for each place."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Places:
    """Whom to tell: channels (ids or `#names`) and users of Slack, and e-mail addresses."""

    slack: tuple[str, ...] = ()
    email: tuple[str, ...] = ()


class Siren:
    """A bot.ports.OutOfBand, and the LastResort. `places` are for what concerns Tocsin itself, asked anew
    each time; a provider that is missing is passed by.
    """

    def __init__(
        self,
        *,
        places: Callable[[], Places],
        slack: SlackClient | None,
        directory: Directory | None,
        post: PostOffice | None,
        sender: str,
        clock: Clock,
    ) -> None:
        self._places = places
        self._slack = slack
        self._directory = directory
        self._post = post
        self._sender = sender
        self._clock = clock

    async def tell(self, subject: str, text: str, *, loud: bool = True) -> Told:
        """Tell everybody at once; who cannot be reached keeps nobody from being told."""
        message, mail = alarm_message(subject, text, loud=loud), alarm_mail(subject, text)
        return await self._tell(self._places(), message, mail)

    async def page(self, subject: str, text: str, *, slack: Sequence[str], email: Sequence[str]) -> Told:
        """Tell these of an incident."""
        places = Places(slack=tuple(slack), email=tuple(email))
        return await self._tell(places, emergency_message(subject, text), emergency_mail(subject, text))

    async def _tell(self, places: Places, message: Message, mail: EmailPage) -> Told:
        taken: list[str] = []
        failed: list[str] = []
        async with asyncio.TaskGroup() as group:
            for place, telling in self._tellings(places, message, mail):
                group.create_task(_told(place, telling, taken, failed))
        log.warning("told_out_of_band", subject=mail.subject, taken=taken, failed=failed)
        return Told(taken=taken, failed=failed)

    def _tellings(
        self, places: Places, message: Message, mail: EmailPage
    ) -> Iterable[tuple[str, Awaitable[None]]]:
        if self._slack is not None:
            for place in places.slack:
                yield f"slack {place}", self._say(place, message, self._slack)
        if self._post is not None:
            for recipient in places.email:
                yield f"email {recipient}", self._mail(self._post, recipient, mail)

    async def _say(self, place: str, shown: Message, slack: SlackClient) -> None:
        channel = await self._channel(slack, place)
        args = {"channel": channel, "unfurl_links": False, "unfurl_media": False, **shown.body()}
        await slack.write(POST, args, channel=channel)

    async def _channel(self, slack: SlackClient, place: str) -> str:
        if place.startswith("#") and self._directory is not None:
            return await self._directory.channel_id(place) or place
        if place[:1] in {"U", "W"}:
            answer = await slack.write("conversations.open", {"users": place})
            return str(answer["channel"]["id"])
        return place

    async def _mail(self, post: PostOffice, recipient: str, shown: EmailPage) -> None:
        now = self._clock.now()
        told = f"{recipient} {shown.subject} {shown.text} {now.isoformat()}"
        key = hashlib.sha256(told.encode()).hexdigest()[:24]
        mail = EmailMessage(policy=LINES)
        mail["From"] = f"Tocsin <{self._sender}>"
        mail["To"] = address(recipient)
        mail["Subject"] = flat(shown.subject)
        mail["Date"] = format_datetime(now)
        mail["Message-ID"] = message_id(f"alarm:{key}", self._sender)
        mail["Auto-Submitted"] = "auto-generated"
        mail["X-Priority"] = "1"
        mail.set_content(shown.text)
        mail.add_alternative(shown.html, subtype="html")
        await post.send(address(recipient), mail.as_bytes())


async def _told(place: str, telling: Awaitable[None], taken: list[str], failed: list[str]) -> None:
    try:
        async with asyncio.timeout(LIMIT):
            await telling
    except DeliveryError as error:
        failed.append(f"{place}: {error.reason}")
    except TimeoutError:
        failed.append(f"{place}: no answer in time")
    except Exception as error:
        log.exception("alarm_not_told", place=place)
        failed.append(f"{place}: {type(error).__name__}")
    else:
        taken.append(place)
