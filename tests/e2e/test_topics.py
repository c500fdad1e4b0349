"""Topics of Amazon SNS that post to the real endpoint: who is believed, and what is fetched because of it."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest

from bot.clock import SystemClock
from bot.integrations import Integrations
from bot.metrics import Metrics
from bot.ports import Store
from bot.ports.fetching import Unfetched
from bot.service import Desk
from bot.store import open_store
from handlers.http import Health, HttpServer
from handlers.ingress.alerts import Alerts
from handlers.ingress.amazon import Amazon
from handlers.ingress.limits import Limits
from handlers.ingress.reception import Reception
from handlers.webhooks.sources import SOURCES
from tests.e2e.ways_in import configuration
from tests.unit.webhooks.golden import PAYLOADS
from tests.unit.webhooks.test_sns import CERTIFICATE, NOTIFICATION, PEM, SUBSCRIPTION

Told = dict[str, object]


@dataclass(kw_only=True)
class Web:
    """The open web: the certificate of SNS, and an answer for everything else. `asked` is all of it."""

    asked: list[str] = field(default_factory=list)
    away: bool = False

    async def fetch(self, url: str) -> bytes:
        self.asked.append(url)
        if self.away:
            raise Unfetched("TimeoutError")
        return CERTIFICATE if url == PEM else b"<ConfirmSubscriptionResponse/>"


@dataclass(kw_only=True)
class Topic:
    """Posts as SNS does."""

    web: Web
    store: Store
    session: aiohttp.ClientSession
    url: str

    async def post(self, name: str, **changed: object) -> tuple[int, Told]:
        """An example with some members changed; None takes one away."""
        told = json.loads((PAYLOADS / "aws_sns" / f"{name}.json").read_bytes()) | changed
        body = json.dumps({key: value for key, value in told.items() if value is not None})
        kind = {"Content-Type": "text/plain; charset=UTF-8"}
        async with self.session.post(self.url, data=body, headers=kind) as answer:
            return answer.status, await answer.json()

    async def unread(self) -> list[str]:
        return [each.place for each in await self.store.read(lambda tx: tx.unread())]


@pytest.fixture
async def topic(tmp_path: Path) -> AsyncIterator[Topic]:
    clock, metrics, web, known = SystemClock(), Metrics(), Web(), configuration()
    async with AsyncExitStack() as stack:
        store = open_store(f"sqlite:///{tmp_path / 'tocsin.db'}", auto_migrate=True)
        await store.start()
        stack.push_async_callback(store.stop)
        desk = Desk(store, clock, lambda: known, lambda: None)
        integrations = Integrations(store, clock, lambda: known, SOURCES)
        reception = Reception(
            integrations=integrations,
            intake=desk.intake,
            metrics=metrics,
            limits=Limits(clock, 120_000),
            amazon=Amazon(web),
            secrets={},
        )

        async def fine() -> Health:
            return Health()

        http = HttpServer(
            host="127.0.0.1",
            port=0,
            healthy=fine,
            ready=fine,
            registry=metrics.registry,
            more=Alerts(reception).routes(),
        )
        await http.start()
        stack.push_async_callback(http.stop)
        token = (await integrations.add("aws_sns", "the tests")).text
        session = await stack.enter_async_context(aiohttp.ClientSession())
        yield Topic(web=web, store=store, session=session, url=f"{http.url}/alerts/aws_sns/{token}")


async def test_a_subscription_that_amazon_signed_is_confirmed(topic: Topic) -> None:
    status, told = await topic.post("subscription", **SUBSCRIPTION)

    assert (status, told["note"]) == (200, "confirmed")
    assert topic.web.asked == [
        PEM,
        "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription"
        "&TopicArn=arn:aws:sns:eu-west-1:123456789012:pager&Token=2336412f37",
    ]


@pytest.mark.parametrize(
    "address",
    [
        "http://169.254.169.254/latest/meta-data/",
        "https://sns.eu-west-1.amazonaws.com.evil.example/?Action=ConfirmSubscription&Token=1",
        "https://sns.eu-west-1.amazonaws.com@evil.example/?Action=ConfirmSubscription&Token=1",
        "https://evil.example/#https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=1",
        "https://sns.eu-west-1.amazonaws.com/?Action=DeleteTopic&TopicArn=1",
        "file:///etc/passwd",
        "",
        None,
        ["https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=1"],
    ],
)
@pytest.mark.parametrize("away", [False, True], ids=["with the certificate", "without it"])
async def test_no_other_address_is_fetched_whoever_says_so(topic: Topic, address: object, away: bool) -> None:
    topic.web.away = away

    status, told = await topic.post("subscription", **SUBSCRIPTION, SubscribeURL=address)

    assert (status, told["field"]) == ((400, "SubscribeURL") if away else (401, "Signature"))
    assert topic.web.asked == [PEM]
    assert await topic.unread() == [told["field"]]


@pytest.mark.parametrize(
    "changed",
    [
        {"SigningCertURL": "https://evil.example/SimpleNotificationService-0.pem"},
        {"SigningCertURL": "http://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0.pem"},
        {"SigningCertURL": "https://127.0.0.1/SimpleNotificationService-0.pem"},
        {"SigningCertURL": None},
        {"Signature": None},
        {"Signature": {"a": 1}},
        {"SignatureVersion": "9"},
    ],
)
@pytest.mark.parametrize("name", ["subscription", "alarm_firing"])
async def test_what_cannot_have_been_signed_by_amazon_is_refused_without_asking_anybody(
    topic: Topic, name: str, changed: Told
) -> None:
    status, told = await topic.post(name, **(NOTIFICATION | changed))

    assert (status, told["field"]) == (401, "Signature")
    assert topic.web.asked == []
    assert await topic.unread() == ["Signature"]


async def test_a_subscription_waits_for_a_certificate_that_cannot_be_had(topic: Topic) -> None:
    topic.web.away = True
    later, why = await topic.post("subscription", **SUBSCRIPTION)
    topic.web.away = False
    now, told = await topic.post("subscription", **SUBSCRIPTION)

    assert (later, why["field"]) == (503, "SubscribeURL")
    assert (now, told["note"]) == (200, "confirmed")


@pytest.mark.row("F84")
@pytest.mark.parametrize("name", [None, "", 7, "the same for all"])
async def test_notifications_without_names_of_their_own_are_no_repeats(topic: Topic, name: object) -> None:
    topic.web.away = True  # the token is proof enough then

    outcomes = [
        (await topic.post("alarm_firing", **NOTIFICATION, MessageId=name, Subject=each, Message=each))[1]
        for each in ("disk a is full", "disk b is full", "disk b is full")
    ]

    assert [each["alerts"][0]["outcome"] for each in outcomes[:2]] == ["opened"] * 2  # type: ignore[index]  # lists of objects
    assert outcomes[2]["alerts"] == []
    assert "came before" in str(outcomes[2]["note"])
