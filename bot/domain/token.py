"""The right to post alerts: a token of an integration, of which only a hash is known."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class IntegrationToken:
    """One token. `hash` is the SHA-256 of what was shown once, in hexadecimal digits.

    `expires_at`: a newer one took its place, and it counts only until then.
    """

    id: str
    integration: str
    hash: str
    made_by: str
    made_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    used_at: datetime | None = None

    def counts(self, now: datetime) -> bool:
        """Whether whoever shows it may post."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)
