"""Letters: what stands in an e-mail, as a document that integrations read."""

import re
from datetime import UTC
from email.errors import HeaderParseError, MessageError
from email.header import decode_header
from email.message import Message
from email.parser import BytesParser
from email.utils import parsedate_to_datetime

from handlers.ingress.hypertext import bare

LONGEST = 200_000
LONGEST_HEADER = 2_000
LONGEST_HEAD = 64 * 1024
MOST_HEADERS = 100

MOST_PARTS = 200
MOST_NESTED = 8
"""A letter of more parts, or of more parts within parts, is read as the one text that it is."""

_BOUNDARY = re.compile(rb"boundary\s{0,100}=", re.IGNORECASE)
_PARSER = BytesParser()
"""The old policy: the newer one takes headers apart by recursion, as deep as whoever wrote them likes."""


def letter(raw: bytes) -> dict[str, object]:
    """Subject, sender, recipients, text, date and headers, as far as they can be read. Never raises.

    What an e-mail may be is anybody's guess: a part that is broken is left out, and the rest is read.
    """
    message = _message(raw[: LONGEST * 10])
    return {
        "subject": _header(message, "Subject"),
        "from": _header(message, "From"),
        "to": _header(message, "To"),
        "text": _text(message)[:LONGEST],
        "date": _date(message),
        "headers": {
            name.lower()[:100]: _header(message, name) for name in list(message.keys())[:MOST_HEADERS]
        },
    }


def message_id(raw: bytes) -> str:
    """What the letter is called; empty for one without a name."""
    return _header(_PARSER.parsebytes(raw[:LONGEST_HEAD], headersonly=True), "Message-ID")


def _message(raw: bytes) -> Message:
    parts, nested = raw.count(b"\n--"), len(_BOUNDARY.findall(raw))
    return _PARSER.parsebytes(raw, headersonly=parts > MOST_PARTS or nested > MOST_NESTED)


def _header(message: Message, name: str) -> str:
    """Decoded, on one line; as it was sent when it cannot be decoded."""
    written = str(message.get(name) or "")[:LONGEST_HEADER]
    try:
        found = "".join(
            part if isinstance(part, str) else part.decode(charset or "utf-8", errors="replace")
            for part, charset in decode_header(written)
        )
    except (HeaderParseError, LookupError, ValueError):
        found = written
    return " ".join(found.encode(errors="replace").decode().split())[:LONGEST_HEADER]


def _text(message: Message) -> str:
    """The plain text, else the HTML without its marks, else whatever stands there."""
    parts = [part for part in message.walk() if not part.is_multipart() and _shown(part)]
    for part in parts:
        if len(str(part.get("Content-Type") or "")) > LONGEST_HEADER:
            del part["Content-Type"]  # it says nothing, at length
    for kind in ("text/plain", "text/html"):
        for part in parts:
            if part.get_content_type() == kind and (text := _content(part)).strip():
                return bare(text) if kind == "text/html" else text
    return next((text for part in parts if (text := _content(part)).strip()), "")


def _shown(part: Message) -> bool:
    return str(part.get("Content-Disposition") or "").strip()[:10].lower() != "attachment"


def _content(part: Message) -> str:
    """Nothing for a part that is broken."""
    try:
        payload = part.get_payload(decode=True)
        content = payload if isinstance(payload, bytes) else str(payload or "").encode(errors="replace")
        return content[: 2 * LONGEST].decode(part.get_content_charset() or "utf-8", errors="replace")[
            :LONGEST
        ]
    except LookupError:  # a charset that nobody knows
        return content[: 2 * LONGEST].decode(errors="replace")[:LONGEST]
    except (MessageError, ValueError, TypeError, AttributeError, AssertionError):
        return ""


def _date(message: Message) -> str:
    try:
        found = parsedate_to_datetime(_header(message, "Date"))
        return found.replace(tzinfo=found.tzinfo or UTC).isoformat()
    except (ValueError, TypeError, OverflowError, IndexError):
        return ""
