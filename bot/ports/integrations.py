"""The port for integrations: their tokens, and what of theirs nobody could read."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from bot.domain.token import IntegrationToken
from bot.domain.unread import Unread


class IntegrationTx(Protocol):
    """What a transaction knows of integrations."""

    def tokens(self) -> list[IntegrationToken]:
        """All that were not revoked, by integration, the newest first."""
        ...

    def add_token(self, token: IntegrationToken) -> None:
        """Write a new one."""
        ...

    def expire_tokens(self, integration: str, at: datetime) -> int:
        """Have those of an integration that count end at that time, unless they end before. How many."""
        ...

    def revoke_tokens(self, integration: str, now: datetime) -> int:
        """From now on those of an integration count no more. How many."""
        ...

    def tokens_used(self, ids: Collection[str], now: datetime) -> None:
        """Somebody posted with these."""
        ...

    def note_unread(self, things: Sequence[Unread], most: int) -> None:
        """Write down what could not be read; what is known already is counted, and its time is renewed.

        An integration that has `most` of them gets no further row: the newest of its rows is counted.
        """
        ...

    def unread(self, limit: int = 200) -> list[Unread]:
        """What could not be read, the newest first."""
        ...

    def unread_since(self, since: datetime) -> dict[str, int]:
        """Integrations of which something came since then that could not be read, and how many things."""
        ...

    def drop_unread(self, ids: Sequence[str]) -> int:
        """Forget them; an empty sequence means all. How many."""
        ...
