"""The demonstration in a real browser: the bot itself, its card, its form and its ticket."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, expect

from bot.demo import alerts
from bot.demo.stage import Stage, stage

pytestmark = pytest.mark.browser


@pytest.fixture
async def on() -> AsyncIterator[Stage]:
    async with stage() as play:
        yield play


async def test_an_alert_is_acknowledged_and_resolved_by_looking_and_pressing(on: Stage, page: Page) -> None:
    await page.goto(on.slack.base_url)
    on.slack.integration("Alertmanager").post("#alerts", alerts.firing())
    card = page.get_by_role("log").get_by_role("article", name="Tocsin").first

    await expect(card).to_contain_text("Triggered · INC-1")
    await card.get_by_role("button", name="Acknowledge incident 1").click()
    await expect(card).to_contain_text("Acknowledged by")
    await expect(card).to_contain_text("OPS-1")
    await card.get_by_role("button", name="Resolve incident 1").click()
    form = page.get_by_role("dialog", name="Resolve INC-1")
    await form.get_by_role("textbox", name="What fixed it?").fill("Rolled back")
    await form.get_by_role("button", name="Resolve").click()
    await expect(card).to_contain_text("Resolved · INC-1")
    await expect(card).to_contain_text("Rolled back")
    await card.get_by_role("link", name="OPS-1").click()
    await expect(page.get_by_role("region", name="Jira")).to_contain_text("Done")
    await page.get_by_role("link", name="Home").click()
    await expect(page.get_by_role("region", name="Home")).to_contain_text("No open incidents.")
