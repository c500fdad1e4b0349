"""Amazon SNS: subscriptions are confirmed, and what is signed must be signed by Amazon.

A certificate comes from an address of SNS and nowhere else, and is kept: there are few.
"""

from enum import Enum

import structlog

from bot.ports.fetching import Fetcher, Unfetched
from handlers.webhooks.sns import Envelope, genuine

log = structlog.get_logger(__name__)

MOST = 20


class Proof(Enum):
    """What is known of a signature."""

    GENUINE = "genuine"
    FORGED = "forged"
    UNKNOWN = "unknown"


class Amazon:
    """Asks SNS for what is needed to believe it."""

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher
        self._certificates: dict[str, bytes] = {}

    async def proof(self, posted: Envelope) -> Proof:
        """Whether Amazon signed it. UNKNOWN: the certificate cannot be had now."""
        url = posted.certificate_url
        if url is None or not posted.is_signed:
            return Proof.FORGED
        try:
            certificate = self._certificates.get(url) or await self._fetcher.fetch(url)
        except Unfetched as error:
            log.warning("certificate_missing", why=str(error))
            return Proof.UNKNOWN
        if not genuine(posted, certificate):
            return Proof.FORGED
        if len(self._certificates) < MOST:
            self._certificates[url] = certificate
        return Proof.GENUINE

    async def confirm(self, posted: Envelope) -> bool:
        """Confirm a subscription that Amazon signed; whether SNS took it."""
        url = posted.confirmation_url
        if url is None:
            return False
        try:
            await self._fetcher.fetch(url)
        except Unfetched as error:
            log.warning("subscription_unconfirmed", topic=posted.topic, why=str(error))
            return False
        log.info("subscription_confirmed", topic=posted.topic)
        return True
