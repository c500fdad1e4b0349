"""The pages over HTTP: who may use them, what they show, what their forms do, and the live connection."""

import asyncio
import json
import re
from html import unescape

import aiohttp
import pytest

from bot.sandbox.slack.faults import FaultKind
from bot.sandbox.slack.shapes import Json
from bot.sandbox.web.examples import examples
from tests.sandbox.web_site import Site

ALERTS = "C0ALERTS001"


async def next_parts(stream: aiohttp.StreamReader) -> list[Json]:
    """The next parts that the live connection sends."""
    async with asyncio.timeout(5):
        while True:
            line = (await stream.readline()).decode()
            if line.startswith("data: "):
                parts: list[Json] = json.loads(line.removeprefix("data: "))
                return parts


@pytest.mark.parametrize(
    ("headers", "method", "status"),
    [
        ({"Host": "evil.example"}, "GET", 403),
        ({"Host": "127.0.0.1.evil.example:80"}, "GET", 403),
        ({"Origin": "https://evil.example"}, "POST", 403),
        ({"Origin": "null"}, "POST", 403),
        ({}, "POST", 403),
        ({"Host": "localhost:9999"}, "GET", 200),
        ({"Host": "[::1]:9999"}, "GET", 200),
    ],
)
@pytest.mark.row("A43")
async def test_only_this_machine_and_only_its_own_pages_are_served(
    site: Site, headers: dict[str, str], method: str, status: int
) -> None:
    path = "/as/ann/C0ALERTS001" if method == "GET" else "/as/ann/do/say"
    form = {"channel": ALERTS, "text": "forged"} if method == "POST" else None

    async with site.http.request(method, site.slack.base_url + path, headers=headers, data=form) as answer:
        assert answer.status == status

    assert site.slack.messages("#alerts") == []


async def test_every_answer_forbids_scripts_of_others_and_frames(site: Site) -> None:
    for path in (
        "/",
        "/as/ann/home",
        "/static/page.js",
        "/static/nothing",
        "/as/nobody/home",
        "/browse/OPS-1",
    ):
        async with site.http.get(site.slack.base_url + path, allow_redirects=False) as answer:
            assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
            assert answer.headers["X-Frame-Options"] == "DENY"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_no_page_has_a_script_or_a_style_of_its_own(site: Site) -> None:
    site.slack.integration("Alertmanager").post("#alerts", examples()["errors"].firing)
    site.jira.create("OPS", "Incident", "Broken")
    await site.send_mail("ann@example.com", "s", "t")

    for room in (f"{ALERTS}?panel=play", "home", "mail", "mail/0", "jira", "jira/OPS-1", "dm"):
        html = await site.page(f"/as/ann/{room}")
        assert "SANDBOX" in html
        assert not re.search(r"<script(?! type=\"module\" src=\"/static/)|\sstyle=|\son\w+=", html)


async def test_a_hostile_alert_stays_a_text(site: Site) -> None:
    evil = "<script>alert(1)</script>\ud800 \"'><img src=x onerror=alert(1)>"
    site.slack.integration("Alertmanager").post("#alerts", {"text": evil, "username": evil})

    html = await site.page(f"/as/ann/{ALERTS}")

    assert "<script>alert" not in html
    assert "<img" not in html
    assert "<script>alert(1)</script>" in unescape(html)


async def test_each_person_sees_their_own_rooms_and_whispers(site: Site) -> None:
    await site.client.chat_postEphemeral(channel=ALERTS, user="U0ANNLEE001", text="for Ann alone")

    ann, bob, eve = [await site.page(f"/as/{name}/{ALERTS}") for name in ("ann", "bob", "eve")]

    assert "for Ann alone" in ann
    assert "Only visible to you" in ann
    assert "for Ann alone" not in bob
    assert "#payments" in eve  # the only channel that is open to her
    assert "C0ALERTS001" not in eve.replace("/as/eve/C0ALERTS001", "")
    assert "There is no such person" in await site.page("/as/fay/home", 404)


async def test_what_is_new_is_counted_until_it_is_seen(site: Site) -> None:
    for _ in range(2):
        site.slack.integration("Grafana").post("#alerts", examples()["latency"].firing)

    before = await site.page("/as/ann/C0GENERAL01")
    await site.page(f"/as/ann/{ALERTS}")
    after = await site.page("/as/ann/C0GENERAL01")

    assert '<span class="count" aria-label="2 unread">2</span>' in before
    assert "unread" not in after


async def test_a_composer_says_and_runs_commands(site: Site) -> None:
    said = await site.do("ann", "say", channel=ALERTS, text="hello @bob")
    failed = await site.do("ann", "say", channel=ALERTS, text="/nothing at all")
    refused = await site.do("eve", "say", channel=ALERTS, text="hello")

    assert said == {"toast": "", "parts": []}
    assert [m.text for m in site.slack.messages("#alerts")] == ["hello <@U0BOBRAY001>"]
    assert failed["toast"] == ""
    assert "/nothing is not a valid command" in await site.page(f"/as/ann/{ALERTS}")
    assert refused["toast"] == f"Eve Stranger is not in {ALERTS}."


async def test_a_bare_form_leads_back_to_its_page(site: Site) -> None:
    headers = {"Origin": site.slack.base_url, "Referer": f"{site.slack.base_url}/as/ann/{ALERTS}?panel=play"}
    url = f"{site.slack.base_url}/as/ann/do/alert"

    async with site.http.post(
        url, data={"example": "errors"}, headers=headers, allow_redirects=False
    ) as answer:
        assert answer.status == 303
        assert answer.headers["Location"] == f"/as/ann/{ALERTS}?panel=play"
    assert len(site.slack.messages("#alerts")) == 1


async def test_a_press_with_a_question_waits_for_the_answer(site: Site) -> None:
    def plain(words: str) -> Json:
        return {"type": "plain_text", "text": words}

    confirm = {"title": plain("Sure?"), "confirm": plain("Yes"), "deny": plain("No")}
    confirm["text"] = {"type": "mrkdwn", "text": "*All* are woken"}
    button = {"type": "button", "action_id": "go", "text": plain("Go"), "confirm": confirm}
    blocks = [{"type": "actions", "block_id": "row", "elements": [button]}]
    posted = await site.client.chat_postMessage(channel=ALERTS, text="x", blocks=blocks)
    press = {"channel": ALERTS, "ts": posted["ts"], "press": ":row/go"}

    asked = await site.do("ann", "press", **press)
    unheard = await site.do("ann", "press", **press, confirmed="yes")
    gone = await site.do("ann", "press", **press | {"press": ":row/other"})

    (part,) = asked["parts"]
    assert part["id"] == "confirm"
    assert "<b>All</b> are woken" in part["html"]
    assert 'name="press" value=":row/go"' in part["html"]
    assert unheard["toast"] == "The app is not connected."
    assert gone["toast"] == "What you pressed is not there any more."
    assert len(site.slack.journal.deliveries("interactive")) == 1


async def test_troubles_are_switched_on_and_off(site: Site) -> None:
    for name in ("slack-down", "slack-slow", "slack-mute", "jira-down", "jira-mute", "mail-down"):
        await site.do("ann", "trouble", name=name, on="yes")
    everything = await site.page("/as/ann/home?panel=play")
    kinds = {fault.kind for fault in site.slack.faults.active()}
    for name in ("slack-down", "slack-slow", "slack-mute", "jira-down", "mail-down"):
        await site.do("ann", "trouble", name=name, on="no")

    assert everything.count('aria-checked="true"') == 6
    assert kinds == {FaultKind.DOWN, FaultKind.RATE_LIMITED, FaultKind.HANG}
    assert site.slack.faults.active() == []
    assert [fault.mode.value for fault in site.jira.faults.active] == ["lose_response"]
    assert site.mail.refuse is None
    assert (await site.do("ann", "trouble", name="war", on="yes"))["toast"] == "There is no war."


async def test_mail_is_read_by_its_owner_alone(site: Site) -> None:
    html = "<p>hi</p><script>alert(1)</script>"
    await site.send_mail("ann@example.com", "Page <b>", "see https://e.example/x.", html)

    inbox, mail = await site.page("/as/ann/mail"), await site.page("/as/ann/mail/0")
    async with site.http.get(f"{site.slack.base_url}/as/ann/mail/0/html") as framed:
        policy, body = framed.headers["Content-Security-Policy"], await framed.text()

    assert "Page &lt;b&gt;" in inbox
    assert '<a href="https://e.example/x" target="_blank"' in mail
    assert '<iframe sandbox src="/as/ann/mail/0/html"' in mail
    assert policy.startswith("sandbox; default-src 'none'")
    assert "<p>hi</p>" in body
    assert "Page" not in await site.page("/as/bob/mail")
    await site.page("/as/bob/mail/0", 404)
    await site.page("/as/bob/mail/0/html", 404)
    await site.page("/as/ann/mail/7", 404)


async def test_tickets_are_moved_and_commented_by_those_who_have_an_account(site: Site) -> None:
    site.jira.create("OPS", "Incident", "Disk <full>")

    moved = await site.do("bob", "move", key="OPS-1", status="In Progress")
    wrong = await site.do("bob", "move", key="OPS-1", status="Nowhere")
    said = await site.do("ann", "comment", key="OPS-1", body="*on* it <b>")
    refused = await site.do("dan", "comment", key="OPS-1", body="me too")
    board, ticket = await site.page("/as/ann/jira"), await site.page("/as/ann/jira/OPS-1")

    assert moved["toast"] == said["toast"] == ""
    assert "no transition" in wrong["toast"]
    assert refused["toast"] == "Dan Guest has no account in Jira."
    assert "Disk &lt;full&gt;" in board
    assert "<b>on</b> it &lt;b&gt;" in ticket
    assert "status: To Do → In Progress" in ticket
    assert "has no account in this Jira" in await site.page("/as/dan/jira/OPS-1")
    await site.page("/as/ann/jira/OPS-9", 404)


async def test_links_of_slack_and_jira_open_here(site: Site) -> None:
    site.jira.create("OPS", "Incident", "Broken")
    for url in (f"{site.jira.url}/browse/OPS-1", f"{site.slack.base_url}/browse/OPS-1"):
        async with site.http.get(url) as answer:
            assert str(answer.url) == f"{site.slack.base_url}/as/ann/jira/OPS-1"
    link = f"{site.slack.base_url}/archives/{ALERTS}/p1795356000000100"
    async with site.http.get(link, allow_redirects=False) as answer:
        assert answer.headers["Location"] == f"/as/ann/{ALERTS}#m-1795356000-000100"


async def test_the_live_connection_sends_what_changed_and_nothing_of_others(site: Site) -> None:
    since = len(site.slack.journal)
    live = f"{site.slack.base_url}/as/ann/live/{ALERTS}?since={since}"
    site.slack.person("bob").say("#alerts", "missed")
    async with site.http.get(live) as stream:
        missed = await next_parts(stream.content)
        await site.client.chat_postEphemeral(channel=ALERTS, user="U0BOBRAY001", text="for Bob")
        whispered = await next_parts(stream.content)
        site.slack.person("bob").say("#general", "elsewhere")
        elsewhere = await next_parts(stream.content)
        posted = await site.client.chat_postMessage(channel=ALERTS, text="now")
        now = await next_parts(stream.content)
        await site.client.chat_delete(channel=ALERTS, ts=posted["ts"])
        gone = await next_parts(stream.content)

    assert [(p["op"], p["id"][:2]) for p in missed] == [("put", "m-"), ("swap", "si")]
    assert "missed" in missed[0]["html"]
    assert [p["id"] for p in elsewhere] == ["sidebar"]
    assert "for Bob" not in json.dumps([whispered, elsewhere, now])
    assert "now" in next(p["html"] for p in now if p["op"] == "put")
    assert {p["id"] for p in gone if p["op"] == "drop"} >= {f"m-{posted['ts'].replace('.', '-')}"}


async def test_a_page_from_another_life_of_the_server_is_told_to_reload(site: Site) -> None:
    async with site.http.get(f"{site.slack.base_url}/as/ann/live/home?since=99999") as stream:
        assert await next_parts(stream.content) == [{"op": "reload"}]


async def test_of_two_buttons_with_the_same_action_the_pressed_one_is_told(site: Site) -> None:
    def row(name: str) -> Json:
        text = {"type": "plain_text", "text": "Acknowledge"}
        button = {"type": "button", "action_id": "ack", "text": text, "value": name}
        return {"type": "actions", "block_id": name, "elements": [button]}

    posted = await site.client.chat_postMessage(channel=ALERTS, text="x", blocks=[row("one"), row("two")])

    await site.do("ann", "press", channel=ALERTS, ts=posted["ts"], press=":two/ack")

    (sent,) = site.slack.journal.deliveries("interactive")
    assert [(a["block_id"], a["value"]) for a in sent.payload["actions"]] == [("two", "two")]
