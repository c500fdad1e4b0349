"""The acknowledgement page in a real browser, as small as a phone: what it says, and its one big button."""

from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.e2e.test_acknowledge import mailed_link, public
from tests.harness import running

pytestmark = pytest.mark.browser


async def test_one_big_button_acknowledges_and_another_takes_it_back(tmp_path: Path, page: Page) -> None:
    async with running(tmp_path, alter=public) as bot:
        url = await mailed_link(bot)
        await page.set_viewport_size({"width": 360, "height": 640})
        await page.goto(url)
        button = page.get_by_role("button", name="Acknowledge")
        await expect(page.get_by_role("main")).to_contain_text("INC-1")
        box = await button.bounding_box()
        assert box is not None
        assert box["width"] > 280
        assert box["height"] >= 48

        await button.click()
        await expect(page.get_by_role("main")).to_contain_text("Ann Lee has INC-1")
        await page.get_by_role("button", name="Undo").click()
        await expect(page.get_by_role("main")).to_contain_text("Taken back")
        await bot.quiet()

        assert "Triggered" in bot.card().words
        await bot.slash("ack")
