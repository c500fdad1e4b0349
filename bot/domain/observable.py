"""Observables: addresses, domains, hashes, accounts, URLs and CVEs that alerts name, and where else.

Nothing here backtracks: a text is cut into words once, each word is looked at once, and both are bounded.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from itertools import islice
from urllib.parse import urlsplit

from bot.domain.alert import Alert

MOST = 20
"""So many observables of an alert are remembered."""

LONGEST_TEXT, LONGEST_VALUE, MOST_LABELS = 10_000, 1_000, 64
LONGEST_URL = 500
_LONGEST_WORD, _SHORTEST_WORD = 2_000, 4
_DOT, _COLON, _AT = "\x01", "\x02", "\x03"

_MARKS = re.compile("[\x01-\x03]")
_FANGS = re.compile(r" ?[\[({] ?(\.|dot|:|:/{1,2}|@|at) ?[\])}] ?", re.IGNORECASE)
_WORD = re.compile(r"[^\s<>\"'`|,;(){}\\]+")
_SIGN = re.compile("[.:\x01-\x03]")
_CVE = re.compile(r"(?<![A-Za-z0-9-])CVE-[12][0-9]{3}-[0-9]{4,7}(?![0-9])", re.IGNORECASE)
_HASH = re.compile(r"(?<![0-9A-Za-z_-])(?:[0-9a-fA-F]{64}|[0-9a-fA-F]{40}|[0-9a-fA-F]{32})(?![0-9A-Za-z_-])")
_IPV4 = re.compile(r"((?:[0-9]{1,3}\.){3}[0-9]{1,3})(?::[0-9]{1,5})?(?:/[0-9]{1,2})?")
_IPV6 = re.compile(r"\[?([0-9a-fA-F:.]{6,45})(?:\](?::[0-9]{1,5})?)?(?:/[0-9]{1,3})?")
_HOST = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.){1,20}(?:[a-z]{2,24}|xn--[a-z0-9-]{2,40})")
_MAILBOX = re.compile(r"[a-z0-9.!#$%&*+/?^_{}~-]{1,64}")
_SCHEME = re.compile(r"h(?:tt|xx|tx|xt|\*\*)p(s?)://", re.IGNORECASE)

# What stands behind a dot in a text is a domain's end only where it is no word and no file's name.
_ENDS = frozenset(
    """
    com net org io dev app cloud info biz edu gov mil int eu uk de fr nl ch es pt se fi dk cz sk hu ro
    bg gr ie ru ua by kz cn jp kr tw hk sg vn th id ph br ar mx cl pe au nz ca za ng ke tr ir il ae sa
    pk xyz top online site shop club live tech store pro tv cc co ai gg icu click link win bid pw su ws
    onion host space website fun world today network systems services email agency digital zone
    """.split()  # noqa: SIM905 - words are read as words
)
_NAMED = re.compile(r"domain|dns|fqdn|sni|c2", re.IGNORECASE)
_NO_HASHES = re.compile(r"trace|span|request|commit|revision|fingerprint|uuid|uid|(?:^|_)id$", re.IGNORECASE)

Network = IPv4Network | IPv6Network


class Kind(StrEnum):
    """What it is."""

    IPV4 = "ipv4"
    IPV6 = "ipv6"
    DOMAIN = "domain"
    MD5 = "md5"
    SHA1 = "sha1"
    SHA256 = "sha256"
    ACCOUNT = "account"
    URL = "url"
    CVE = "cve"


_HASHES = {32: Kind.MD5, 40: Kind.SHA1, 64: Kind.SHA256}


@dataclass(frozen=True, slots=True, order=True)
class Observable:
    """One of them, written in the one way in which all its writings are the same."""

    kind: Kind
    value: str

    @property
    def shown(self) -> str:
        """Defanged: no program makes a link of it."""
        match self.kind:
            case Kind.IPV4 | Kind.DOMAIN:
                return self.value.replace(".", "[.]")
            case Kind.IPV6:
                return self.value.replace(":", "[:]")
            case Kind.ACCOUNT:
                return self.value.replace("@", "[@]").replace(".", "[.]")
            case Kind.URL:
                return self.value.replace("http", "hxxp", 1).replace(".", "[.]")
            case _:
                return self.value


@dataclass(frozen=True, kw_only=True, slots=True)
class Sighting:
    """An observable of an incident, and in how many others it was; `harmless` ones were false positives."""

    observable: Observable
    incidents: int
    harmless: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Own:
    """One's own networks, and domains with all that is below them: nothing to remember."""

    networks: tuple[Network, ...] = ()
    domains: frozenset[str] = frozenset()

    def has(self, found: Observable) -> bool:
        """Whether it is one's own."""
        match found.kind:
            case Kind.IPV4 | Kind.IPV6:
                address = ip_address(found.value)
                return any(address in network for network in self.networks)
            case Kind.DOMAIN:
                return self._has_host(found.value)
            case Kind.ACCOUNT:
                return self._has_host(found.value.rpartition("@")[2])
            case Kind.URL:
                return self._has_host(urlsplit(found.value).hostname or "")
            case _:
                return False

    def _has_host(self, host: str) -> bool:
        if address := _address(host):
            return any(address in network for network in self.networks)
        parts = host.split(".")
        return any(".".join(parts[number:]) in self.domains for number in range(len(parts)))


NOTHING_OWN = Own()


def observables(alert: Alert, own: Own = NOTHING_OWN) -> tuple[Observable, ...]:
    """What an alert's title, description and labels name, each once, at most MOST."""
    found: dict[Observable, None] = {}
    for each in _of_alert(alert):
        if each not in found and not own.has(each):
            found[each] = None
            if len(found) == MOST:
                break
    return tuple(found)


def _of_alert(alert: Alert) -> Iterator[Observable]:
    yield from in_text(alert.title[:LONGEST_VALUE])
    for name, value in islice(alert.labels.items(), MOST_LABELS):
        if _may_name(value):
            trusted, hashes = bool(_NAMED.search(name[:128])), not _NO_HASHES.search(name[:128])
            yield from in_text(value[:LONGEST_VALUE], trusted=trusted, hashes=hashes)
    yield from in_text(alert.description[:LONGEST_TEXT])


def _may_name(text: str) -> bool:
    """Whether it is worth a look: most labels are words."""
    return len(text) >= min(_HASHES) or "." in text or ":" in text or "[" in text or "CVE" in text.upper()


def in_text(text: str, *, trusted: bool = False, hashes: bool = True) -> Iterator[Observable]:
    """What a text names. `trusted`: it is known to be about domains, so that every end of one counts."""
    if not _may_name(text):
        return
    if hashes and len(text) >= min(_HASHES):
        yield from _hashes(text)
    if "CVE" in text.upper():
        yield from (Observable(Kind.CVE, each[0].upper()) for each in _CVE.finditer(text))
    if "." not in text and ":" not in text and "[" not in text:
        return
    for word in _WORD.findall(_refanged(text)):
        if _SHORTEST_WORD <= len(word) <= _LONGEST_WORD and _SIGN.search(word):
            yield from _in_word(word, trusted=trusted)


def _refanged(text: str) -> str:
    """With marks where somebody wrote `[.]`, `(dot)`, `[:]` or `[at]`, which means that it is one."""
    text = _MARKS.sub("", text)
    if not any(bracket in text for bracket in "[({"):
        return text
    marks = {".": _DOT, "dot": _DOT, "@": _AT, "at": _AT}
    return _FANGS.sub(
        lambda each: marks.get(each[1].lower(), _COLON + each[1][1:] if each[1][0] == ":" else ""), text
    )


def _hashes(text: str) -> Iterator[Observable]:
    for each in _HASH.finditer(text):
        value = each[0].lower()
        if not value.isdigit() and not value.isalpha():
            yield Observable(_HASHES[len(value)], value)


def _in_word(word: str, *, trusted: bool) -> Iterator[Observable]:
    defanged = _DOT in word or _COLON in word or _AT in word
    plain = word.replace(_DOT, ".").replace(_COLON, ":").replace(_AT, "@")
    if scheme := _SCHEME.search(plain[:200]):
        yield from _url(f"http{scheme[1].lower()}://", plain[scheme.end() :])
        return
    for part in plain.split("="):
        piece = part.removeprefix("mailto:").lstrip("*_~.!?/").rstrip("*_~.:!?/")
        if len(piece) < _SHORTEST_WORD:
            continue
        if "@" in piece:
            yield from _account(piece)
        elif (found := _ip(piece)) or (found := _domain(piece, trusted=trusted or defanged)):
            yield found


def _url(scheme: str, rest: str) -> Iterator[Observable]:
    rest = rest.rstrip(".,:;!?]*_~")
    try:
        parts = urlsplit(f"{scheme}{rest}")
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return
    inner = _ip(host) or _domain(host, trusted=True)
    if inner is None:
        return
    name = f"[{inner.value}]" if inner.kind is Kind.IPV6 else inner.value
    path = f"{parts.path}{'?' if parts.query else ''}{parts.query}"
    yield Observable(Kind.URL, f"{scheme}{name}{f':{port}' if port else ''}{path or '/'}"[:LONGEST_URL])
    yield inner


def _account(piece: str) -> Iterator[Observable]:
    mailbox, _, host = piece.lower().rpartition("@")
    domain = _domain(host, trusted=True)
    if domain is not None and _MAILBOX.fullmatch(mailbox):
        yield Observable(Kind.ACCOUNT, f"{mailbox}@{domain.value}")


def _ip(piece: str) -> Observable | None:
    if not piece or len(piece) > 60 or not (piece[-1].isalnum() or piece[-1] in ":]"):
        return None
    found = _IPV4.fullmatch(piece) or (piece.count(":") > 1 and _IPV6.fullmatch(piece)) or None
    address = _address(found[1]) if found else None
    if address is None or not any(each.isdigit() for each in piece):
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if address.is_loopback or address.is_unspecified or address.is_multicast or address.is_link_local:
        return None
    return Observable(Kind.IPV4 if address.version == 4 else Kind.IPV6, str(address))


def _address(text: str) -> IPv4Address | IPv6Address | None:
    if not text or not (text[0].isalnum() or text[0] == ":"):
        return None
    try:
        return ip_address(text)
    except ValueError:
        return None


def _domain(piece: str, *, trusted: bool) -> Observable | None:
    if "." not in piece or len(piece) > 300:
        return None
    host = piece.lower().partition("/")[0].partition(":")[0].strip("[].")
    if len(host) > 253 or not _HOST.fullmatch(host):
        return None
    return Observable(Kind.DOMAIN, host) if trusted or host.rpartition(".")[2] in _ENDS else None


def own_of(networks: Iterable[Network], domains: Iterable[str]) -> Own:
    """One's own, as it is configured."""
    return Own(networks=tuple(networks), domains=frozenset(each.lower().strip(".") for each in domains))


def seen_before(sightings: Iterable[Sighting], most: int) -> Mapping[Observable, str]:
    """The ones seen in most other incidents, each as `seen in 3 incidents, 2 false positives`."""
    known = sorted(
        (each for each in sightings if each.incidents), key=lambda each: (-each.incidents, each.observable)
    )
    return {each.observable: _words(each) for each in known[:most]}


def _words(it: Sighting) -> str:
    incidents = "1 incident" if it.incidents == 1 else f"{it.incidents} incidents"
    if not it.harmless:
        return f"seen in {incidents}"
    return f"seen in {incidents}, {it.harmless} false positive{'s' if it.harmless > 1 else ''}"
