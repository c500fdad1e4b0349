"""Bodies of what is posted: requests of which two lengths may be believed, and what is cut."""

import asyncio

import pytest
from aiohttp import web

from handlers.doorman import Doorman
from handlers.ingress.body import Limit, Unacceptable, received
from tests.unit.handlers.test_doorman import lines, serving

HEAD = b"POST /in HTTP/1.1\r\nHost: x\r\n"
SMUGGLED = HEAD + b"Content-Length: 2\r\n\r\n[]"


class Room:
    """Takes bodies in, and remembers them."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.limit = Limit(most=1_000, seconds=0.3)

    async def serve(self, request: web.Request) -> web.Response:
        try:
            self.bodies.append((await received(request, self.limit)).raw)
        except Unacceptable as error:
            response = web.Response(status=error.status)
            response.force_close()
            return response
        return web.Response()


async def answers(room: Room, sent: bytes) -> list[bytes]:
    """The status of each answer, until the other side hangs up."""
    route = web.post("/in", room.serve)
    async with serving(Doorman(), route) as url, lines(url, 1) as [line]:
        line.writer.write(sent)
        told = await asyncio.wait_for(line.reader.read(), 10)
    return [each.split(b" ")[1] for each in told.split(b"\r\n") if each.startswith(b"HTTP/1.")]


@pytest.mark.row("A06", "A14")
@pytest.mark.parametrize(
    "framing",
    [
        b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        b"Transfer-Encoding: xchunked\r\n",
        b"Content-Length: 4\r\nContent-Length: 9\r\n",
        b"Content-Length: +4\r\n",
        b"Content-Length: -1\r\n",
        b"Content-Length: 4\r\nTransfer-Encoding : chunked\r\n",
        b"X: y\n\nContent-Length: 4\r\n",
    ],
)
async def test_a_request_of_which_two_lengths_may_be_believed_smuggles_nothing(framing: bytes) -> None:
    room = Room()

    told = await answers(room, HEAD + framing + b"\r\n0\r\n\r\n" + SMUGGLED)

    assert told == [b"400"]
    assert room.bodies == []


@pytest.mark.row("A06")
async def test_chunks_that_never_end_are_cut_at_the_limit() -> None:
    room = Room()
    endless = HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"40\r\n" + (b"x" * 64 + b"\r\n40\r\n") * 100

    assert await answers(room, endless) == [b"413"]
    assert room.bodies == []


@pytest.mark.row("A06", "F87")
async def test_a_body_that_never_comes_whole_is_waited_for_so_long_and_no_longer() -> None:
    room = Room()

    assert await answers(room, HEAD + b"Content-Length: 100\r\n\r\n[") == [b"408"]


@pytest.mark.row("A06")
async def test_what_says_that_it_is_too_long_is_not_read_at_all() -> None:
    assert await answers(Room(), HEAD + b"Content-Length: 50000000\r\n\r\n[") == [b"413"]


@pytest.mark.row("A07")
@pytest.mark.parametrize("encoding", [b"gzip", b"br", b"deflate", b"identity, gzip", b"x"])
async def test_nothing_is_unpacked(encoding: bytes) -> None:
    room = Room()

    assert await answers(
        room, HEAD + b"Content-Encoding: " + encoding + b"\r\nContent-Length: 2\r\n\r\n[]"
    ) == [b"415"]
