"""Envelopes of Amazon SNS: what kind they are, what was signed, and whether Amazon signed it.

https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html. Nothing is fetched here:
who asks gets the certificate from `certificate_url` and gives it to `genuine`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from handlers.webhooks.delivery import Delivery
from handlers.webhooks.document import Node
from handlers.webhooks.loading import within

_HOST = r"https://sns\.[a-z]{2}(?:-[a-z]{2,12}){1,3}-\d{1,2}\.amazonaws\.com(?:\.cn)?"
_CERTIFICATE = re.compile(_HOST + r"/SimpleNotificationService-[A-Za-z0-9]{1,128}\.pem")
_CONFIRMATION = re.compile(_HOST + r"/\?Action=ConfirmSubscription&[A-Za-z0-9=&:%._~+/-]{1,2000}")
_DIGESTS = {"1": "sha1", "2": "sha256"}


class Kind(StrEnum):
    """What an envelope is for."""

    NOTIFICATION = "Notification"
    SUBSCRIPTION = "SubscriptionConfirmation"
    UNSUBSCRIPTION = "UnsubscribeConfirmation"


_SIGNED = {
    Kind.NOTIFICATION: ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    Kind.SUBSCRIPTION: ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    Kind.UNSUBSCRIPTION: ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Envelope:
    """One message of a topic. `message` is the document in it, or its text."""

    kind: Kind
    root: Node
    message: Node

    @property
    def topic(self) -> str:
        """The topic's ARN. Whoever confirms a subscription must expect this very one."""
        return self.root["TopicArn"].text

    @property
    def certificate_url(self) -> str | None:
        """Where the certificate is, if that is an address of SNS; None for every other."""
        address = self.root.first("SigningCertURL", "SigningCertUrl").text
        return address if _CERTIFICATE.fullmatch(address) else None

    @property
    def confirmation_url(self) -> str | None:
        """What has to be fetched to confirm a subscription, if that is an address of SNS."""
        address = self.root["SubscribeURL"].text
        wanted = self.kind is Kind.SUBSCRIPTION and _CONFIRMATION.fullmatch(address)
        return address if wanted else None

    @property
    def is_signed(self) -> bool:
        """Whether there is a signature at all, of a version that is known."""
        return self.root["SignatureVersion"].text in _DIGESTS and bool(self.root["Signature"].text)

    @property
    def signed(self) -> bytes:
        """The bytes that are signed: names and values of what stands there, a line each."""
        told = ((name, self.root[name].value) for name in _SIGNED[self.kind])
        lines = (f"{name}\n{value}\n" for name, value in told if isinstance(value, str))
        return "".join(lines).encode(errors="replace")


def envelope(delivery: Delivery) -> Envelope | None:
    """The envelope that was posted; None when something else was, such as a message delivered raw."""
    return _opened(delivery.body)


def envelopes(delivery: Delivery) -> Iterator[Envelope]:
    """The envelope that was posted, or those in the `Records` of a function that passed them on."""
    for root in (delivery.body, *(record["Sns"] for record in delivery.body["Records"].items)):
        if found := _opened(root):
            yield found


def genuine(posted: Envelope, certificate: bytes) -> bool:
    """Whether the key of this certificate (PEM, from `certificate_url`) signed it."""
    digest = _DIGESTS.get(posted.root["SignatureVersion"].text)
    signature = posted.root["Signature"].value
    if digest is None or not isinstance(signature, str) or posted.certificate_url is None:
        return False
    from handlers.webhooks.rsa import signed_by  # noqa: PLC0415 - a tenth of a second, for SNS alone

    return signed_by(certificate, posted.signed, signature, digest)


def _opened(root: Node) -> Envelope | None:
    kind = root["Type"].text
    if kind not in set(Kind) or "Message" not in dict(root.members) or not root["TopicArn"]:
        return None
    return Envelope(kind=Kind(kind), root=root, message=within(root["Message"]))
