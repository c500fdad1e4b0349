"""The workspace in a real browser, against a small app: everything that people do, by mouse and keyboard."""

from collections.abc import AsyncIterator
from email.message import EmailMessage
from typing import Any

import aiohttp
import aiosmtplib
import pytest
from playwright.async_api import Page, expect
from slack_bolt.app.async_app import AsyncApp

from bot.clock import SystemClock
from bot.sandbox.jira.server import JiraServer
from bot.sandbox.mail import MailServer
from bot.sandbox.slack.seed import seed
from bot.sandbox.slack.server import SlackServer
from bot.sandbox.slack.shapes import Json
from bot.sandbox.web.pages import Pages, to_the_board
from tests.sandbox.slack_apps import bolt, over_socket

pytestmark = pytest.mark.browser

ALERTS, INCIDENTS = "C0ALERTS001", "C0INCIDENT1"
Given = dict[str, Any]  # what bolt hands to a listener


def plain(words: str) -> Json:
    return {"type": "plain_text", "text": words}


def card(words: str, *elements: Json) -> list[Json]:
    text = {"type": "mrkdwn", "text": words}
    return [
        {"type": "section", "block_id": "s", "text": text},
        *([{"type": "actions", "block_id": "a", "elements": list(elements)}] if elements else []),
    ]


def button(name: str, label: str, **more: object) -> Json:
    return {"type": "button", "action_id": name, "text": plain(label), "value": name, **more}


ASK = button(
    "ask",
    "Stop all",
    style="danger",
    confirm={
        "title": plain("Stop everything?"),
        "text": plain("Nobody is paged any more."),
        "confirm": plain("Stop"),
        "deny": plain("Keep on"),
    },
)
MENU = {"type": "static_select", "action_id": "level", "options": [{"text": plain("SEV1"), "value": "sev1"}]}
MORE = {"type": "overflow", "action_id": "more", "options": [{"text": plain("Add note"), "value": "note"}]}
FORM = {
    "type": "modal",
    "callback_id": "declare",
    "title": plain("Declare incident"),
    "submit": plain("Declare"),
    "blocks": [
        {
            "type": "input",
            "block_id": "title",
            "label": plain("Title"),
            "element": {"type": "plain_text_input", "action_id": "title", "focus_on_load": True},
        },
        {
            "type": "input",
            "block_id": "people",
            "optional": True,
            "label": plain("Whom?"),
            "element": {"type": "multi_users_select", "action_id": "people"},
        },
    ],
}


def the_app(app: AsyncApp) -> None:
    """Answers everything in the way of the bot, and remembers nothing."""

    async def pressed(ack: Any, body: Given, client: Any, action: Given) -> None:
        await ack()
        chosen = action.get("selected_option", {}).get("value", action["action_id"])
        said = f"*{chosen}* by <@{body['user']['id']}>"
        await client.chat_update(
            channel=body["channel"]["id"], ts=body["message"]["ts"], text=said, blocks=card(said)
        )

    for name in ("go", "ask", "level", "more"):
        app.action(name)(pressed)

    async def command(ack: Any, body: Given, client: Any) -> None:
        if body["text"]:
            await ack({"text": f"You said _{body['text']}_"})
            return
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=FORM)

    app.command("/incident")(command)

    async def submitted(ack: Any, body: Given, client: Any) -> None:
        values = body["view"]["state"]["values"]
        title, people = values["title"]["title"]["value"], values["people"]["people"]["selected_users"]
        if title == "bad":
            await ack(response_action="errors", errors={"title": "Say what is wrong."})
            return
        await ack()
        paged = " ".join(f"<@{each}>" for each in people)
        await client.chat_postMessage(channel=INCIDENTS, text=f"{title}: {paged}")

    app.view("declare")(submitted)

    async def home(event: Given, client: Any) -> None:
        blocks = card("*On call now*: Ann", button("go", "Declare incident"))
        await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": blocks})

    app.event("app_home_opened")(home)
    app.event("message")(_ignore)


async def _ignore() -> None:
    return


class Playground:
    """The three servers and the app."""

    def __init__(self, slack: SlackServer, jira: JiraServer, mail: MailServer, app: AsyncApp) -> None:
        self.slack, self.jira, self.mail = slack, jira, mail
        self.client = app.client

    async def card(self, *elements: Json, words: str = "Checkout is down") -> None:
        await self.client.chat_postMessage(channel=INCIDENTS, text=words, blocks=card(words, *elements))

    def at(self, room: str, person: str = "ann") -> str:
        return f"{self.slack.base_url}/as/{person}/{room}"


@pytest.fixture
async def playground() -> AsyncIterator[Playground]:
    clock = SystemClock()
    slack, mail = SlackServer(seed(), clock), MailServer(clock)
    jira = JiraServer(clock, pages=to_the_board(slack))
    await mail.start()
    await slack.start(*Pages(slack, jira, mail, clock).routes())
    async with jira, aiohttp.ClientSession() as session:
        app = bolt(slack, session)
        the_app(app)
        async with over_socket(app, slack):
            yield Playground(slack, jira, mail, app)
    await slack.stop()
    await mail.stop()


async def test_messages_arrive_live_and_are_counted_elsewhere(playground: Playground, page: Page) -> None:
    await page.goto(playground.slack.base_url)
    await expect(page).to_have_url(playground.at(INCIDENTS))
    await expect(page.get_by_role("note")).to_contain_text("nothing here leaves this machine")

    await playground.card(words="It is *down*")
    playground.slack.person("bob").say("#alerts", "elsewhere")

    await expect(page.get_by_role("log")).to_contain_text("It is down")
    await expect(page.get_by_role("link", name="alerts 1 unread")).to_be_visible()


async def test_a_button_is_pressed_and_the_card_changes(playground: Playground, page: Page) -> None:
    await page.goto(playground.at(INCIDENTS))
    await playground.card(button("go", "Acknowledge", style="primary"))

    await page.get_by_role("button", name="Acknowledge").click()

    await expect(page.get_by_role("article")).to_contain_text("go by @Ann Lee")
    await expect(page.get_by_role("article")).to_contain_text("(edited)")


async def test_a_question_is_asked_before_a_dangerous_press(playground: Playground, page: Page) -> None:
    await playground.card(ASK)
    await page.goto(playground.at(INCIDENTS))

    await page.get_by_role("button", name="Stop all").click()
    question = page.get_by_role("dialog", name="Stop everything?")
    await question.get_by_role("button", name="Keep on").click()
    await expect(question).to_have_count(0)
    assert not playground.slack.journal.deliveries("interactive")
    await page.get_by_role("button", name="Stop all").click()
    await question.get_by_role("button", name="Stop", exact=True).click()

    await expect(page.get_by_role("article")).to_contain_text("ask by @Ann Lee")
    await expect(question).to_have_count(0)


@pytest.mark.parametrize("menu", ["level", "more"])
async def test_menus_tell_the_app_what_was_chosen(playground: Playground, page: Page, menu: str) -> None:
    await playground.card(MENU, MORE)
    await page.goto(playground.at(INCIDENTS))

    if menu == "level":
        await page.get_by_role("combobox").select_option("SEV1")
    else:
        await page.get_by_label("More actions").click()
        await page.get_by_role("button", name="Add note").click()

    chosen = {"level": "sev1", "more": "note"}[menu]
    await expect(page.get_by_role("article")).to_contain_text(f"{chosen} by @Ann Lee")


async def test_a_command_is_offered_typed_and_answered_to_one_alone(
    playground: Playground, page: Page
) -> None:
    await page.goto(playground.at(INCIDENTS))
    composer = page.get_by_role("textbox", name="Message to #incidents")

    await composer.press_sequentially("/inc")
    await expect(page.get_by_role("option", name="/incident")).to_be_visible()
    await composer.press("Enter")
    await expect(composer).to_have_value("/incident ")
    await composer.press_sequentially("list")
    await composer.press("Enter")

    await expect(page.get_by_role("article")).to_contain_text("Only visible to you")
    await expect(page.get_by_role("article")).to_contain_text("You said list")
    await expect(composer).to_have_value("")
    assert playground.slack.person("bob").ephemerals() == []


async def test_a_modal_is_filled_in_corrected_and_submitted(playground: Playground, page: Page) -> None:
    await page.goto(playground.at(INCIDENTS))
    await page.get_by_role("textbox", name="Message to #incidents").fill("/incident")
    await page.keyboard.press("Enter")
    modal = page.get_by_role("dialog", name="Declare incident")
    title = modal.get_by_role("textbox", name="Title")

    await expect(title).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(modal).to_contain_text("Please complete this required field.")
    await title.fill("bad")
    await modal.get_by_role("checkbox", name="Bob Ray").check()
    await modal.get_by_role("button", name="Declare").click()
    await expect(modal).to_contain_text("Say what is wrong.")
    await expect(title).to_have_value("bad")
    await expect(modal.get_by_role("checkbox", name="Bob Ray")).to_be_checked()
    await title.fill("Checkout is slow")
    await modal.get_by_role("button", name="Declare").click()

    await expect(page.get_by_role("log")).to_contain_text("Checkout is slow: @Bob Ray")
    await expect(modal).to_have_count(0)


async def test_escape_closes_a_modal_for_the_app_too(playground: Playground, page: Page) -> None:
    await page.goto(playground.at(INCIDENTS))
    await page.get_by_role("textbox", name="Message to #incidents").fill("/incident")
    await page.keyboard.press("Enter")
    modal = page.get_by_role("dialog", name="Declare incident")
    await expect(modal).to_be_visible()

    await page.keyboard.press("Escape")

    await expect(modal).to_have_count(0)
    assert playground.slack.person("ann").modal is None


async def test_one_acts_as_bob_with_his_rooms_and_his_clock(playground: Playground, page: Page) -> None:
    await page.goto(playground.at(ALERTS))

    await page.get_by_role("link", name="Bob Ray").click()
    await page.get_by_role("textbox", name="Message to #alerts").fill("I have it")
    await page.keyboard.press("Enter")

    await expect(page).to_have_url(playground.at(ALERTS, "bob"))
    await expect(page.get_by_role("article", name="Bob Ray")).to_contain_text("I have it")
    (said,) = playground.slack.messages("#alerts")
    assert said.body["user"] == "U0BOBRAY001"
    await expect(page.locator("#clock")).to_have_attribute("data-zone", "America/New_York")


async def test_a_thread_stands_beside_the_channel(playground: Playground, page: Page) -> None:
    root = playground.slack.person("ann").say("#alerts", "root")
    await page.goto(playground.at(ALERTS))

    await page.get_by_role("article").hover()
    await page.get_by_role("link", name="Reply in thread").click()
    await page.get_by_role("textbox", name="Reply in this thread").fill("a reply")
    await page.keyboard.press("Enter")

    await expect(page.get_by_role("log", name="Thread")).to_contain_text("a reply")
    await expect(page.get_by_role("link", name="1 reply")).to_be_visible()
    assert [m.text for m in playground.slack.messages("#alerts", thread=root.ts)] == ["a reply"]


async def test_the_home_tab_is_published_while_one_looks(playground: Playground, page: Page) -> None:
    await page.goto(playground.at("home"))

    await expect(page.get_by_role("region", name="Home")).to_contain_text("On call now: Ann")
    await expect(page.get_by_role("button", name="Declare incident")).to_be_visible()


async def test_a_mail_is_announced_and_read(playground: Playground, page: Page) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = (
        "tocsin@example.com",
        "ann@example.com",
        "You are paged",
    )
    message.set_content("Checkout is down")
    message.add_alternative("<p id='x'>Checkout is <b>down</b></p>", "html")
    await page.goto(playground.at(ALERTS))

    await aiosmtplib.send(message, hostname="127.0.0.1", port=playground.mail.port, start_tls=False)
    await page.get_by_role("link", name="E-mail 1 unread").click()
    await page.get_by_role("link", name="You are paged").click()

    await expect(page.get_by_role("region", name="E-mail")).to_contain_text("Checkout is down")
    await page.get_by_text("The same as HTML").click()
    await expect(page.frame_locator("iframe").locator("#x")).to_have_text("Checkout is down")


async def test_a_ticket_moves_across_the_board_while_others_watch(playground: Playground, page: Page) -> None:
    playground.jira.create("OPS", "Incident", "Checkout is down")
    await page.goto(playground.at("jira"))
    progress = page.get_by_role("region", name="In Progress")

    await page.get_by_role("button", name="Move OPS-1 to In Progress").click()
    await expect(progress).to_contain_text("Checkout is down")
    playground.jira.move("OPS-1", "Done", by="bob")
    await expect(page.get_by_role("region", name="Done")).to_contain_text("OPS-1")
    await page.get_by_role("link", name="Checkout is down").click()
    await page.get_by_role("textbox", name="Comment as Ann Lee").fill("over")
    await page.get_by_role("button", name="Comment").click()

    await expect(page.locator(".comment")).to_contain_text("over")
    assert playground.jira.issue("OPS-1").status.name == "Done"


async def test_alerts_and_troubles_are_made_by_a_press(playground: Playground, page: Page) -> None:
    await page.goto(playground.at(ALERTS))
    await page.get_by_role("link", name="Try things").click()

    await page.get_by_role("button", name="ApiErrorRateHigh fires").click()
    await page.get_by_role("switch", name="Jira is down").click()

    await expect(page.get_by_role("article", name="Alertmanager")).to_contain_text(
        "[FIRING:1] ApiErrorRateHigh"
    )
    await expect(page.get_by_role("switch", name="Jira is down")).to_be_checked()
    assert [fault.mode.value for fault in playground.jira.faults.active] == ["down"]


async def test_a_bot_of_ones_own_posts_json_and_replaces_it(playground: Playground, page: Page) -> None:
    await page.goto(playground.at(ALERTS) + "?panel=play")
    box = page.get_by_role("textbox", name="A message as JSON")
    room = page.get_by_role("log")

    await box.fill('{"username": "Night Owl",\n "text": "DOWN <b>api-eu</b>" oops}')
    await page.get_by_role("button", name="Post as a bot").click()
    await expect(page.get_by_role("status").filter(has_text="Line 2, column 31")).to_be_visible()
    await expect(room.get_by_role("article")).to_have_count(0)
    await box.fill('{"username": "Night Owl", "text": "DOWN <b>api-eu</b>"}')
    await page.get_by_role("button", name="Post as a bot").click()
    owl = room.get_by_role("article", name="Night Owl")
    await expect(owl).to_contain_text("DOWN <b>api-eu</b>")
    await box.fill('{"attachments": [{"title": "UP api-eu", "color": "good"}]}')
    await page.get_by_role("switch", name="Jira is down").click()
    await expect(page.get_by_role("switch", name="Jira is down")).to_be_checked()
    await expect(box).to_have_value('{"attachments": [{"title": "UP api-eu", "color": "good"}]}')
    await page.get_by_role("button", name="Replace the last").click()

    await expect(owl).to_have_count(1)
    await expect(owl).to_contain_text("UP api-eu")
    await expect(owl).to_contain_text("(edited)")
    await expect(owl).not_to_contain_text("DOWN")
