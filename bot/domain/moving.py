"""Moving: the card stays behind in the old channel and shows the way to the one in the new channel."""

from bot.domain.alert import MessageRef
from bot.domain.decision import Draft
from bot.domain.effects import PointCard

MOST_LEFT = 5
"""Cards of older moves stand as they are."""


def leave(draft: Draft, card: MessageRef) -> None:
    """The incident has no card any more where it belongs now; that one says where it went."""
    incident = draft.incident
    left = tuple(each for each in incident.left if each != card)
    kept = None if incident.card == card else incident.card
    draft.change(left=(*left, card)[-MOST_LEFT:], card=kept, permalink=incident.permalink if kept else None)
    draft.tell(_pointing(draft, card))


def point_cards(draft: Draft) -> None:
    """Every card that was left behind shows the way to the one that stands now."""
    draft.tell(*(_pointing(draft, each) for each in draft.incident.left))


def _pointing(draft: Draft, card: MessageRef) -> PointCard:
    key = f"left:{draft.incident.id}:{card.ts}:{draft.incident.version}"
    return PointCard(key=key, card=card)
