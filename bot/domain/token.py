"""The right to post alerts: a token of an integration, of which only a hash is known."""

import re
from dataclasses import dataclass
from datetime import datetime

MARK = "ti"
ID, SECRET = 10, 52
TOKEN = re.compile(rf"(?i:\b{MARK}[a-z2-7]{{{ID + SECRET}}}\b)")
"""Letters of a token after its mark: 256 bits of secret, in an alphabet that addresses leave alone."""


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


def masked(text: str) -> str:
    """Without the secrets of tokens that somebody put into it."""
    return TOKEN.sub(f"{MARK}…", text)
