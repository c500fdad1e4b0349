"""The page behind the link in an e-mail: it says what it will do, and does it when its button is pressed."""

from collections.abc import Mapping
from html import escape

from bot.domain.incident import Incident, Status
from bot.render.escape import one_line, utc, utc_clock
from bot.render.look import look, severity_word

STYLE = (
    "body{font:18px/1.5 system-ui,sans-serif;margin:0 auto;max-width:34rem;padding:1.25rem;"
    "color:#111;background:#fff}"
    "h1{font-size:1.35rem;margin:.2rem 0}p{margin:.6rem 0}"
    "button{font:inherit;font-weight:700;width:100%;padding:1.1rem;border:0;border-radius:.6rem;"
    "color:#fff;background:#1a5e20;margin-top:1rem}"
    "button.quiet{background:#444;padding:.7rem;font-weight:400}"
    "@media(prefers-color-scheme:dark){body{color:#eee;background:#111}}"
)

HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; "
        "base-uri 'none'"
    ),
}
"""Nobody keeps, frames or passes on a page whose address is a key."""


def asking(incident: Incident, name: str, nonce: str) -> str:
    """Before anything is done: what it is, who has it, and one big button."""
    who = one_line(name, 60)
    word = "Join them" if incident.status is Status.ACKNOWLEDGED else "Acknowledge"
    does = (
        f"Pressing it says that you, {who}, have it too."
        if incident.status is Status.ACKNOWLEDGED
        else f"Pressing it says that you, {who}, have it: nobody else is paged."
    )
    return _page(incident, f"<p>{escape(does)}</p>{_form('ack', word, nonce)}")


def done(incident: Incident, said: str, nonce: str, *, undo: bool) -> str:
    """After it was done; for a moment it can be taken back."""
    back = _form("undo", "Undo", nonce, quiet=True) if undo else ""
    return _page(incident, f"<p><strong>{escape(said)}</strong></p>{back}")


def told(incident: Incident | None, said: str) -> str:
    """Nothing can be done here: why, and what helps."""
    return _page(incident, f"<p><strong>{escape(said)}</strong></p>")


def _form(do: str, label: str, nonce: str, *, quiet: bool = False) -> str:
    style = ' class="quiet"' if quiet else ""
    return (
        '<form method="post">'
        f'<input type="hidden" name="do" value="{escape(do, quote=True)}">'
        f'<input type="hidden" name="nonce" value="{escape(nonce, quote=True)}">'
        f'<button type="submit"{style}>{escape(label)}</button></form>'
    )


def _page(incident: Incident | None, body: str) -> str:
    title = f"{incident.key}" if incident else "Tocsin"
    head = _facts(incident) if incident else "<h1>Tocsin</h1>"
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>"
        f"<body><main>{head}{body}</main></body></html>\n"
    )


def _facts(incident: Incident) -> str:
    state = look(incident)
    lines = [
        f"<p>{state.sign} {severity_word(incident.severity)} · {state.word} · {incident.key}</p>",
        f"<h1>{escape(one_line(incident.title, 250))}</h1>",
        f"<p>{escape(one_line(incident.service.name or incident.service.id, 80))} · "
        f"since {escape(utc(incident.opened_at))}</p>",
    ]
    names = ", ".join(one_line(item.by.name, 60) for item in incident.acknowledgements[:6])
    if names and incident.open:
        until = f", until {utc_clock(incident.wake_at)}" if incident.wake_at else ""
        lines.append(f"<p>{escape(names)} has it{escape(until)}.</p>")
    return "".join(lines)
