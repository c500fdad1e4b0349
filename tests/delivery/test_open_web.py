"""The open web: which addresses are outside, whatever they look like and whatever their name says next."""

import socket

import pytest

from bot.delivery.names import Names
from bot.delivery.open_web import Inside, OpenWeb, public


@pytest.mark.row("A46")
@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "::1",
        "fe80::1",
        "fd00::1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "2002:a00:1::",
        "nonsense",
    ],
)
def test_an_address_of_the_network_is_not_public(address: str) -> None:
    assert not public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:4700::1111", "::ffff:93.184.216.34"])
def test_an_address_of_the_world_is_public(address: str) -> None:
    assert public(address)


def answers(*addresses: str) -> Names:
    return Names(lambda host, family: [(socket.AF_INET, each) for each in addresses])


@pytest.mark.row("A46")
async def test_a_name_with_one_address_inside_is_refused() -> None:
    with pytest.raises(Inside):
        await OpenWeb(names=answers("93.184.216.34", "127.0.0.1")).resolve("evil.example")


async def test_a_name_outside_is_what_it_was_judged_as() -> None:
    found = await OpenWeb(names=answers("93.184.216.34")).resolve("calendar.example", 443)

    assert [each["host"] for each in found] == ["93.184.216.34"]


async def test_a_host_that_is_allowed_may_be_inside() -> None:
    web = OpenWeb([" Calendar.Internal. "], names=answers("10.0.0.7"))

    assert await web.resolve("calendar.internal")
    assert str(web.check("http://calendar.internal/x.ics")) == "http://calendar.internal/x.ics"
    assert OpenWeb(["10.0.0.7"]).check("http://10.0.0.7/x.ics")


@pytest.mark.parametrize(
    "address",
    ["ftp://example.com/x", "javascript:alert(1)", "http://", "http://ann:pw@example.com/", "//x/y"],
)
def test_what_is_no_plain_web_address_is_refused(address: str) -> None:
    with pytest.raises(Inside):
        OpenWeb().check(address)
