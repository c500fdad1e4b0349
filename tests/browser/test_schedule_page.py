"""The page of a schedule in a real browser: its picture, its table, and nothing that could run."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.harness import CONFIGURATION, BotHarness, running

pytestmark = pytest.mark.browser

HOSTILE = CONFIGURATION.replace("name: Ann Lee", 'name: "<img src=x onerror=alert(1)>"')


@pytest.fixture
async def company(tmp_path: Path) -> AsyncIterator[BotHarness]:
    async with running(
        tmp_path,
        configuration=HOSTILE,
        alter=lambda settings: settings.model_copy(update={"public_url": "https://tocsin.example.com"}),
    ) as harness:
        yield harness


async def test_a_page_shows_the_picture_and_says_the_same_below(company: BotHarness, page: Page) -> None:
    words = await company.slash("calendar primary", command="/oncall")
    address = words.split("https://tocsin.example.com", 2)[2].split("```")[0].strip()

    answer = await page.goto(company.bot.http.url + address, timeout=70_000)

    assert answer is not None
    assert answer.status == 200
    picture = page.get_by_role("img")
    await expect(picture).to_have_count(1)
    assert await picture.evaluate("image => image.complete && image.naturalWidth") == 1320
    await expect(picture).to_have_attribute("alt", re.compile("On-call calendar of primary"))
    table = page.get_by_role("table")
    await expect(table).to_contain_text("<img src=x onerror=alert(1)>")
    await expect(table.get_by_role("row")).not_to_have_count(1)
    assert await page.evaluate("getComputedStyle(document.querySelector('h1')).fontFamily") != "serif"


async def test_a_page_fits_a_phone(company: BotHarness, page: Page) -> None:
    words = await company.slash("calendar primary", command="/oncall")
    address = words.split("https://tocsin.example.com", 2)[2].split("```")[0].strip()
    await page.set_viewport_size({"width": 360, "height": 740})

    await page.goto(company.bot.http.url + address, timeout=70_000)

    width = await page.evaluate("document.documentElement.scrollWidth")
    assert width <= 360
