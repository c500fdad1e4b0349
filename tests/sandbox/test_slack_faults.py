"""The failure modes of the sandbox's Web API, and the addresses that need no token."""

import asyncio
import json
from datetime import timedelta

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.clock import ShiftedClock
from bot.sandbox.slack.faults import Fault, FaultKind
from bot.sandbox.slack.server import SlackServer
from bot.sandbox.slack.triggers import TRIGGER_LIFE

ALERTS = "C0ALERTS001"


async def post(client: AsyncWebClient, text: str = "x") -> SlackApiError:
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel=ALERTS, text=text)
    return caught.value


@pytest.mark.parametrize("retry_after", ["7", "abc", None])
async def test_a_429_comes_with_any_retry_after(
    client: AsyncWebClient, slack: SlackServer, retry_after: str | None
) -> None:
    slack.faults.add(Fault(kind=FaultKind.RATE_LIMITED, retry_after=retry_after, times=1))

    error = await post(client)

    assert error.response.status_code == 429
    assert error.response.headers.get("Retry-After") == retry_after
    assert slack.messages("#alerts") == []
    assert (await client.chat_postMessage(channel=ALERTS, text="again"))["ok"]


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize("delivered", [True, False])
async def test_a_server_error_may_have_delivered(
    client: AsyncWebClient, slack: SlackServer, *, status: int, delivered: bool
) -> None:
    slack.faults.add(Fault(kind=FaultKind.STATUS, status=status, delivered=delivered))

    error = await post(client)

    assert error.response.status_code == status
    assert error.response.get("error") is None
    assert len(slack.messages("#alerts")) == int(delivered)


@pytest.mark.parametrize("delivered", [True, False])
async def test_an_internal_error_may_have_delivered(
    client: AsyncWebClient, slack: SlackServer, *, delivered: bool
) -> None:
    slack.faults.add(Fault(kind=FaultKind.ERROR, error="fatal_error", delivered=delivered))

    assert (await post(client)).response["error"] == "fatal_error"
    assert len(slack.messages("#alerts")) == int(delivered)


async def test_a_post_is_accepted_and_the_answer_never_comes(
    client: AsyncWebClient, slack: SlackServer
) -> None:
    slack.faults.add(Fault(kind=FaultKind.HANG, delivered=True))

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await client.chat_postMessage(channel=ALERTS, text="x")

    assert len(slack.messages("#alerts")) == 1


async def test_a_late_answer_is_the_true_one(client: AsyncWebClient, slack: SlackServer) -> None:
    slack.faults.add(Fault(kind=FaultKind.HANG, seconds=0.05, times=1))
    slack.faults.add(Fault(kind=FaultKind.DELAY, seconds=0.05, times=1))

    assert (await client.chat_postMessage(channel=ALERTS, text="late"))["ok"]
    assert (await client.chat_postMessage(channel=ALERTS, text="slow"))["ok"]
    assert [e.outcome for e in slack.journal.calls()] == ["hang: ok", "delay: ok"]


@pytest.mark.parametrize(
    ("kind", "delivered"),
    [(FaultKind.RESET, True), (FaultKind.RESET, False), (FaultKind.TORN, True)],
)
async def test_the_connection_is_cut_before_or_after_processing(
    client: AsyncWebClient, slack: SlackServer, *, kind: FaultKind, delivered: bool
) -> None:
    slack.faults.add(Fault(kind=kind, delivered=delivered, times=1))

    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel=ALERTS, text="x")

    assert len(slack.messages("#alerts")) == int(delivered)


async def test_slack_is_down_for_a_while(
    client: AsyncWebClient, slack: SlackServer, clock: ShiftedClock
) -> None:
    slack.faults.add(Fault(kind=FaultKind.DOWN), lasting=timedelta(minutes=10))

    assert (await post(client)).response.status_code == 503
    clock.advance(timedelta(minutes=10))
    assert (await client.chat_postMessage(channel=ALERTS, text="x"))["ok"]


async def test_slack_is_down_without_a_word(client: AsyncWebClient, slack: SlackServer) -> None:
    fault = slack.faults.add(Fault(kind=FaultKind.DOWN, cut=True))

    with pytest.raises(aiohttp.ClientError):
        await client.auth_test()
    slack.faults.clear(fault)
    assert (await client.auth_test())["ok"]


async def test_a_failure_can_be_for_one_method_and_one_channel(
    client: AsyncWebClient, slack: SlackServer
) -> None:
    slack.faults.add(Fault(kind=FaultKind.ERROR, method="chat.*", channel=ALERTS, error="restricted_action"))

    assert (await post(client)).response["error"] == "restricted_action"
    assert (await client.chat_postMessage(channel="C0INCIDENT1", text="x"))["ok"]
    assert (await client.conversations_history(channel=ALERTS))["ok"]


async def test_a_webhook_answers_like_slacks(slack: SlackServer, session: aiohttp.ClientSession) -> None:
    alertmanager = slack.integration("Alertmanager")
    hook = AsyncWebhookClient(alertmanager.webhook_url, session=session)

    good = await hook.send(attachments=[{"title": "[FIRING:1]"}])
    empty = await hook.send_dict({"text": ""})
    unknown = await AsyncWebhookClient(alertmanager.webhook_url + "x", session=session).send(text="x")
    async with session.post(alertmanager.webhook_url, data=b"{not json") as broken:
        answer = (broken.status, await broken.text())

    assert (good.status_code, good.body) == (200, "ok")
    assert (empty.status_code, empty.body) == (400, "no_text")
    assert (unknown.status_code, unknown.body) == (404, "no_service")
    assert answer == (400, "invalid_payload")
    (message,) = slack.messages("#alerts")
    assert message.body["subtype"] == "bot_message"


async def test_a_webhook_takes_json_in_a_form_and_attachments_in_a_string(
    slack: SlackServer, session: aiohttp.ClientSession
) -> None:
    url = slack.integration("Alertmanager").webhook_url
    payload = json.dumps({"channel": "#payments", "attachments": json.dumps([{"text": "down"}])})

    async with session.post(url, data={"payload": payload}) as response:
        assert await response.text() == "ok"

    assert [m.words for m in slack.messages("#payments")] == ["down"]


async def test_a_response_url_answers_five_times(slack: SlackServer, session: aiohttp.ClientSession) -> None:
    path = slack.hub.triggers.response_path(
        "commands", user="U0ANNLEE001", app_id="A0TOCSIN001", channel=ALERTS
    )
    hook = AsyncWebhookClient(slack.base_url + path, session=session)

    answers = [await hook.send(text=str(n)) for n in range(6)]

    assert [a.status_code for a in answers] == [200] * 5 + [404]
    assert "used_url" in answers[5].body
    assert [m.text for m in slack.person("ann").ephemerals()] == ["0", "1", "2", "3", "4"]


async def test_a_response_url_expires_and_an_original_is_replaced(
    client: AsyncWebClient, slack: SlackServer, session: aiohttp.ClientSession, clock: ShiftedClock
) -> None:
    await client.chat_postEphemeral(channel=ALERTS, user="U0ANNLEE001", text="draft")
    (draft,) = slack.person("ann").ephemerals()
    path = slack.hub.triggers.response_path(
        "actions", user="U0ANNLEE001", app_id="A0TOCSIN001", channel=ALERTS, message=draft
    )
    hook = AsyncWebhookClient(slack.base_url + path, session=session)

    await hook.send(text="final", replace_original=True)
    replaced = [m.text for m in slack.person("ann").ephemerals()]
    await hook.send(delete_original=True)
    deleted = slack.person("ann").ephemerals()
    clock.advance(timedelta(minutes=31))
    late = await hook.send(text="late")

    assert replaced == ["final"]
    assert deleted == []
    assert (late.status_code, "expired_url" in late.body) == (404, True)


async def test_a_trigger_opens_one_modal_within_three_seconds(
    client: AsyncWebClient, slack: SlackServer, clock: ShiftedClock
) -> None:
    view = {"type": "modal", "title": {"type": "plain_text", "text": "T"}, "blocks": []}

    async def attempt(trigger: str) -> str:
        try:
            await client.views_open(trigger_id=trigger, view=view)
        except SlackApiError as error:
            return str(error.response["error"])
        return "ok"

    good, late = (slack.hub.triggers.grant("U0ANNLEE001", "A0TOCSIN001") for _ in range(2))
    assert await attempt(good) == "ok"
    assert await attempt(good) == "trigger_exchanged"
    clock.advance(TRIGGER_LIFE + timedelta(seconds=0.1))
    assert await attempt(late) == "expired_trigger_id"
    assert await attempt("1.2.3") == "invalid_trigger_id"


async def test_an_external_id_is_unique_and_an_old_hash_conflicts(
    client: AsyncWebClient, slack: SlackServer
) -> None:
    view = {
        "type": "modal",
        "title": {"type": "plain_text", "text": "T"},
        "blocks": [],
        "external_id": "only-one",
    }
    ann, bob = (slack.hub.triggers.grant(u, "A0TOCSIN001") for u in ("U0ANNLEE001", "U0BOBRAY001"))
    first = (await client.views_open(trigger_id=ann, view=view))["view"]

    with pytest.raises(SlackApiError, match="duplicate_external_id"):
        await client.views_open(trigger_id=bob, view=view)
    await client.views_update(external_id="only-one", view=view, hash=first["hash"])
    with pytest.raises(SlackApiError, match="hash_conflict"):
        await client.views_update(view_id=first["id"], view=view, hash=first["hash"])
