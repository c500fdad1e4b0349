"""Killed around the commit of what was posted: what was answered is never lost, what is posted again is one.

Every story is played on SQLite and on PostgreSQL.
"""

import signal

import aiohttp
import pytest
from yarl import URL

from handlers.ingress.office import OFFICE_PATH
from handlers.state import KEY_HEADER, StateKey
from tests.chaos.child import CLOCK, Child
from tests.chaos.night import Night, Nights

pytestmark = pytest.mark.chaos

COUNT = 6


@pytest.mark.row("F01", "F02")
@pytest.mark.parametrize("named", [True, False], ids=["each delivery has its name", "deliveries have none"])
async def test_what_was_answered_pages_once_and_what_was_not_is_posted_again(
    named: bool, nights: Nights
) -> None:
    async def story(play: Night) -> None:
        child, deaths, number = await play.start("before_intake_commit:kill@2"), 0, 0
        token = await minted(play, child)
        while number < COUNT:
            name = f"Host{number}"
            play.posted.setdefault(name, CLOCK.now())
            if await posted(child, token, name, named=named):
                number += 1
                if number == COUNT:
                    child.signal(signal.SIGKILL)  # answered, and hardly more than that
                continue
            assert await child.ended() == -signal.SIGKILL
            deaths += 1
            child = await play.start("after_intake_commit:kill@2" if deaths == 1 else "")

        await play.start()

        await play.until(lambda: not play.lost() and len(play.cards()) == COUNT, 40)
        await play.calm(play.lease + 1)
        assert deaths == 2
        play.assert_once()
        assert [len(play.pages(f"Host{number}")) for number in range(COUNT)] == [1] * COUNT
        assert [card.words for card in play.cards() if "x2" in card.words][1 - named :] == []

    await nights(story)


async def minted(play: Night, child: Child) -> str:
    """A token, as `tocsin integration add` gets it of the running bot."""
    url = URL(str(child.events("started")[0]["url"]))
    assert url.port
    key = StateKey(play.folder, url.port).read()
    order = {"do": "add", "name": "generic", "by": "the tests"}
    async with aiohttp.ClientSession() as session:
        answer = await session.post(url.with_path(OFFICE_PATH), json=order, headers={KEY_HEADER: key})
        return str((await answer.json())["token"])


async def posted(child: Child, token: str, name: str, *, named: bool) -> bool:
    """Whether it was answered that it was taken in."""
    url = f"{child.events('started')[0]['url']}/alerts/generic"
    shown = {"Authorization": f"Bearer {token}"} | ({"Idempotency-Key": name} if named else {})
    alert = {"title": f"{name} is down", "key": name}
    try:
        async with aiohttp.ClientSession() as session, session.post(url, json=alert, headers=shown) as answer:
            return answer.status == 200
    except aiohttp.ClientError:
        return False
