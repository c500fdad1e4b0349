"""The words by which documents that nobody knows beforehand say whether it fires and how bad it is."""

from collections.abc import Mapping

from bot.domain.alert import AlertState, Severity
from handlers.alerts.markup import words
from handlers.alerts.severities import severity_of
from handlers.webhooks.document import Node

_FIRING = words(
    "firing fire fired alerting alert alarm triggered trigger open opened reopened new created active ongoing"
    " started start problem down critical fatal failed failing failure error err unhealthy degraded offline"
    " warning warn bad breached"
)
_CLEARED = words(
    "cleared clear resolved resolve recovered recovery recover ok okay closed close up healthy normal good "
    "success succeeded passed passing fixed done ended end inactive online solved restored"
)
# Numbers and truth values are no words here: `ok: false` and `firing: false` would be read as the same.
STATES: Mapping[str, AlertState] = {
    **dict.fromkeys(_FIRING, AlertState.FIRING),
    **dict.fromkeys(_CLEARED, AlertState.CLEARED),
}


def state_of(word: str) -> AlertState | None:
    """What a field for the state says: `Resolved`, `alert.resolved`, `jira:closed`, `DOWN`."""
    said = word.casefold()
    return STATES.get(said) or STATES.get(said.replace(":", ".").rpartition(".")[2])


def severity_in_field(value: Node) -> Severity | None:
    """A word, or a number from 1, the worst, to 5."""
    return severity_of(f"p{value.text}" if value.text in ("1", "2", "3", "4", "5") else value.text)
