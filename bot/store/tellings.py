"""Tellings: what was decided to be told becomes rows of the outbox."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.effects import Announce, Effect, PageChannel, PagePerson, PageWebhook, lane, standing
from bot.domain.incident import Incident
from bot.ids import new_id
from bot.store import outbox_queries as q
from bot.store.codec import encode_effect
from bot.store.news import earliest
from bot.store.query import Params, Session

PLACES = 1000
"""More effects than one decision has: the rows of a decision stand between it and the next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An effect that is to be written, when it is due, and its place in the decision about its incident."""

    effect: Effect
    due: datetime
    incident: Incident | None = None
    index: int = 0


class Tellings:
    """Writes effects, and tells `news` when the first of each lane is due."""

    def __init__(self, session: Session, news: dict[str, datetime]) -> None:
        self._session = session
        self._news = news

    def write(self, told: Sequence[Told], now: datetime) -> None:
        """Standing rows in the order of their keys, so that two transactions cannot deadlock."""
        once: list[Told] = []
        again: dict[str, Told] = {}
        for each in told:
            known = again.get(each.effect.key)
            if not standing(each.effect):
                once.append(each)
            elif known is None or each.due <= known.due:  # of one key the earliest counts
                again[each.effect.key] = each
        kept = [*once, *(again[key] for key in sorted(again))]
        earliest(self._news, ((lane(each.effect).value, each.due) for each in kept))
        rows = [_row(each, now) for each in kept]
        if once:
            self._session.push(q.ENQUEUE, rows[: len(once)])
        if again:
            self._session.push(q.RENEW, rows[len(once) :])


_PAGES = PagePerson | PageChannel | PageWebhook | Announce


def _row(told: Told, now: datetime) -> Params:
    effect, incident = told.effect, told.incident
    page = effect if isinstance(effect, _PAGES) else None
    person = effect if isinstance(effect, PagePerson) else None
    return {
        "id": new_id(now),
        "incident": incident.id if incident else None,
        "lane": lane(effect).value,
        "key": effect.key,
        "kind": effect.kind,
        "due_at": told.due,
        "position": incident.version * PLACES + told.index if incident else 0,
        "epoch": page.epoch if page else None,
        "round": page.step.round if page else None,
        "rung": page.step.rung if page else None,
        "person": person.person if person else None,
        "slack_user": person.slack_user if person else None,
        "number": person.number if person else None,
        "body": encode_effect(effect),
        "created_at": now,
    }
