"""The sandbox's mail server: takes every message and keeps it, so that one can read one's pages."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.smtp import SMTP, Envelope, Session

from bot.clock import Clock


@dataclass(frozen=True, kw_only=True, slots=True)
class Mail:
    """A message as it was taken."""

    at: datetime
    sender: str
    recipients: tuple[str, ...]
    message: EmailMessage

    @property
    def subject(self) -> str:
        """Its subject, in words."""
        return str(self.message["Subject"] or "")

    @property
    def text(self) -> str:
        """Its plain text."""
        body = self.message.get_body(preferencelist=("plain",))
        return str(body.get_content()) if body else ""

    @property
    def html(self) -> str:
        """Its HTML, as the sender wrote it; nothing when it has none."""
        body = self.message.get_body(preferencelist=("html",))
        return str(body.get_content()) if body else ""


class MailServer:
    """SMTP on loopback, without encryption; `refuse` answers every recipient with that line instead."""

    def __init__(self, clock: Clock, *, port: int = 0) -> None:
        self._clock = clock
        self._wanted_port = port
        self._server: asyncio.Server | None = None
        self.inbox: list[Mail] = []
        self.refuse: str | None = None
        self.on_mail: Callable[[Mail], None] = lambda _: None
        self._listeners: list[Callable[[Mail], None]] = []

    @property
    def port(self) -> int:
        """Where it listens."""
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    def subscribe(self, listener: Callable[[Mail], None]) -> None:
        """Call `listener` with every message that is taken."""
        self._listeners.append(listener)

    async def start(self) -> None:
        """Listen."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: SMTP(self, hostname="sandbox", loop=loop), "127.0.0.1", self._wanted_port
        )

    async def stop(self) -> None:
        """Hang up; the inbox stays readable."""
        if self._server:
            self._server.close()
            await self._server.wait_closed()

    async def handle_RCPT(  # noqa: N802 - the library's hook
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Accept a recipient, unless told to refuse."""
        if self.refuse:
            return self.refuse
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - the library's hook
        """Keep the message."""
        content = envelope.content or b""
        mail = Mail(
            at=self._clock.now(),
            sender=envelope.mail_from or "",
            recipients=tuple(envelope.rcpt_tos),
            message=message_from_bytes(
                content if isinstance(content, bytes) else content.encode(), policy=policy.default
            ),
        )
        self.inbox.append(mail)
        for listener in (self.on_mail, *self._listeners):
            listener(mail)
        return "250 OK"
