"""Tokens in addresses: a link's id with our signature, so that the database alone opens nothing."""

import base64
import hashlib
import hmac
import re

from bot.domain.link import LinkId

_TOKEN = re.compile(r"([0-9a-f]{32})\.([A-Za-z0-9_-]{22})")
_MAC_BYTES = 16


class Tokens:
    """Makes tokens of links and opens them: `<128 random bits>.<mac>`."""

    def __init__(self, key: bytes) -> None:
        self._key = hashlib.blake2b(key, person=b"tocsin link", digest_size=32).digest()

    def of(self, link: LinkId) -> str:
        """The token of a link."""
        return f"{link}.{self._mac(link)}"

    def opened(self, token: str) -> LinkId | None:
        """The link that a token is of; None for whatever we did not sign. How long it takes tells nothing."""
        found = _TOKEN.fullmatch(token)
        if found is None:
            return None
        return LinkId(found[1]) if hmac.compare_digest(self._mac(found[1]), found[2]) else None

    def _mac(self, link: str) -> str:
        mac = hashlib.blake2b(link.encode(), key=self._key, digest_size=_MAC_BYTES).digest()
        return base64.urlsafe_b64encode(mac).decode().rstrip("=")
