"""Who may use the pages: browsers on this machine, and for every change only a page of this very server."""

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
POLICY = "default-src 'self'; base-uri 'none'; object-src 'none'; form-action 'self'; frame-ancestors 'none'"
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # a stricter one would take the Origin from our own forms
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def guarded(handler: Handler) -> Handler:
    """Refuse foreign names and foreign pages; put the headers on everything that is answered."""

    async def serve(request: web.Request) -> web.StreamResponse:
        refusal = refused(request)
        if refusal:
            answer: web.StreamResponse = web.Response(status=403, text=refusal)
        else:
            try:
                answer = await handler(request)
            except web.HTTPException as other:  # redirects and missing pages are answers too
                other.headers.update(HEADERS)
                raise
        if not answer.prepared:
            for name, value in HEADERS.items():
                answer.headers.setdefault(name, value)
        return answer

    return serve


def refused(request: web.Request) -> str:
    """Why a request is refused; nothing for a good one.

    A name that is not loopback is DNS rebinding; a change must say that it comes from this origin.
    """
    if not is_loopback(request.host):
        return "The sandbox answers on this machine alone, by 127.0.0.1 or localhost."
    origin = request.headers.get("Origin")
    if origin not in (None, f"http://{request.host}"):
        return "Only pages of the sandbox itself may use it."
    if request.method not in ("GET", "HEAD") and origin is None:
        return "A change must come from a page of the sandbox."
    return ""


def is_loopback(host: str) -> bool:
    """Whether a Host header names this machine; the port may be a forwarded one."""
    try:
        return urlsplit(f"//{host}").hostname in LOOPBACK
    except ValueError:
        return False
