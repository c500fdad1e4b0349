"""A bot of one's own on the pages: JSON becomes a message, or takes the place of the last one."""

import json

import pytest

from tests.sandbox.web_site import Site

OWL = {"username": "Night Owl", "attachments": [{"color": "danger", "title": "DOWN api-eu"}]}


async def test_a_message_is_posted_as_a_bot_of_ones_own_and_replaced_in_place(site: Site) -> None:
    done = await site.do("ann", "bot", json=json.dumps(OWL), do="post")
    (posted,) = site.slack.messages("#alerts")
    owl = site.slack.integration("Night Owl").app

    better = {"text": "UP api-eu", "blocks": [{"type": "divider"}], "channel": "#general"}
    replaced = await site.do("ann", "bot", json=json.dumps(better), do="replace")
    (now,) = site.slack.messages("#alerts")

    assert "Posted into #alerts as Night Owl" in done["parts"][0]["html"]
    assert posted.body["attachments"][0]["title"] == "DOWN api-eu"
    assert (posted.body["subtype"], posted.body["bot_id"]) == ("bot_message", owl.bot_id)
    assert "Replaced in #alerts as Night Owl" in replaced["parts"][0]["html"]
    assert (now.ts, now.text, now.body["bot_id"]) == (posted.ts, "UP api-eu", owl.bot_id)
    assert "attachments" not in now.body
    assert now.body["edited"]
    assert site.slack.messages("#general") == []


async def test_each_name_is_another_bot_and_a_known_one_is_itself(site: Site) -> None:
    for name in ("Night Owl", "Day Owl", "night owl", "Grafana", "Tocsin"):
        await site.do("ann", "bot", json=json.dumps({"username": name, "text": "x"}), do="post")
    await site.do("bob", "bot", json='{"text": "no name", "txt": "<i>"}', do="post")

    bots = [message.body["bot_id"] for message in site.slack.messages("#alerts")]
    assert bots[0] == bots[2]
    assert len(set(bots)) == 5
    assert bots[3] == site.slack.integration("Grafana").app.bot_id
    assert site.slack.world.app.bot_id not in bots, "nobody is the app itself"
    assert "Nothing is made of “txt”" in await site.page("/as/bob/C0ALERTS001?panel=play")


@pytest.mark.row("A43")
@pytest.mark.parametrize(
    ("written", "said"),
    [
        ('{"text": "a"\n "b": 1}', 'Line 2, column 2, in “"b": 1}”: Expecting &#39;,&#39; delimiter'),
        ("", "Line 1, column 1: Expecting value"),
        ('{"text": "<img src=x>"', 'in “{"text": "&lt;img src=x&gt;"”'),
        ('{"x": "' + "a" * 500 + '", "here": oops, "y": "' + "b" * 500 + '"}', ', "here": oops, "y": "'),
        ("[]", "The whole is to be an object"),
        ('{"text": "a", "text": "b"}', "“text” stands twice"),
        ('{"text": NaN}', "NaN is no JSON"),
        ('{"text": 5}', "“text” is to be a string"),
        ('{"username": "' + "x" * 81 + '", "text": "a"}', "more than 80 characters"),
        ('{"text": "\\ud800"}', "&#39;\\ud800&#39; is half a character"),
        ('{"attachments": {}}', "“attachments” is to be a list"),
        ('{"attachments": [{"fields": ["<b>"]}]}', "“attachments[0].fields[0]” is to be an object"),
        ('{"blocks": ["a"]}', "“blocks[0]” is to be an object"),
        ('{"blocks": [{"type": "section"}]}', "invalid_blocks"),
        ('{"blocks": [{"type": "section"}]}', "/blocks/0"),
        ("{}", "Slack refuses it: no_text"),
        ('{"text": "a", "channel": "#<b>"}', "There is no channel #&lt;b&gt;"),
        ('{"text": "a", "x": ' + "[" * 40 + "]" * 40 + "}", "nested too deeply"),
        ('{"x": ' + "[" * 100_000, "nested too deeply"),
        ('{"x": ' + "1" * 5000 + "}", "4300 digits"),
    ],
)
async def test_json_that_is_wrong_is_answered_with_what_and_where(
    site: Site, written: str, said: str
) -> None:
    done = await site.do("ann", "bot", json=written, do="post")

    assert said.replace('"', "&#34;") in done["parts"][0]["html"]
    assert "<b>" not in done["parts"][0]["html"]
    assert site.slack.messages("#alerts") == []
    page = await site.page("/as/ann/C0ALERTS001?panel=play")
    assert done["parts"][0]["html"].strip() in page, "it stays there for whoever has no script"


async def test_nothing_is_replaced_that_was_not_posted_from_there(site: Site) -> None:
    site.slack.integration("Grafana").post("#alerts", {"text": "not ours"})
    await site.do("bob", "bot", json='{"text": "of Bob"}', do="post")

    nothing = await site.do("ann", "bot", json='{"text": "x"}', do="replace")
    of_bob = site.slack.messages("#alerts")[1]
    site.slack.integration("My bot").delete(of_bob)
    gone = await site.do("bob", "bot", json='{"text": "x"}', do="replace")

    assert "Nothing of yours was posted from here" in nothing["parts"][0]["html"]
    assert "The message is gone" in gone["parts"][0]["html"]
    assert [message.text for message in site.slack.messages("#alerts")] == ["not ours"]


@pytest.mark.row("A43")
async def test_what_a_bot_of_ones_own_writes_is_escaped_and_rooms_of_two_stay_so(site: Site) -> None:
    await site.page("/as/ann/dm")
    hostile = "<script>alert(1)</script></textarea><img src=x onerror=alert(1)>"
    written = {"username": hostile, "text": hostile, "attachments": [{"title": hostile, "color": hostile}]}

    await site.do("ann", "bot", json=json.dumps(written), do="post")
    page = await site.page("/as/ann/C0ALERTS001?panel=play")
    direct = site.slack.world.dm("U0ANNLEE001", site.slack.world.app.user_id)

    assert "<script>alert" not in page
    assert "<img" not in page
    assert page.count("</textarea>") == page.count("<textarea"), "the box ends where it should"
    assert direct
    assert len(direct.members) == 2
