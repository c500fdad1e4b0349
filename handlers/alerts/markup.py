"""The door for text from outside: cleaned of what deceives, out of Slack's markup, its links collected."""

import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import urlsplit

from bot.domain.alert import Link

MAX_LINKS = 40
MAX_URL = 2_000
MAX_LABEL = 80

# C0 and C1 controls but tab and newline, lone surrogates, bidi controls, and marks that have no width.
UNWANTED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
)
ASCII_ONLY = re.compile(r"[\t\n\x20-\x7e]*")
TOKEN = re.compile(r"<([^<>\n]{1,4000})>")
BARE_URL = re.compile(r"https?://[^\s<>|\"'`]+")
SAFE_URL = re.compile(r"https?://[^\s<>|\"`\\]+", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Plain:
    """Text as a reader in Slack sees it, and the links in it."""

    text: str
    links: tuple[Link, ...]


def words(text: str) -> frozenset[str]:
    """A table of words, written as a line."""
    return frozenset(text.split())


def clean(text: str) -> str:
    """Text in NFC without control characters, lone surrogates and bidi controls; newlines are `\\n`."""
    if ASCII_ONLY.fullmatch(text):
        return text
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    return unicodedata.normalize("NFC", UNWANTED.sub("", _thinned(text)))


def plain(markup: str) -> Plain:
    """Slack's `<url|label>`, mentions and entities as plain text (docs.slack.dev, Formatting text)."""
    links: list[Link] = []

    def shown(found: re.Match[str]) -> str:
        return _token(found, links)

    text = _unescaped(TOKEN.sub(shown, markup))
    for found in BARE_URL.finditer(TOKEN.sub(" ", markup)):
        _collect(links, safe_link("", _unescaped(found.group()).rstrip(".,;:)]}*_")))
    return Plain(text=text, links=tuple(links))


def unmarked(text: str) -> Plain:
    """A text that is no markup, and the addresses in it."""
    links: list[Link] = []
    for found in BARE_URL.finditer(text):
        _collect(links, safe_link("", found.group().rstrip(".,;:)]}*_")))
    return Plain(text=text, links=tuple(links))


def safe_link(label: str, url: str) -> Link | None:
    """A link, if its address is http or https, has a host, hides no user name and is not endless.

    A label that looks like another address is replaced by the host: nobody is sent elsewhere than he reads.
    """
    if len(url) > MAX_URL or not SAFE_URL.fullmatch(url):
        return None
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return None
    if not host or "@" in parts.netloc:
        return None
    label = " ".join(label.replace("*", "").replace("`", "").split())[:MAX_LABEL]
    masked = "://" in label and label != url[:MAX_LABEL]
    return Link(label=host if masked or not label else label, url=url)


def merged(*groups: tuple[Link, ...]) -> tuple[Link, ...]:
    """All links, each address once, the first label kept."""
    seen: dict[str, Link] = {}
    for group in groups:
        for link in group:
            seen.setdefault(link.url, link)
    return tuple(seen.values())[:MAX_LINKS]


def _token(found: re.Match[str], links: list[Link]) -> str:
    target, _, label = found.group(1).partition("|")
    if target.startswith("!date^"):
        return label
    if target.startswith(("!", "@", "#")):
        return _mention(target, label)
    if target.startswith(("http://", "https://")):
        _collect(links, safe_link(_unescaped(label), _unescaped(target)))
        return label or target
    if target.startswith(("mailto:", "tel:")):
        return label or target.partition(":")[2]
    return found.group()


def _mention(target: str, label: str) -> str:
    sign = "#" if target.startswith("#") else "@"
    name = label or target[1:].removeprefix("subteam^")
    return sign + name.removeprefix(sign)


def _collect(links: list[Link], link: Link | None) -> None:
    if link is not None and len(links) < MAX_LINKS and all(known.url != link.url for known in links):
        links.append(link)


def _unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _thinned(text: str) -> str:
    """At most eight combining marks in a row: normalising longer runs takes quadratic time."""
    if not any(map(unicodedata.combining, text)):
        return text
    kept: list[str] = []
    run = 0
    for char in text:
        run = run + 1 if unicodedata.combining(char) else 0
        if run <= 8:
            kept.append(char)
    return "".join(kept)
