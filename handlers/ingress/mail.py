"""The mailbox: an SMTP listener that takes letters for integrations, and for nobody else.

The name before the @ is the integration's token, so that nothing else has to be looked up and no letter for
a stranger is taken. A letter is acknowledged when what it says was committed; until then its server keeps it.
"""

import asyncio
import hashlib
import json
import re
import ssl
from dataclasses import dataclass

import structlog
from aiosmtpd.smtp import Envelope, Session

from bot.domain.token import TOKEN
from bot.errors import StoreUnavailable
from handlers.ingress.letters import letter, message_id
from handlers.ingress.reading import Posted
from handlers.ingress.reception import Reception, Turned
from handlers.ingress.spoken_smtp import Smtp

log = structlog.get_logger(__name__)

PATIENCE = 60.0
MOST_RECIPIENTS = 20
MOST_LINES = 50
BEING_MADE = 1.0

LATER = "451 4.3.0 Not taken in now: try again later"
NOBODY = "550 5.1.1 No such mailbox"
TAKEN = "250 2.0.0 Taken in"
KEPT = "250 2.0.0 Taken, but it could not be read: it is kept, and told"

_ADDRESS = re.compile(rf"({TOKEN.pattern})@(.+)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Tls:
    """The files for STARTTLS."""

    certificate: str
    key: str


class Mailbox:
    """Listens from `start` to `stop`."""

    def __init__(
        self, reception: Reception, *, host: str, port: int, domain: str, tls: Tls | None = None
    ) -> None:
        self._reception = reception
        self._host, self._wanted, self._domain = host, port, domain
        self._tls = tls
        self._server: asyncio.Server | None = None
        self._lines: dict[Smtp, float] = {}

    @property
    def port(self) -> int:
        """Where it listens, while it does."""
        if self._server is None:
            raise RuntimeError("the mailbox does not listen")
        return int(self._server.sockets[0].getsockname()[1])

    async def start(self) -> None:
        """Listen."""
        loop, context = asyncio.get_running_loop(), _context(self._tls)
        self._server = await loop.create_server(lambda: self._line(loop, context), self._host, self._wanted)

    async def stop(self) -> None:
        """Take no more letters."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for line in self._lines:
            _hang_up(line)

    def _line(self, loop: asyncio.AbstractEventLoop, context: ssl.SSLContext | None) -> asyncio.Protocol:
        """A connection that is being made. Of too many the oldest one goes."""
        now = loop.time()
        for line, since in list(self._lines.items()):
            if line.transport is None and now - since > BEING_MADE:
                del self._lines[line]
        while len(self._lines) >= MOST_LINES:
            oldest = next(iter(self._lines))
            del self._lines[oldest]
            _hang_up(oldest)
        line = Smtp(
            self,
            loop=loop,
            hostname=self._domain,
            ident="Tocsin",
            data_size_limit=None,
            timeout=PATIENCE,
            tls_context=context,
            auth_exclude_mechanism=["LOGIN", "PLAIN"],
        )
        self._lines[line] = now
        return line

    async def handle_RCPT(  # noqa: N802 - the library's hook
        self, _server: Smtp, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Only mailboxes that are there."""
        found = _ADDRESS.fullmatch(address)
        if found is None or found[2].lower() != self._domain:
            return NOBODY
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        try:
            await self._reception.admitted(found[1])
        except Turned:
            return NOBODY
        except StoreUnavailable:
            return LATER
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802 - the library's hook
        self, _server: Smtp, _session: Session, envelope: Envelope
    ) -> str:
        """Every integration gets it; the letter is taken when all have."""
        raw = envelope.content
        assert isinstance(raw, bytes)
        try:
            whole = [await self._taken(address.partition("@")[0], raw) for address in envelope.rcpt_tos]
        except StoreUnavailable as error:
            log.warning("not_taken_in", why=str(error))
            return LATER
        except Turned:
            return LATER
        return TAKEN if all(whole) else KEPT

    async def _taken(self, token: str, raw: bytes) -> bool:
        """Whether all of it could be read. Raises Turned and StoreUnavailable: it must be tried again."""
        admitted = await self._reception.admitted(token)
        self._reception.hold(admitted.name)
        integration = admitted.integration
        if integration is None:
            gone = Turned(404, "address", "tocsin.yaml has this integration no more")
            await self._reception.turned(admitted.name, gone, raw)
            return False
        try:
            posted = await asyncio.to_thread(_posted, raw)  # whoever is to be paged does not wait for it
            taken = await self._reception.take(integration, posted)
        except Turned as error:
            if error.status in (429, 503):
                raise
            await self._reception.turned(admitted.name, error, raw)
            return False
        return not taken.reading.faults


def _posted(raw: bytes) -> Posted:
    """The letter as a document. The same letter, brought again, counts once."""
    name = message_id(raw) or hashlib.sha256(raw).hexdigest()
    body = TOKEN.sub("(token)", json.dumps(letter(raw))).encode()
    return Posted(raw=body, headers={"content-type": "application/json", "idempotency-key": name}, query={})


def _hang_up(line: Smtp) -> None:
    if isinstance(line.transport, asyncio.WriteTransport):
        line.transport.abort()


def _context(tls: Tls | None) -> ssl.SSLContext | None:
    if tls is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tls.certificate, tls.key)
    return context
