"""E-mail, as a document: what a mail server, or Tocsin's own listener, hands on of a letter.

`subject`, `from`, `to`, `text`, `date` and `headers`. Words are read as those of an unknown bot's message:
the subject above, the text below. The key is what the letter is about: the subject without what varies
between repeats and between firing and cleared, and whatever names a host or the like.
"""

from dataclasses import replace

from bot.domain.alert import Alert
from handlers.alerts import generic
from handlers.alerts.reading import read_history
from handlers.webhooks.delivery import Delivery
from handlers.webhooks.document import Malformed

SOURCE = "email"
_NEVER = "1.000000"
_LONGEST = 8_000


def parse(delivery: Delivery) -> list[Alert]:
    """The alert of a letter; plain news is none. Raises Malformed for one that says nothing at all."""
    letter = delivery.body.object()
    subject, text = letter["subject"].text, letter["text"].text
    if not (subject or text):
        raise Malformed("subject", "a letter with a subject or a text is expected here")
    shown = {"title": subject, "text": text[:_LONGEST]} if subject else {"text": text[:_LONGEST]}
    message = read_history("email", {"ts": _NEVER, "attachments": [shown]})
    found = generic.parse(message) if message else []
    labels = {"from": letter["from"].text[:200]} if letter["from"].text else {}
    return [
        replace(
            alert,
            source=SOURCE,
            origin=None,
            at=letter["date"].moment,
            labels={**alert.labels, **labels},
            places={part: _place(place) for part, place in alert.places.items()},
            parser=SOURCE,
        )
        for alert in found
    ]


def _place(place: str) -> str:
    """`text line 3, text line 4` is `text`: lines have no places of their own in a document."""
    parts = (each.replace("attachments[0].title", "subject").split(" ")[0] for each in place.split(", "))
    return ", ".join(dict.fromkeys(each.replace("attachments[0].", "") for each in parts))
