"""The key of this installation."""

import hashlib

from bot.settings import Settings


def seal_key(settings: Settings) -> bytes:
    """The key that seals buttons: configured, or derived from the secret that every replica has."""
    if settings.secret_key is not None:
        secret = settings.secret_key.get_secret_value()
    else:
        secret = settings.slack.bot_token.get_secret_value() if settings.slack else "nothing is sealed"
    return hashlib.blake2b(secret.encode(), person=b"tocsin seal", digest_size=32).digest()
