"""What the bot says of itself to the doctor, who proves with a file that it is on the same machine."""

import hmac
import os
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import structlog
from aiohttp import web

log = structlog.get_logger(__name__)

STATE_PATH = "/state"
KEY_HEADER = "X-Tocsin-State-Key"


class StateKey:
    """A secret in a file that only its owner may read; made anew at each start.

    The address of whoever asks proves nothing: behind a proxy on this machine all the world has it.
    """

    def __init__(self, folder: Path, port: int) -> None:
        self._folder, self._port = folder, port
        self._secret: str | None = None

    @property
    def file(self) -> Path:
        """Where it is; of each port its own, for several may share a folder."""
        return self._folder / f"state-key-{self._port}"

    def make(self, listening: int) -> None:
        """Make it, in place of the last one of the port. Where nothing can be written nobody is answered.

        `listening` is the port that it became: where any free one was wanted, nobody could find it else.
        """
        self._port = listening
        secret, unfinished = secrets.token_urlsafe(32), self.file.with_name(f"{self.file.name}.new")
        try:
            unfinished.unlink(missing_ok=True)
            opened = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(opened, "w") as file:
                file.write(secret)
            unfinished.replace(self.file)
        except OSError as error:
            log.warning("state_key_not_written", file=str(self.file), why=error.strerror)
            return
        self._secret = secret

    def read(self) -> str:
        """What the running process made; empty when there is none, or it is not ours to read."""
        with suppress(OSError, UnicodeDecodeError):
            return self.file.read_text()
        return ""

    def fits(self, shown: str) -> bool:
        """Whether somebody showed it; how long that takes tells nothing of it."""
        return self._secret is not None and hmac.compare_digest(
            self._secret.encode(), shown.encode(errors="surrogateescape")
        )


def ours(request: web.Request, key: StateKey) -> bool:
    """Whether whoever asks shows the key, from this machine and through no proxy."""
    forwarded = any(name in request.headers for name in ("Forwarded", "X-Forwarded-For", "Via"))
    return (
        not forwarded
        and request.remote in {"127.0.0.1", "::1"}
        and key.fits(request.headers.get(KEY_HEADER, ""))
    )


def state_route(tell: Callable[[], Mapping[str, object]], key: StateKey) -> web.RouteDef:
    """To whoever shows the key, from this machine and through no proxy; to all others it is not there."""

    async def serve(request: web.Request) -> web.Response:
        if not ours(request, key):
            raise web.HTTPNotFound
        return web.json_response(tell())

    return web.get(STATE_PATH, serve)
