"""SMTP as it is spoken to the mailbox: a letter is taken however long it is, or its lines are.

The library refuses what is beyond a limit for good, and whoever is refused is heard no more. What a letter
says stands at its beginning; behind that come pictures.
"""

import asyncio

from aiosmtpd.smtp import SMTP, syntax

LARGEST = 2 * 1024 * 1024
"""So many bytes of a letter are kept."""

ENDLESS = 64 * 1024 * 1024
"""After so many bytes it is hung up; no server sends letters of that size."""

_DOT, _END = b".", b"\r\n"


class Smtp(SMTP):
    """One connection. The handler's `handle_DATA` gets the beginning of a letter that is too long."""

    line_length_limit = 64 * 1024
    """Bytes that wait to be read; letters may have longer lines."""

    @syntax("DATA")
    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - the library's name
        """A letter, until a lone dot (RFC 5321, 4.1.1.4)."""
        if await self.check_helo_needed() or await self.check_auth_needed("DATA"):
            return
        if self.envelope is None or not self.envelope.rcpt_tos:
            await self.push("503 Error: need RCPT command")
            return
        if arg:
            await self.push("501 Syntax: DATA")
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        self.envelope.content, ended = await self._letter()
        answer = await self._call_handler_hook("DATA")
        self.envelope = self._create_envelope()
        await self.push(answer)
        if not ended and self.transport is not None:
            self.transport.close()

    async def _letter(self) -> tuple[bytes, bool]:
        """So much of it as is kept, and whether its end came."""
        letter, size, begins = bytearray(), 0, True
        while size <= ENDLESS:
            try:
                part, ends = await self._reader.readuntil(_END), True
            except asyncio.LimitOverrunError as error:
                part, ends = await self._reader.read(error.consumed), False
            if begins and part == _DOT + _END:
                return bytes(letter), True
            size += len(part)
            letter += part.removeprefix(_DOT if begins else b"")[: LARGEST - len(letter)]
            begins = ends
        return bytes(letter), False
