"""Envelopes of SNS: what they are, and whether the certificate's key signed them.

The certificate and the signatures below were made once with OpenSSL; the key is gone.
"""

import base64
import json
from dataclasses import replace

import pytest

from bot.domain.alert import Alert
from handlers.webhooks.document import Node
from handlers.webhooks.loading import receive
from handlers.webhooks.sns import Envelope, Kind, envelope, genuine
from handlers.webhooks.sources import SOURCES
from tests.unit.webhooks.golden import PAYLOADS

CERTIFICATE = b"""\
-----BEGIN CERTIFICATE-----
MIIDGzCCAgOgAwIBAgIUW/4fi8eHYO3M8gIszGQb1SPUoM0wDQYJKoZIhvcNAQEL
BQAwHDEaMBgGA1UEAwwRc25zLmFtYXpvbmF3cy5jb20wIBcNMjYxMTIzMTAwODEx
WhgPMjEyNjEwMzAxMDA4MTFaMBwxGjAYBgNVBAMMEXNucy5hbWF6b25hd3MuY29t
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAzD3XogljlhwH/bdNKfvo
Y6rncJYgV0lok5+tz+l3A3ITHYsBQTSKJB/o24NH1WK6LGr++rHQRzaVMFb0QiT4
T1XTfVMtQQm5kmEeTDtQOyRMLOaIiwZu+HgiQjPIQ+ayMA50CfmMufilCG0nllVX
LXnLenP/RSU7m0+wIxc4p991w72KrkVV7tWhx9d63O1clVql1OOI6FlnYkhDTTqU
rnbdGKSdk6PWSjG6R7ML3lOETK7LDaFVkVpmribHHeTu8H/MG6yjc9cPK6HMkGBH
X5lYrooAuoLJZD5zZ1IbdCrGSTlxXXxEEWiUEAUmDeVPlsylZWgYHv6rTaOgV/w/
tQIDAQABo1MwUTAdBgNVHQ4EFgQUdo7rgrco0faZ0EIEbJKZe5N8gekwHwYDVR0j
BBgwFoAUdo7rgrco0faZ0EIEbJKZe5N8gekwDwYDVR0TAQH/BAUwAwEB/zANBgkq
hkiG9w0BAQsFAAOCAQEAlyNW5UvDS9Vwe2r3vWJ1z2Nm8IiR82QcW/hXhxyw+hVb
q3OUM2fdCdYoSyGSaKDRKjH/7ZM4umGSqXhhcA3AInRWM7qCrkzBiz9YKSXK3LNK
Z4BxrHPTT4IVee8o9aj/HgkGCA8YLT7JmWfTGPT9w0q0ewo4QrRaGmmNohQJ9/49
lLyEnAlypFj9IrDdu2/sn8JyJQNeQg49H8LDpagOyTIeSZLHEw2pS+9xWmcqmNeZ
Tp3eXFyz81uMzaPHH4vIcR9Q9JAGuGeGQJJEjtvbg1kVHS54saPoAUgBAeNDIYjp
KKxWCpiqtoeelAM5wIh3yFAyGzEkpHM4lvAmwXqXrQ==
-----END CERTIFICATE-----
"""
SIGNED_BY_SHA1 = (
    "kn4r0QvCuabFzjHefQx4eJ01AbsKem0z6pt3Rq3aNtNk+dFG76U6vJEClMnf9vsiVvKc3/G1fX726A+rMqWvtsrzToDam11C"
    "Pe7bTYpxbrZItF7+ESa619HEL5/DVIYEx0FhkfGvpV602e5F1A/Lt+yqfU2NaafjEBraZ9a2zhqZTAPXXq2QbEJcJ4Q26w21"
    "TleiYDCE9sDJkgDpMDj/g1zzkLxjBrVhYZvMLPiqZdgacr5Xqv65CEsE7IIgY0psRlTFel2I89Ox/jv9nQE1VBHfVTixq/yO"
    "uFJlplp/zanevZqgQXA7bVuorWkq2cF3+trNjRbyfi7Pu20dv+aNbA=="
)
SIGNED_BY_SHA256 = (
    "phdn1OK6XmlarwgsKRWZIcXjydCF9rB4MAqip8S9Fgz/e0VGBQ80DvhEOtdHTYobnSmiCS9hQb0jsoNMeNDcXD/BbM9x4nPH"
    "Dd75rMvmgrGwO3mS6J64n/rMEVLFg5LN8JkAd0DZrHEMaQiYs54VvzRslIo29unOtQe1m+QTFfc8ULLvESlYKjfICQowNRD2"
    "wiK1fDuz0TKFnyLHOLl5aBUBYvQLdT4zj3dK7XM0GE79CVSrKN5Qd386OvyQ/Jf8m54YJaIZ0Mg7WGFMR5z697PzcNE7+lSc"
    "gnkigFcfceqRPS4cwjZfuUgGFwtlnv1rWASKgB+Rja5A6GnbIFT+PQ=="
)
PEM = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem"


def posted(name: str, **changed: object) -> Envelope:
    """An example's envelope with some members changed; None takes one away."""
    found = envelope(receive((PAYLOADS / "aws_sns" / f"{name}.json").read_bytes()))
    assert found
    members = {**{key: node.value for key, node in found.root.members}, **changed}
    return replace(found, root=Node({key: value for key, value in members.items() if value is not None}))


NOTIFICATION = {"SignatureVersion": "1", "Signature": SIGNED_BY_SHA1}
SUBSCRIPTION = {"SignatureVersion": "2", "Signature": SIGNED_BY_SHA256}


def test_a_notification_signed_with_version_1_is_genuine() -> None:
    assert genuine(posted("alarm_firing", **NOTIFICATION), CERTIFICATE)


def test_a_subscription_signed_with_version_2_is_genuine() -> None:
    assert genuine(posted("subscription", **SUBSCRIPTION), CERTIFICATE)


@pytest.mark.parametrize(
    "changed",
    [
        {"Message": "another"},
        {"Subject": None},
        {"Timestamp": "2026-03-01T10:20:31.135Z"},
        {"TopicArn": "arn:aws:sns:eu-west-1:999999999999:pager"},
        {"SignatureVersion": "2"},
        {"SignatureVersion": "3"},
        {"Signature": "AAAA"},
        {"Signature": "no Base64 at all"},
        {"Signature": None},
        {"Signature": SIGNED_BY_SHA256},
        {"SigningCertURL": "https://sns.eu-west-1.amazonaws.com.example.com/SimpleNotificationService-0.pem"},
    ],
    ids=str,
)
def test_what_was_changed_is_not_genuine(changed: dict[str, object]) -> None:
    assert not genuine(posted("alarm_firing", **{**NOTIFICATION, **changed}), CERTIFICATE)


def test_a_longer_writing_of_the_same_signature_is_not_genuine() -> None:
    longer = base64.b64encode(b"\0" + base64.b64decode(SIGNED_BY_SHA1)).decode()

    assert not genuine(posted("alarm_firing", **{**NOTIFICATION, "Signature": longer}), CERTIFICATE)


@pytest.mark.parametrize(
    "certificate", [b"", b"\xff", CERTIFICATE[:-200], CERTIFICATE.replace(b"MII", b"MIJ", 1), b"x" * 20_000]
)
def test_a_broken_certificate_signs_nothing(certificate: bytes) -> None:
    assert not genuine(posted("alarm_firing", **NOTIFICATION), certificate)


@pytest.mark.parametrize(
    "address",
    [
        "http://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0.pem",
        "https://sns.eu-west-1.amazonaws.com.example.com/SimpleNotificationService-0.pem",
        "https://user@sns.eu-west-1.amazonaws.com/SimpleNotificationService-0.pem",
        "https://sns.eu-west-1.amazonaws.com:8443/SimpleNotificationService-0.pem",
        "https://sns.eu-west-1.amazonaws.com/../x.pem",
        "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0.pem/../other",
        "https://example.com/https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0.pem",
        "https://bucket.s3.eu-west-1.amazonaws.com/SimpleNotificationService-0.pem",
        None,
    ],
)
def test_certificates_are_asked_of_sns_alone(address: str | None) -> None:
    assert posted("alarm_firing", SigningCertURL=address).certificate_url is None


@pytest.mark.parametrize(
    "address",
    [
        PEM,
        PEM.replace("eu-west-1", "cn-north-1").replace(".com/", ".com.cn/"),
        PEM.replace("eu-west-1", "us-gov-east-1"),
    ],
)
def test_certificates_of_every_partition_are_known(address: str) -> None:
    assert posted("alarm_firing", SigningCertURL=address).certificate_url == address


def test_only_a_subscription_is_confirmed_and_only_at_sns() -> None:
    asked = posted("subscription")

    assert asked.kind is Kind.SUBSCRIPTION
    assert asked.topic == "arn:aws:sns:eu-west-1:123456789012:pager"
    assert asked.confirmation_url == asked.root["SubscribeURL"].text
    assert posted("alarm_firing", SubscribeURL=asked.confirmation_url).confirmation_url is None
    for address in (
        "https://sns.eu-west-1.amazonaws.com/?Action=Unsubscribe&Token=1",
        "https://example.com/?Action=ConfirmSubscription&Token=1",
    ):
        assert posted("subscription", SubscribeURL=address).confirmation_url is None


def test_what_is_no_envelope_is_none() -> None:
    for raw in (
        b"[]",
        b"{}",
        b'{"Type": "Notification"}',
        b'{"Type": ["x"], "Message": "", "TopicArn": "a"}',
    ):
        assert envelope(receive(raw)) is None


def text(subject: str) -> Alert:
    body = {"Type": "Notification", "TopicArn": "arn:aws:sns:eu-west-1:1:ops", "Message": "x"}
    [alert] = SOURCES["aws_sns"](receive(json.dumps({**body, "Subject": subject}).encode()))
    return alert


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("web1 is down", "web2 is down"),
        ("OK: web1 is down", "web2 is down"),
        ("Host 10.0.0.1 unreachable", "Host 10.0.0.2 unreachable"),
        ("i-0a1 failed", "i-0a2 failed"),
        ("a1b2c3d4e5f6 died", "a1b2c3d4e5f7 died"),
        ("VM 101 is down", "VM 102 is down"),
        ("ORA-00600 on prod", "ORA-01555 on prod"),
        ("Job 8f14e45f-ceea-167a-b0d1-0123456789ab died", "Job 8f14e45f-ceea-167a-b0d1-0123456789ac died"),
    ],
)
def test_texts_about_two_things_are_two_alerts(one: str, other: str) -> None:
    assert text(one).fingerprint != text(other).fingerprint


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("web1 is down", "OK: web1 is down"),
        ("Disk of web1 at 93%", "Disk of web1 at 97.5%"),
        ("3 messages in DLQ of shop", "12 messages in DLQ of shop"),
        ("web1 failed at 2026-01-01 03:10:11", "web1 failed at 2026-01-02 04:11:12"),
        ("[ALARM] VM 101 is down for 5 minutes", "[OK] VM 101 is down for 9 minutes"),
    ],
)
def test_texts_about_one_thing_are_one_alert(one: str, other: str) -> None:
    assert text(one).fingerprint == text(other).fingerprint
