"""Tocsin in the place of PagerDuty and Opsgenie: senders of theirs are answered as they expect."""

import json
from datetime import UTC, datetime

import pytest

from bot.domain.alert import Severity
from handlers.ingress.body import LARGEST, LARGEST_UNKNOWN
from tests.harness import BotHarness
from tests.posting import posting


def event(token: str, action: str, **more: object) -> dict[str, object]:
    payload = {"summary": "Disk full on db-1", "source": "db-1", "severity": "critical"}
    return {"routing_key": token, "event_action": action, "dedup_key": "disk", "payload": payload} | more


async def test_an_event_of_pagerduty_pages_and_resolves(bot: BotHarness) -> None:
    nobody = {"Authorization": ""}
    async with posting(bot, "pagerduty_events_v2") as poster:
        for path in ("/pagerduty/v2/enqueue", "/v2/enqueue"):
            triggered = await poster.post(event(poster.token, "trigger"), path=path, headers=nobody)
            assert triggered == (
                202,
                {"status": "success", "message": "Event processed", "dedup_key": "disk"},
            )
        await bot.quiet()
        bot.page("ann", "Disk full on db-1")
        acknowledged = await poster.post(
            event(poster.token, "acknowledge"), path="/v2/enqueue", headers=nobody
        )
        resolved = await poster.post(event(poster.token, "resolve"), path="/v2/enqueue", headers=nobody)
        await bot.quiet()

    assert (acknowledged[0], resolved[0]) == (202, 202)
    assert "Resolved" in bot.card().words
    assert "Acknowledged" not in bot.thread(), "people acknowledge"


async def test_older_events_are_taken_too_and_changes_page_nobody(bot: BotHarness) -> None:
    async with posting(bot, "pagerduty_events_v1") as poster:
        old = {
            "service_key": poster.token,
            "event_type": "trigger",
            "description": "Old style",
            "incident_key": "o",
        }
        path = "/pagerduty/generic/2010-04-15/create_event.json"
        taken = await poster.post(old, path=path, headers={"Authorization": ""})
        change = {"routing_key": poster.token, "payload": {"summary": "Deployed"}}
        changed = await poster.post(
            change, path="/pagerduty/v2/change/enqueue", headers={"Authorization": ""}
        )
        await bot.quiet()

    bot.page("ann", "Old style")
    assert taken == (200, {"status": "success", "message": "Event processed", "incident_key": "o"})
    assert changed[0] == 202


async def test_an_event_without_a_summary_pages_and_is_answered_as_incomplete(bot: BotHarness) -> None:
    async with posting(bot, "pagerduty_events_v2") as poster:
        sent = event(poster.token, "trigger", payload={"source": "b", "severity": "urgent"})
        status, told = await poster.post(sent, path="/pagerduty/v2/enqueue", headers={"Authorization": ""})
        await bot.quiet()

    bot.page("ann", "Event from b")
    unread = told["unread"]
    assert (status, told["status"], told["dedup_key"]) == (202, "success", "disk")
    assert isinstance(unread, list)
    assert [each["field"] for each in unread] == ["payload.summary", "payload.severity"]


async def test_what_pagerduty_would_refuse_is_refused_in_its_words(bot: BotHarness) -> None:
    async with posting(bot, "pagerduty_events_v2") as poster, posting(bot, "grafana") as other:
        path, nobody = "/pagerduty/v2/enqueue", {"Authorization": ""}
        refused = [
            await poster.post(event("R" * 32, "trigger"), path=path, headers=nobody),
            await poster.post({"event_action": "trigger"}, path=path, headers=nobody),
            await poster.post(b"{", path=path, headers=nobody),
            await poster.post(event(poster.token, "explode"), path=path, headers=nobody),
            await poster.post(event(poster.token, "trigger", payload="text"), path=path, headers=nobody),
            await poster.post(event(other.token, "trigger"), path=path, headers=nobody),
        ]

    for status, told in refused:
        assert (status, told["status"], told["message"]) == (400, "invalid event", "Event object is invalid")
        assert told["errors"]
    kept = await bot.bot.store.read(lambda tx: tx.unread())
    assert sorted((each.integration, each.place) for each in kept) == [
        ("grafana", "routing_key"),
        ("pagerduty_events_v2", "event_action"),
        ("pagerduty_events_v2", "payload"),
    ]


async def test_an_event_that_is_no_document_is_kept_if_its_key_counts(bot: BotHarness) -> None:
    path, nobody = "/pagerduty/v2/enqueue", {"Authorization": ""}
    async with posting(bot, "pagerduty_events_v2") as poster:
        details = {"summary": "Down", "source": "db-1", "custom_details": {"load": float("nan")}}
        odd = json.dumps(event(poster.token, "trigger", payload=details)).encode()
        stranger = json.dumps(event("R" * 32, "trigger", payload=details)).encode()
        told = [
            await poster.post(body, path=path, headers=nobody)
            for body in (odd, odd[:-3], odd.replace(b"NaN", b'1, "load": 2'), odd.decode().encode("utf-16"))
        ]
        older = await poster.post({"service_key": poster.token, "event_type": "trigger"}, path=path)
        unknown = await poster.post(stranger, path=path, headers=nobody)

    for status, answer in (*told, older, unknown):
        assert (status, answer["status"]) == (400, "invalid event")
    kept = await bot.bot.store.read(lambda tx: tx.unread())
    assert {each.integration for each in kept} == {"pagerduty_events_v2"}
    assert len(kept) == len([*told, older])
    assert not any(poster.token in each.body for each in kept)


@pytest.mark.row("A06")
async def test_an_event_with_long_details_pages_and_one_that_is_too_long_is_kept(bot: BotHarness) -> None:
    def about(token: str, size: int) -> dict[str, object]:
        details = {"summary": "Down", "source": "db-1", "custom_details": {"log": "z" * size}}
        return event(token, "trigger", payload=details)

    path, nobody = "/pagerduty/v2/enqueue", {"Authorization": ""}
    async with posting(bot, "pagerduty_events_v2") as poster:
        long = await poster.post(about(poster.token, LARGEST_UNKNOWN), path=path, headers=nobody)
        stranger = await poster.post(about("R" * 32, LARGEST_UNKNOWN), path=path, headers=nobody)
        await bot.quiet()
        bot.page("ann", "Down")
        assert await bot.bot.store.read(lambda tx: tx.unread()) == []
        beyond = json.dumps(about(poster.token, LARGEST)).encode()
        too_long = await poster.post(beyond, path=path, headers=nobody)
        packed = await poster.post(
            about(poster.token, 10), path=path, headers=nobody | {"Content-Encoding": "utf-8"}
        )

    assert (long[0], stranger[0], too_long[0], packed[0]) == (202, 413, 413, 415)
    kept = await bot.bot.store.read(lambda tx: tx.unread())
    assert [each.integration for each in kept] == ["pagerduty_events_v2"] * 2
    assert all("zzz" in each.body for each in kept)


async def test_an_alert_of_opsgenie_pages_takes_notes_and_is_closed(bot: BotHarness) -> None:
    async with posting(bot, "opsgenie_alert_api") as poster:
        shown = {"Authorization": f"GenieKey {poster.token}"}
        alert = {"message": "Queue is long", "alias": "queue", "priority": "P1"}
        created = await poster.post(alert, path="/opsgenie/v2/alerts", headers=shown)
        await bot.quiet()
        bot.page("ann", "Queue is long")
        request = str(created[1]["requestId"])
        status = await poster.post(
            b"", path=f"/opsgenie/v2/alerts/requests/{request}", headers=shown, method="GET"
        )
        said = {"user": "ci-bot", "note": "I saw it"}
        by_alias = "?identifierType=alias"
        acknowledged = await poster.post(said, path=f"/v2/alerts/queue/acknowledge{by_alias}", headers=shown)
        await bot.quiet()
        assert "Acknowledged by" not in bot.card().words, "a machine acknowledges nothing"
        await bot.fast_forward(seconds=30)
        assert "ci-bot acknowledged it there (here people do that): I saw it" in bot.thread()
        closed = await poster.post(b"", path=f"/v2/alerts/{request}/close", headers=shown)
        await bot.quiet()

    assert (created[0], acknowledged[0], closed[0]) == (202, 202, 202)
    assert created[1]["result"] == "Request will be processed"
    assert status[1]["data"]["isSuccess"] is True  # type: ignore[index]  # an object
    assert datetime.fromisoformat(status[1]["data"]["processedAt"]).tzinfo == UTC  # type: ignore[index]  # the same
    assert "Resolved" in bot.card().words


async def test_an_alert_of_opsgenie_that_gets_worse_pages_again_and_changes_are_noted(
    bot: BotHarness,
) -> None:
    async with posting(bot, "opsgenie_alert_api") as poster:

        async def ask(method: str, part: str, body: object, alias: str = "db") -> int:
            path = f"/opsgenie/v2/alerts/{alias}/{part}?identifierType=alias"
            return (await poster.post(body, path=path, method=method))[0]

        alert = {"message": "DB is slow", "alias": "db", "priority": "P3"}
        await poster.post(alert, path="/opsgenie/v2/alerts")
        await bot.quiet()
        bot.page("ann", "DB is slow")
        await bot.slash("ack INC-1")
        told = [
            await ask("PUT", "message", {"message": "DB is slow, payments are down", "user": "ops"}),
            await ask("DELETE", "tags", b"{}"),
            await ask("PUT", "priority", {"priority": "P1"}),
        ]
        await bot.quiet()
        bot.page("ann", "DB is slow")
        refused = [
            await ask("PUT", "priority", {"priority": "dire"}),
            await ask("PUT", "priority", {"priority": "P1"}, alias="unheard"),
            await ask("POST", "message", {}),
        ]
        await bot.fast_forward(seconds=30)

    assert (told, refused) == ([202] * 3, [422, 404, 422])
    (incident,) = await bot.bot.desk.open_incidents()
    assert incident.severity is Severity.SEV1
    assert "ops changed the message: DB is slow, payments are down" in bot.thread()
    kept = await bot.bot.store.read(lambda tx: tx.unread())
    assert sorted(each.place for each in kept) == ["identifier", "message", "priority"]


async def test_what_opsgenie_would_refuse_is_refused_in_its_words(bot: BotHarness) -> None:
    async with posting(bot, "opsgenie_alert_api") as poster:
        path = "/opsgenie/v2/alerts"
        unknown = await poster.post({"message": "x"}, path=path, headers={"Authorization": "GenieKey x"})
        empty = await poster.post({"description": "no message"}, path=path)
        tiny = await poster.post({}, path=f"{path}/1/close?identifierType=tiny")
        said = await poster.post(b"{", path=f"{path}/1/notes")

    assert (unknown[0], unknown[1]["message"]) == (401, "Could not authenticate")
    assert (empty[0], list(empty[1]["errors"])) == (422, ["message"])  # type: ignore[call-overload]  # an object
    assert (tiny[0], said[0]) == (422, 422)
    kept = await bot.bot.store.read(lambda tx: tx.unread())
    assert len(kept) == 3
