"""Freshdesk's and Freshservice's automation webhook with all of a ticket's properties.

https://support.freshdesk.com/en/support/solutions/articles/132589. The automation decides which tickets are
sent. Resolved (4) and closed (5) are cleared, pending (3) says nothing; priorities are 1 low to 4 urgent.
The key is the ticket. Whoever asked is not kept: a page does not need their name and telephone number.
"""

from bot.domain.alert import Alert, Severity
from handlers.webhooks.delivery import Delivery
from handlers.webhooks.document import Node
from handlers.webhooks.fields import unless
from handlers.webhooks.finding import Finding

SOURCE = "freshdesk"
FRESHSERVICE = "freshservice"
_PENDING = ("3", "pending")
_CLEARED = ("4", "5", "resolved", "closed")
_SEVERITIES = {
    **dict.fromkeys(("4", "urgent"), Severity.SEV1),
    **dict.fromkeys(("3", "high"), Severity.SEV2),
    **dict.fromkeys(("2", "medium"), Severity.SEV3),
    **dict.fromkeys(("1", "low"), Severity.SEV4),
}


def parse(delivery: Delivery) -> list[Alert]:
    """The alert of one ticket. Raises Malformed when its id is missing."""
    return _alerts(SOURCE, delivery.body)


def freshservice(delivery: Delivery) -> list[Alert]:
    """The same, from Freshservice."""
    return _alerts(FRESHSERVICE, delivery.body)


def _alerts(source: str, body: Node) -> list[Alert]:
    ticket = (body["freshdesk_webhook"] or body.object()).object()
    return [] if ticket["ticket_status"].word in _PENDING else [_alert(source, ticket)]


def _alert(source: str, ticket: Node) -> Alert:
    status, priority = ticket["ticket_status"], ticket["ticket_priority"]
    return Finding(
        source=source,
        state=unless(_CLEARED, status),
        state_from=status,
        key=[ticket["ticket_id"].filled()],
        title=ticket.first("ticket_subject", "ticket_id"),
        severity=_SEVERITIES.get(priority.word),
        severity_from=priority,
        description=ticket["ticket_description"],
        labels={
            "ticket": ticket["ticket_id"],
            "status": status,
            "company": ticket["ticket_company_name"],
            "ticket_source": ticket["ticket_source"],
        },
        links=[("Ticket", ticket["ticket_url"])],
    ).alert()
