"""Checks of what is outside: the providers, and the certificates that they show."""

import asyncio
import socket
import ssl
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from bot.doctor.case import Case
from bot.doctor.line import Line, bad, ok, warn
from bot.doctor.words import ago
from bot.preflight import preflight

CONNECT = 5.0
SOON = timedelta(days=14)


async def providers(case: Case) -> Sequence[Line]:
    """What Slack and Jira would refuse at night, and whether the mail server answers."""
    if not case.online:
        return []
    lines = await _mail_server(case)
    if case.configuration is None:
        return lines
    found = await preflight(case.settings, case.configuration, case.clock)
    lines += [bad(f"online: {each.path}", each.message, each.remedy) for each in found]
    asked = [name for name in ("slack", "jira") if getattr(case.settings, name) is not None]
    if asked and not found:
        lines.append(ok("providers", f"{' and '.join(asked)} would take everything"))
    return lines


async def _mail_server(case: Case) -> list[Line]:
    smtp = case.settings.smtp
    if smtp is None:
        return []
    place = f"{smtp.host}:{smtp.number}"
    try:
        async with asyncio.timeout(CONNECT):
            reader, writer = await asyncio.open_connection(
                smtp.host, smtp.number, ssl=smtp.tls == "tls" or None
            )
            greeting = await reader.readline()
            writer.close()
    except (OSError, TimeoutError) as error:
        reason = str(error) or type(error).__name__
        return [bad("mail server", f"{place} cannot be reached: {reason}", "Check TOCSIN_SMTP__HOST.")]
    if not greeting.startswith(b"220"):
        return [bad("mail server", f"{place} does not greet like a mail server", "Check TOCSIN_SMTP__PORT.")]
    return [ok("mail server", f"{place} answers")]


async def certificates(case: Case) -> Sequence[Line]:
    """Those that end within two weeks, of every https address that the settings name."""
    if not case.online:
        return []
    places = sorted(set(_places(case)))
    async with asyncio.TaskGroup() as group:
        asked = [group.create_task(asyncio.to_thread(ends, host, port)) for host, port in places]
    told = [_line(case, host, task.result()) for (host, _), task in zip(places, asked, strict=True)]
    return [line for line in told if line is not None]


def _places(case: Case) -> Iterator[tuple[str, int]]:
    settings = case.settings
    urls = [settings.public_url or ""]
    urls += [settings.slack.api_url] if settings.slack else []
    urls += [settings.jira.url] if settings.jira else []
    urls += settings.heartbeat.addresses
    for url in urls:
        parts = urlsplit(url)
        if parts.scheme == "https" and parts.hostname:
            yield parts.hostname, parts.port or 443
    if settings.smtp is not None and settings.smtp.tls == "tls":
        yield settings.smtp.host, settings.smtp.number


def _line(case: Case, host: str, found: datetime | str | None) -> Line | None:
    name = "certificate"
    if found is None:  # what cannot be reached is told by another check
        return None
    if isinstance(found, str):
        return bad(name, f"{host}: {found}", "Renew it, or correct the address or the clock.")
    left = found - case.clock.now()
    says = f"{host}: ends {found:%Y-%m-%d}, in {ago(left)}"
    return warn(name, says, "Renew it before it ends.") if left < SOON else ok(name, says)


def ends(host: str, port: int, context: ssl.SSLContext | None = None) -> datetime | str | None:
    """When the certificate ends; why it is not to be trusted; or None when nothing answers."""
    context = context or ssl.create_default_context()
    try:
        with (
            socket.create_connection((host, port), timeout=CONNECT) as raw,
            context.wrap_socket(raw, server_hostname=host) as wrapped,
        ):
            shown = wrapped.getpeercert() or {}
    except ssl.SSLCertVerificationError as error:
        return f"not to be trusted: {error.verify_message}"
    except OSError:
        return None
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(shown["notAfter"])), UTC)
