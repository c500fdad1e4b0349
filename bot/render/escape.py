"""Untrusted text made harmless: cleaned of control characters, escaped for Slack, and cut to length."""

import re
import unicodedata
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

NOTHING = "-"
"""Stands for an empty text; Slack refuses empty strings."""

_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # control characters other than tab and line ends
    "\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"  # bidi, zero width
    "\U000e0000-\U000e007f]"  # tags
)
_LINE_END = re.compile("\r\n?|[\u2028\u2029]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_BLANK = re.compile(r"\s+")
_MARKUP = re.compile(r"<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>")
_LIKE_MARKUP = re.compile(r"<(?=[!@#])")
_ADDRESS = re.compile(r"://|\w\.\w\w|[/@\\]")
_UNSAFE_IN_URL = re.compile(r"[\s\"<>|`\\^{}]|[^\x21-\x7e]")
_HOST = re.compile(r"[A-Za-z0-9._:-]+")
_GROUP = re.compile(r"(?:<!subteam\^)?(S[A-Z0-9]{2,30})>?")
_USER = re.compile(r"(?:<@)?([UW][A-Z0-9]{2,30})>?")

TITLE = 200
BODY = 3000
LONGEST_URL = 2000


def clean(text: str, limit: int = 40_000) -> str:
    """Text without what cannot be seen: control characters, bidi overrides, zero-width ones, surrogates.

    Line ends become `\\n`; the text is composed (NFC). At most `limit` characters are looked at.
    """
    text = _SURROGATE.sub("\ufffd", text[:limit])
    text = _INVISIBLE.sub("", _LINE_END.sub("\n", text))
    return unicodedata.normalize("NFC", text).strip()


def one_line(text: str, limit: int = TITLE) -> str:
    """Cleaned text on one line of at most `limit` characters; not escaped. Nothing becomes "-"."""
    flat = _BLANK.sub(" ", clean(text, limit * 8)).strip()
    return _shorten(flat, limit) or NOTHING


def several_lines(text: str, limit: int = BODY) -> str:
    """Cleaned text of at most `limit` characters; not escaped. Nothing becomes "-"."""
    return _shorten(clean(text, limit * 8), limit) or NOTHING


def inert(text: str, limit: int) -> str:
    """One line for a `plain_text` object, in which nothing is left that looks like Slack's markup."""
    return _LIKE_MARKUP.sub("‹", one_line(text, limit))


def inert_lines(text: str, limit: int) -> str:
    """Several lines for an input's initial value; the empty text stays empty."""
    return _LIKE_MARKUP.sub("‹", _shorten(clean(text, limit * 8), limit))


def escape(text: str) -> str:
    """Slack's three entities, in Slack's order (Slack: Formatting text for app surfaces)."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def marked(text: str, limit: int = TITLE) -> str:
    """One line of untrusted text for mrkdwn: it cannot mention, link, quote or open a code span."""
    flat = _BLANK.sub(" ", clean(text, limit * 8)).strip().replace("`", "ˋ")
    return clip(escape(flat), limit) or NOTHING


def marked_lines(text: str, limit: int = BODY) -> str:
    """Several lines of untrusted text for mrkdwn."""
    return clip(escape(clean(text, limit * 8).replace("`", "ˋ")), limit) or NOTHING


def clip(markup: str, limit: int) -> str:
    """Shorten text that is escaped already; never inside an entity or a `<…>`."""
    if len(markup) <= limit:
        return markup
    head = markup[: limit - 1]
    for opening, closing in (("<", ">"), ("&", ";")):
        start = head.rfind(opening)
        if start >= 0 and closing not in head[start:]:
            head = head[:start]
    return head.rstrip() + "…"


def fence(text: str, limit: int = BODY) -> str:
    """A code block of at most `limit` characters; back-ticks inside cannot end it."""
    inner = clean(text, limit * 8).replace("```", "`\u200b`\u200b`")
    return f"```{clip(escape(inner), limit - 6) or NOTHING}```"


def flatten(markup: str) -> str:
    """What a reader sees of a text from Slack: links and mentions as words, entities as characters."""

    def word(found: re.Match[str]) -> str:
        sign, target, label = found.group(1), found.group(2), found.group(3)
        if sign == "!":
            return label or f"@{target.partition('^')[0]}"
        if sign:
            return f"{sign}{label or target}"
        return f"{label} ({target})" if label and label != target else target

    plain = _MARKUP.sub(word, markup)
    return plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def safe_url(url: str) -> str | None:
    """An http(s) address with a host, without credentials, percent-encoded where needed; else None."""
    url = url.strip()
    try:
        parts = urlsplit(url)
        host, where = parts.hostname or "", parts.netloc
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https") or not _HOST.fullmatch(host) or "@" in where:
        return None
    if _SURROGATE.search(url) or _INVISIBLE.search(url):
        return None
    encoded = _UNSAFE_IN_URL.sub(lambda found: quote(found.group(0), safe=""), url)
    return encoded if len(encoded) <= LONGEST_URL else None


def link(url: str | None, label: str, limit: int = 75) -> str:
    """A link in mrkdwn; the label alone when the address may not be linked.

    A label that looks like an address would hide where the link leads: the host stands there instead.
    """
    address = safe_url(url) if url else None
    if address is None:
        return marked(label, limit)
    host = urlsplit(address).hostname or address
    name = host if _ADDRESS.search(label) else label
    return f"<{escape(address)}|{marked(name.replace('|', '¦'), limit)}>"


def own_link(url: str | None, label: str) -> str:
    """A link whose label is ours, such as a ticket's key."""
    address = safe_url(url) if url else None
    return f"<{escape(address)}|{marked(label.replace('|', '¦'), 75)}>" if address else marked(label, 75)


def mention(target: str | None) -> str:
    """A mention of a user or a user group by its id; the empty text for anything else."""
    if group := _GROUP.fullmatch(target or ""):
        return f"<!subteam^{group.group(1)}>"
    if user := _USER.fullmatch(target or ""):
        return f"<@{user.group(1)}>"
    return ""


def utc(at: datetime) -> str:
    """`2026-11-22 14:37 UTC`."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def utc_clock(at: datetime) -> str:
    """`14:37 UTC`."""
    return f"{at.astimezone(UTC):%H:%M} UTC"


def date(at: datetime) -> str:
    """Day and time in the reader's zone; UTC where Slack cannot tell (notifications, old clients)."""
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} {{time}}|{utc(at)}>"


def clock(at: datetime) -> str:
    """The time of day in the reader's zone."""
    return f"<!date^{int(at.timestamp())}^{{time}}|{utc_clock(at)}>"


def header(text: str, limit: int = TITLE) -> str:
    """A header field of an e-mail: one line, without anything that could begin another field."""
    return one_line(text, limit)


def _shorten(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
