"""The ways in, part by part: limits, signatures, names of deliveries, and what Amazon signs."""

import hashlib
import hmac
from datetime import timedelta

import pytest

from bot.clock import ShiftedClock
from bot.ports.fetching import Unfetched
from handlers.ingress.amazon import Amazon, Proof
from handlers.ingress.credentials import delivery_id, shown, signed
from handlers.ingress.limits import Limits, urgent
from handlers.ingress.reading import Posted
from tests.unit.webhooks.test_sns import CERTIFICATE, NOTIFICATION, SUBSCRIPTION, posted

SECRET = "a secret of the sender's"


class Web:
    """What stands at addresses, and which were asked."""

    def __init__(self, **pages: bytes) -> None:
        self.pages = pages
        self.asked: list[str] = []

    async def fetch(self, url: str) -> bytes:
        self.asked.append(url)
        if url not in self.pages:
            raise Unfetched("nothing there")
        return self.pages[url]


def sent(raw: bytes = b"{}", **headers: str) -> Posted:
    return Posted(
        raw=raw, headers={name.replace("_", "-"): value for name, value in headers.items()}, query={}
    )


@pytest.mark.row("F83")
def test_a_limit_refuses_nothing_before_the_first_incident_and_little_after() -> None:
    clock = ShiftedClock()
    limits = Limits(clock, 600)
    assert all(limits.wait("shop") == 0 for _ in range(5_000)), "whoever is refused was heard before"

    limits.heard("shop")

    waits = [limits.wait("shop") for _ in range(3)]
    assert all(0 < wait <= 0.1 for wait in waits)
    assert limits.wait("other") == 0
    clock.advance(timedelta(seconds=1))
    assert [limits.wait("shop") > 0 for _ in range(12)].count(False) in (10, 11)


def test_the_limit_of_a_minute_may_come_at_once() -> None:
    limits = Limits(ShiftedClock(), 600)
    limits.heard("shop")

    assert [limits.wait("shop") == 0 for _ in range(601)].count(True) in (600, 601)


@pytest.mark.parametrize(
    ("source", "header", "prefix"),
    [
        ("github", "x-hub-signature-256", "sha256="),
        ("jira_server", "x-hub-signature", "sha256="),
        ("sentry", "sentry-hook-signature", ""),
        ("grafana", "x-grafana-alerting-signature", ""),
        ("pagerduty", "x-pagerduty-signature", "v1="),
        ("generic", "x-hub-signature-256", "sha256="),
    ],
)
def test_only_what_was_signed_with_the_secret_counts(source: str, header: str, prefix: str) -> None:
    mac = hmac.new(SECRET.encode(), b"{}", hashlib.sha256).hexdigest()

    def told(value: str, raw: bytes = b"{}") -> bool:
        return signed(source, SECRET, Posted(raw=raw, headers={header: value}, query={}))

    assert told(prefix + mac)
    assert not told(prefix + mac, b"{} ")
    assert not told(prefix + "0" * 64)
    assert not told("")
    assert not told("ü\udcff")
    assert not signed(source, SECRET, sent())


def test_pagerduty_may_sign_with_several_secrets() -> None:
    mac = hmac.new(SECRET.encode(), b"{}", hashlib.sha256).hexdigest()

    assert signed("pagerduty", SECRET, sent(x_pagerduty_signature=f"v1={'0' * 64},v1={mac}"))


def test_cloudflare_tells_the_secret_itself() -> None:
    assert signed("cloudflare", SECRET, sent(cf_webhook_auth=SECRET))
    assert not signed("cloudflare", SECRET, sent(cf_webhook_auth=SECRET + "x"))


def test_the_same_delivery_has_the_same_name_where_its_source_gives_one() -> None:
    assert delivery_id("github", sent(x_github_delivery="1")) == delivery_id(
        "github", sent(x_github_delivery="1")
    )
    assert delivery_id("github", sent(x_github_delivery="1")) != delivery_id(
        "github", sent(x_github_delivery="2")
    )
    assert delivery_id("sentry", sent(request_id="1"))
    assert delivery_id("grafana", sent(request_id="1")) is None, "a proxy's, perhaps the same for several"
    assert delivery_id("generic", sent(idempotency_key="\udcff")) is not None


@pytest.mark.parametrize("value", ["", "Basic", "Basic !!!", "Basic gIA=", "Digest x", "Bearer", "Bearer  "])
def test_headers_without_a_token_have_none(value: str) -> None:
    assert shown({"Authorization": value}) == ""


async def test_what_amazon_signed_is_believed_and_its_certificate_is_fetched_once() -> None:
    notification = posted("alarm_firing", **NOTIFICATION)
    assert notification.certificate_url
    web = Web(**{notification.certificate_url: CERTIFICATE})
    amazon = Amazon(web)

    proofs = [await amazon.proof(notification), await amazon.proof(notification)]
    forged = posted("alarm_firing", **NOTIFICATION, Message="something else")

    assert proofs == [Proof.GENUINE, Proof.GENUINE]
    assert await amazon.proof(forged) is Proof.FORGED
    assert web.asked == [notification.certificate_url]


@pytest.mark.row("A46")
@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/SimpleNotificationService-1.pem",
        "https://sns.eu-west-1.amazonaws.com.evil.example/SimpleNotificationService-1.pem",
        "http://169.254.169.254/latest",
        "",
    ],
)
async def test_a_certificate_of_elsewhere_is_never_fetched(url: str) -> None:
    web = Web()

    assert await Amazon(web).proof(posted("alarm_firing", **NOTIFICATION, SigningCertURL=url)) is Proof.FORGED
    assert web.asked == []


async def test_while_the_certificate_cannot_be_had_nothing_is_known() -> None:
    amazon = Amazon(Web())

    assert await amazon.proof(posted("alarm_firing", **NOTIFICATION)) is Proof.UNKNOWN


async def test_a_subscription_is_confirmed_at_amazon_and_nowhere_else() -> None:
    asked = posted("subscription", **SUBSCRIPTION)
    assert asked.certificate_url
    assert asked.confirmation_url
    web = Web(**{asked.certificate_url: CERTIFICATE, asked.confirmation_url: b"<ok/>"})
    elsewhere = posted("subscription", **{**SUBSCRIPTION, "SubscribeURL": "https://evil.example/?Action="})

    assert await Amazon(web).proof(asked) is Proof.GENUINE
    assert await Amazon(web).confirm(asked)
    assert not await Amazon(Web()).confirm(asked), "Amazon asks again"
    assert not await Amazon(web).confirm(elsewhere)
    assert web.asked == [asked.certificate_url, asked.confirmation_url]


def test_beyond_the_limit_a_few_are_looked_into_whether_somebody_must_be_woken() -> None:
    clock = ShiftedClock()
    limits = Limits(clock, 600)

    assert [limits.spared("shop") for _ in range(100)].count(True) == 60
    assert limits.spared("other")
    clock.advance(timedelta(minutes=1))
    assert limits.spared("shop")


def test_what_was_sent_away_is_told_as_long_as_it_goes_on() -> None:
    clock = ShiftedClock()
    limits = Limits(clock, 600)
    limits.refused("shop")
    clock.advance(timedelta(minutes=9))
    limits.refused("shop")

    assert limits.lately() == {"shop": 2}
    clock.advance(timedelta(minutes=11))
    assert limits.lately() == {}


@pytest.mark.parametrize(
    ("raw", "may_be"),
    [
        (b'{"severity": "critical"}', True),
        (b'{"priority":"P1"}', True),
        (b"severity=SEV1", True),
        (b'{"severity": "warning", "id": "p12"}', False),
        (b"", False),
    ],
)
def test_a_document_that_says_the_worst_is_urgent(raw: bytes, may_be: bool) -> None:
    assert urgent(raw) is may_be
