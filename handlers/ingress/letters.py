"""Letters: what stands in an e-mail, as a document that integrations read."""

import re
from datetime import UTC
from email import message_from_bytes, policy
from email.errors import HeaderParseError, MessageError
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from html import unescape

LONGEST = 200_000
MOST_HEADERS = 100

_UNSEEN = re.compile(r"(?is)<(script|style|head|title)\b.*?</\1\s*>|<!--.*?-->")
_BREAKS = re.compile(r"(?i)<(?:br|/p|/div|/tr|/li|/h[1-6])\b[^>]{0,500}>")
_TAGS = re.compile(r"<[^<>]{0,2000}>")
_SPACE = re.compile(r"[ \t\xa0]{1,1000}")


def letter(raw: bytes) -> dict[str, object]:
    """Subject, sender, recipients, text, date and headers, as far as they can be read. Never raises.

    What an e-mail may be is anybody's guess: a part that is broken is left out, and the rest is read.
    """
    message = message_from_bytes(raw[: LONGEST * 10], policy=policy.default)
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
    return _header(message_from_bytes(raw[:LONGEST], policy=policy.default), "Message-ID")


def _header(message: EmailMessage, name: str) -> str:
    try:
        return " ".join(str(message.get(name) or "").split())[:2_000]
    except (MessageError, HeaderParseError, ValueError, LookupError, TypeError, AttributeError):
        return " ".join(str(dict(message.raw_items()).get(name, "")).split())[:2_000]


def _text(message: EmailMessage) -> str:
    """The plain text, else the HTML without its marks, else whatever stands there."""
    try:
        body = message.get_body(preferencelist=("plain", "html"))
        if body is not None:
            content = str(body.get_content())
            return _bare(content) if body.get_content_type() == "text/html" else content
    except (MessageError, ValueError, LookupError, TypeError, AttributeError, AssertionError):
        pass  # an unknown charset, or a structure that is none
    payload = message.get_payload(decode=True)
    return payload.decode(errors="replace") if isinstance(payload, bytes) else ""


def _bare(html: str) -> str:
    text = _TAGS.sub(" ", _BREAKS.sub("\n", _UNSEEN.sub(" ", html[:LONGEST])))
    return "\n".join(line for each in unescape(text).splitlines() if (line := _SPACE.sub(" ", each).strip()))


def _date(message: EmailMessage) -> str:
    try:
        found = parsedate_to_datetime(_header(message, "Date"))
        return found.replace(tzinfo=found.tzinfo or UTC).isoformat()
    except (ValueError, TypeError, OverflowError, IndexError):
        return ""
