"""The alerts of an incident, page by page, in a window of their own."""

from bot.domain.alert import AlertState, HeldAlert
from bot.domain.incident import Incident
from bot.ports.trail import PER_PAGE, AlertPage
from bot.render import actions as a
from bot.render import facts
from bot.render.escape import date, marked
from bot.render.look import severity_word
from bot.render.message import Block, actions, button, context, plain, section
from bot.render.seal import Seal


def show_alerts(incident: Incident, seal: Seal, page: int = 1, *, label: str = "Show alerts") -> Block:
    """The button for a page of them."""
    action = f"{a.ALERTS}.{page}"
    value = seal.value(action, incident, str(page))
    return button(label, action, value, said=f"{label}: alerts of incident {incident.number}, page {page}")


def alerts_view(incident: Incident, page: AlertPage, seal: Seal) -> Block:
    """The window: those that fire stand first."""
    first = (page.number - 1) * PER_PAGE + 1
    last = min(first + PER_PAGE - 1, page.count)
    where = f"{first} to {last} of {page.count} alerts, those that fire first" if page.count else "No alerts."
    turns = [
        show_alerts(incident, seal, page.number - 1, label="Back") if page.number > 1 else None,
        show_alerts(incident, seal, page.number + 1, label="Next") if page.number < page.pages else None,
    ]
    blocks = [
        section(facts.title_of(incident)),
        context(where),
        *(section(_line(each)) for each in page.alerts),
        actions(turns),
    ]
    return {
        "type": "modal",
        "title": plain(f"Alerts of {incident.key}", 24),
        "close": plain("Close", 24),
        "blocks": [block for block in blocks if block is not None],
    }


def _line(held: HeldAlert) -> str:
    sign = "🔴" if held.state is AlertState.FIRING else "✅"
    often = f" · x{held.count}" if held.count > 1 else ""
    words = f"{severity_word(held.severity)} · {marked(held.source, 40)} · last told {date(held.last_at)}"
    return f"{sign} *{marked(held.title, 200)}*\n{words}{often}"
