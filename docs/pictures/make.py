"""The pictures of the README, taken from the running demonstration: `make pictures`."""

import asyncio
from pathlib import Path

from playwright.async_api import FloatRect, Locator, Page, ViewportSize, async_playwright, expect

from bot import commands
from bot.demo import alerts
from bot.demo.stage import Stage, stage
from tests.chromium import ADVICE, find_chromium

FOLDER = Path(__file__).parent
WINDOW: ViewportSize = {"width": 1320, "height": 740}
MARGIN = 10


async def main() -> None:
    """Play one night in the browser: the card when Bob was paged, the workspace when Ann has it."""
    chromium = find_chromium()
    if chromium is None:
        raise SystemExit(ADVICE)
    commands.quiet_logs()
    async with stage() as on, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = await browser.new_page(viewport=WINDOW, device_scale_factor=1.5, reduced_motion="reduce")
        await page.goto(on.slack.base_url)
        await _until_bob_is_paged(on)
        card = page.get_by_role("log").get_by_role("article", name="Tocsin").first
        await _card(page, card)
        await _workspace(page, card)
        await browser.close()


async def _until_bob_is_paged(on: Stage) -> None:
    on.slack.integration("Alertmanager").post("#alerts", alerts.firing())
    if not await on.saw(lambda: on.slack.dms("bob"), 30):
        raise SystemExit("Nobody paged Bob.")


async def _card(page: Page, card: Locator) -> None:
    await expect(card).to_contain_text("OPS-1")
    await expect(card).to_contain_text("Bob Ray")
    await page.mouse.move(WINDOW["width"] - 1, WINDOW["height"] - 1)
    box = await card.bounding_box()
    assert box is not None
    clip: FloatRect = {
        "x": box["x"],
        "y": box["y"] - MARGIN,
        "width": min(box["width"], 740),
        "height": box["height"] + 2 * MARGIN,
    }
    await page.screenshot(path=FOLDER / "card.png", clip=clip)


async def _workspace(page: Page, card: Locator) -> None:
    await card.get_by_role("button", name="Acknowledge incident 1").click()
    await expect(card).to_contain_text("Acknowledged by")
    await card.locator(".replies a").click()
    await expect(page.get_by_role("complementary", name="Thread")).to_contain_text("Ann Lee acknowledged")
    await page.mouse.move(WINDOW["width"] - 1, WINDOW["height"] - 1)
    await page.screenshot(path=FOLDER / "sandbox.png")


if __name__ == "__main__":
    asyncio.run(main())
